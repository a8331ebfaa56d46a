import AttemptProtocol
import Testing

@Suite("Records of an attempt")
struct RecordTests {
    @Test("CRC-32C of the check string is that of the standard")
    func checksum() {
        #expect(Checksum.of("123456789".utf8) == 0xE306_9283)
        #expect(Checksum.of([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(Checksum.of([]) == 0)
    }

    static let outcomes: [AttemptOutcome] = [
        .ended(.exited(0)), .ended(.signalled(9)), .timedOut(.exited(143)), .cancelled(.signalled(15)),
        .couldNotStart(StartFailure(stage: .program, number: 2, subject: "a\\b\nc\r\n \u{301}é")),
    ]

    @Test("Exit records read back, within the reserved room", arguments: outcomes)
    func exit(_ outcome: AttemptOutcome) throws {
        for outputs in [
            ExitRecord.Outputs.whole(bytes: 3, checksum: .max), .tooLarge(bytes: .max), .unreadable(40),
        ] {
            let record = ExitRecord(
                attemptID: "id", outcome: outcome, outputs: outputs, startedAtMilliseconds: 1,
                endedAtMilliseconds: .max, durationMilliseconds: 3, leftoverProcesses: 4,
                log: LogSummary(bytes: 5, omittedBytes: 6, lostBytes: 7))
            #expect(record.bytes.count <= ExitRecord.bytesReserved)
            #expect(try ExitRecord(parsing: record.bytes) == record)
            #expect(try ExitRecord(parsing: record.bytes + [UInt8](repeating: 0, count: 100)) == record)
        }
    }

    @Test("The longest subject still leaves the record within the reserved room")
    func longSubject() throws {
        let failure = StartFailure(
            stage: .workingDirectory, number: .max, subject: String(repeating: "\n", count: 100_000))
        let record = ExitRecord(
            attemptID: String(repeating: "x", count: 64), outcome: .couldNotStart(failure),
            outputs: .whole(bytes: .max, checksum: .max), startedAtMilliseconds: .max, endedAtMilliseconds: .max,
            durationMilliseconds: .max, leftoverProcesses: .max,
            log: LogSummary(bytes: .max, omittedBytes: .max, lostBytes: .max))
        #expect(record.bytes.count <= ExitRecord.bytesReserved)
        #expect(throws: Never.self) { try ExitRecord(parsing: record.bytes) }
    }

    @Test("No prefix and no changed byte of a record passes for it")
    func torn() throws {
        let whole = Claim(attemptID: "id", holder: .supervisor(.probe), pid: 7, startTime: 9).bytes
        for count in 0..<whole.count {
            #expect(throws: TextRecord.Problem.damaged) { try Claim(parsing: Array(whole[..<count])) }
        }
        for index in whole.indices.dropLast() {
            var changed = whole
            changed[index] ^= 1
            #expect(throws: TextRecord.Problem.self) { try Claim(parsing: changed) }
        }
    }

    @Test("A newer version is told from damage")
    func version() {
        let text = String(decoding: CancelRequest(graceMilliseconds: 1).bytes, as: UTF8.self)
        #expect(throws: TextRecord.Problem.version(2)) {
            try CancelRequest(parsing: Array(text.replacing("workflow-cancel 1", with: "workflow-cancel 2").utf8))
        }
    }

    @Test("Other records read back")
    func others() throws {
        let marker = Marker(
            attemptID: "id", role: .verify, hostID: "a host", bootID: "boot", storeID: "", folder: "1:2")
        #expect(try Marker(parsing: marker.bytes) == marker)
        let void = Claim(attemptID: "id", holder: .void, pid: 1, startTime: 0)
        #expect(try Claim(parsing: void.bytes) == void)
        #expect(try CancelRequest(parsing: CancelRequest(graceMilliseconds: 5).bytes).graceMilliseconds == 5)
        #expect(throws: TextRecord.Problem.damaged) {
            try CancelRequest(parsing: CancelRequest(graceMilliseconds: -1).bytes)
        }
    }

    @Test(
        "A session's record counts only when it is whole",
        arguments: [
            ("workflow-session 1 42 77\n", SessionRecord(id: 42, startTime: 77)), ("workflow-session 1 42 77", nil),
            ("workflow-session 1 42 \n", nil), ("", nil), ("workflow-session 2 42 77\n", nil),
            ("workflow-session 1 1 77\n", nil), ("workflow-session 1 -1 77\n", nil),
        ] as [(String, SessionRecord?)])
    func session(_ text: String, _ expected: SessionRecord?) {
        #expect(SessionRecord(parsing: Array(text.utf8)) == expected)
    }

    @Test("Launch specifications read back; cut short or changed anywhere they do not")
    func specification() throws {
        let specification = LaunchSpecification(
            attemptID: "id", role: .undo, shell: ["bash", ""], script: "echo é\n",
            environment: [Array("A=1".utf8), [0x42, 0x3D, 0xE9]],
            workingDirectory: "/", umask: 0o22, timeoutNanoseconds: .max, killAfterNanoseconds: 0, secrets: ["secret"],
            logPath: "/log", logLimitBytes: 1, outputsLimitBytes: -1)
        let whole = specification.bytes
        #expect(try LaunchSpecification(parsing: whole) == specification)
        for count in 0..<whole.count {
            #expect(throws: LaunchSpecification.Problem.self) {
                try LaunchSpecification(parsing: Array(whole[..<count]))
            }
        }
        for index in whole.indices {
            var changed = whole
            changed[index] ^= 0x10
            #expect(throws: LaunchSpecification.Problem.self) { try LaunchSpecification(parsing: changed) }
        }
        #expect(throws: LaunchSpecification.Problem.self) { try LaunchSpecification(parsing: whole + [0]) }
    }
}
