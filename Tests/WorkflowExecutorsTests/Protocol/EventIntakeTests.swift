import AttemptProtocol
import JSON
import Testing

@Suite("What an attempt reports")
struct EventIntakeTests {
    private func orders(_ text: String, of intake: inout EventIntake) -> [EventIntake.Order] {
        Array(text.utf8).withUnsafeBufferPointer { intake.take($0) }
    }

    private func kept(_ text: String) -> EventIntake.Order { .keep(Array(text.utf8)) }

    @Test(
        "An event is read and written down without what does not belong to it",
        arguments: [
            (
                #"{"type":"record","kind":"made","data":{"id":1},"more":2}"#,
                #"{"data":{"id":1},"kind":"made","type":"record"}"#
            ),
            (#"{"type":"record","kind":"made"}"#, #"{"data":null,"kind":"made","type":"record"}"#),
            (#"{"type":"output","name":"a-1","value":"x y"}"#, #"{"name":"a-1","type":"output","value":"x y"}"#),
            (#"{"type":"output","name":"a","value":[1,2]}"#, #"{"name":"a","type":"output","value":"[1,2]"}"#),
            (
                #"{"type":"usage","model":"m","input_tokens":3,"cost_usd":"0.01","other":1}"#,
                #"{"cost_usd":"0.01","input_tokens":3,"model":"m","type":"usage"}"#
            ),
            (
                #"{"type":"failure","code":"busy","message":"later","retry":"after","after":"30s","effect":"none"}"#,
                #"{"after_ms":30000,"code":"busy","effect":"none","message":"later","retry":"after","type":"failure"}"#
            ),
            (
                #"{"type":"failure","code":"x","after":1.5}"#,
                #"{"after_ms":1500,"code":"x","message":"x","type":"failure"}"#
            ),
        ])
    func read(_ line: String, _ written: String) throws {
        var intake = EventIntake(secrets: [])
        #expect(orders(line + "\n", of: &intake) == [kept(written)])
        #expect(intake.summary == EventSummary(kept: 1))
        // What was kept reads back as what was reported.
        let value = try JSONValue(parsing: written)
        #expect(try AttemptEvent(kept: value).value == value)
    }

    @Test(
        "What is no event is counted and named, and takes nothing with it",
        arguments: [
            ("nonsense", "no JSON"), ("[1]", "no JSON object"), (#"{"kind":"x"}"#, "no member type"),
            (#"{"type":"recrod","kind":"x"}"#, "\"recrod\""), (#"{"type":"record"}"#, "no member kind"),
            (#"{"type":"output","name":"1x","value":""}"#, "\"1x\""), (#"{"type":"output","name":"x"}"#, "no value"),
            (#"{"type":"progress"}"#, "neither message nor done"), (#"{"type":"progress","done":-1}"#, "below 0"),
            (#"{"type":"mask","value":"abc"}"#, "shorter than 4"), (#"{"type":"usage"}"#, "no figure"),
            (#"{"type":"usage","input_tokens":1.5}"#, "input_tokens"),
            (#"{"type":"usage","cost_usd":"1e3"}"#, "cost_usd"),
            (#"{"type":"failure","code":"a b"}"#, "\"a b\""),
            (#"{"type":"failure","code":"a","retry":"soon"}"#, "never, now, after"),
            (#"{"type":"failure","code":"a","after":"30 s"}"#, "\"30 s\""),
            (#"{"type":"failure","code":"a","retry":"never","after":"1s"}"#, "at once"),
            (#"{"type":"artifact","name":"../x","path":"y"}"#, "\"../x\""),
            (#"{"type":"artifact","name":"x"}"#, "no member path"),
            (#"{"type":"artifact","name":"x","path":"a\u0000b"}"#, "NUL"),
            (#"{"type":"record","kind":"a","data":12345678901234567890123}"#, "no JSON"),
        ])
    func refused(_ line: String, _ words: String) throws {
        var intake = EventIntake(secrets: [])
        let good = #"{"data":1,"kind":"k","type":"record"}"#
        #expect(orders("\(line)\n\n\(good)\n", of: &intake) == [kept(good)])
        #expect(intake.summary.kept == 1)
        #expect(intake.summary.refused == 1)
        let problem = try #require(intake.summary.problem)
        #expect(problem.hasPrefix("line 1 of the events: ") && problem.contains(words), "\(problem)")
    }

    @Test("An artifact is copied first, and its event says what was kept, whatever its line says")
    func artifact() throws {
        var intake = EventIntake(secrets: [])
        let line = #"{"type":"artifact","name":"p","path":"/x","sha256":"0","bytes":1,"reply":"reply-1"}"#
        let wanted = ArtifactEvent(name: "p", path: "/x")
        #expect(orders(line + "\n", of: &intake) == [.copy(wanted, reply: "reply-1")])
        #expect(intake.summary == EventSummary())
        let copied = ArtifactEvent(
            name: "p", path: "/x", kept: ArtifactEvent.Kept(bytes: 3, sha256: String(repeating: "a", count: 64)))
        let written =
            #"{"bytes":3,"name":"p","path":"/x","sha256":""# + String(repeating: "a", count: 64)
            + #"","type":"artifact"}"#
        #expect(try intake.keep(artifact: copied) == [kept(written)])
        #expect(intake.summary == EventSummary(kept: 1))
        #expect(try AttemptEvent(kept: JSONValue(parsing: written)) == .artifact(copied))
        #expect(throws: EventProblem.self) { try AttemptEvent(kept: JSONValue(parsing: line)) }
    }

    @Test("Lines are put together again wherever they are cut, and one without an end is no event")
    func pieces() {
        let line = #"{"data":"é","kind":"k","type":"record"}"# + "\n"
        let bytes = Array(line.utf8)
        for cut in bytes.indices {
            var intake = EventIntake(secrets: [])
            var found = bytes[..<cut].withUnsafeBufferPointer { intake.take($0) }
            found += bytes[cut...].withUnsafeBufferPointer { intake.take($0) }
            #expect(found == [.keep(Array(bytes.dropLast()))])
        }
        var intake = EventIntake(secrets: [])
        #expect(orders(#"{"type":"record","kind":"k"}"#, of: &intake) == [])
        intake.finish()
        #expect(intake.summary.refused == 1)
        #expect(intake.summary.problem?.contains("no end") == true)
    }

    @Test("Each limit is counted and named")
    func limits() {
        var intake = EventIntake(secrets: [])
        let long = String(repeating: "x", count: EventLimits.lineBytesMax)
        #expect(orders(#"{"type":"record","kind":"k","data":""# + long + "\"}\n", of: &intake) == [])
        #expect(intake.summary.problem?.contains("longer than 65536") == true)

        var many = EventIntake(secrets: [])
        let line = #"{"type":"record","kind":"k"}"# + "\n"
        #expect(orders(String(repeating: line, count: 10_003), of: &many).count == 10_000)
        #expect(many.summary.kept == 10_000 && many.summary.refused == 3)
        #expect(many.summary.problem?.contains("10000 events") == true)

        var large = EventIntake(secrets: [])
        let big = #"{"type":"record","kind":"k","data":""# + String(repeating: "x", count: 60_000) + "\"}\n"
        let taken = orders(String(repeating: big, count: 100), of: &large).count
        #expect(taken == EventLimits.recordBytesMax / (big.utf8.count - 1))
        #expect(large.summary.refused == 100 - taken)
        // Others have room of their own.
        #expect(orders(#"{"type":"failure","code":"x"}"# + "\n", of: &large).count == 1)
    }

    @Test("A mask counts from its own line on: what holds the value is refused, in any spelling, and is not quoted")
    func masks() throws {
        var intake = EventIntake(secrets: ["hunter2-is-secret"])
        let before = #"{"type":"record","kind":"k","data":"s3cr3t-value"}"# + "\n"
        #expect(orders(before, of: &intake).count == 1)
        #expect(
            orders(#"{"type":"mask","value":"s3cr3t-value","reply":"reply-1"}"# + "\n", of: &intake)
                == [.mask("s3cr3t-value"), .reply(to: "reply-1", nil)])
        for data in [
            #""s3cr3t-value""#, #""a s3cr3t-value b""#, #"{"s3cr3t-value":1}"#, #""s3cr3t\u002dvalue""#,
            #""czNjcjN0LXZhbHVl""#, #"["hunter2-is-secret"]"#,
        ] {
            #expect(orders(#"{"type":"record","kind":"k","data":"# + data + "}\n", of: &intake) == [], "\(data)")
        }
        #expect(orders(#"{"type":"progress","message":"s3cr3t-value"}"# + "\n", of: &intake) == [])
        #expect(orders(#"{"type":"s3cr3t-value"}"# + "\n", of: &intake) == [])
        #expect(orders("s3cr3t-value\n", of: &intake) == [])
        #expect(intake.summary.refused == 9)
        let problem = try #require(intake.summary.problem)
        #expect(problem.contains("masked value") && !problem.contains("s3cr3t"))
        #expect(intake.masks == ["s3cr3t-value"])
        // Said twice it is one.
        #expect(orders(#"{"type":"mask","value":"s3cr3t-value"}"# + "\n", of: &intake) == [])
    }

    @Test("Who waits is answered, with the reason where the event was refused; a strange name is nobody's")
    func replies() {
        var intake = EventIntake(secrets: [])
        #expect(
            orders(#"{"type":"record","kind":"k","reply":"reply-7-1"}"# + "\n", of: &intake)
                == [kept(#"{"data":null,"kind":"k","type":"record"}"#), .reply(to: "reply-7-1", nil)])
        guard
            case .reply("reply-7-2", let problem?)? = orders(#"{"type":"x","reply":"reply-7-2"}"# + "\n", of: &intake)
                .first
        else {
            Issue.record("no reply")
            return
        }
        #expect(problem.message.contains("\"x\""))
        for name in ["../claim", "reply-/x", "claim", "reply-" + String(repeating: "a", count: 100)] {
            #expect(orders(#"{"type":"record","kind":"k","reply":""# + name + "\"}\n", of: &intake).count == 1)
        }
        for reply in [EventReply.taken, .refused("why not")] { #expect(EventReply(parsing: reply.bytes) == reply) }
        #expect(EventReply(parsing: Array("taken".utf8)) == nil)
        #expect(EventReply.refused("a\nb").bytes.count { $0 == 0x0A } == 1)
    }

    @Test("Kept events read back up to the first line that a crash tore or changed")
    func file() {
        let events = [#"{"a":1}"#, #"{"b":"x y"}"#, "{}"].map { Array($0.utf8) }
        let whole = events.flatMap(KeptEvents.line)
        #expect(KeptEvents.parse(whole).count == 3)
        let second = KeptEvents.line(events[0]).count
        for count in whole.indices {
            let read = KeptEvents.parse(Array(whole[..<count]))
            #expect(read.count == (count < second ? 0 : count < whole.count - KeptEvents.line(events[2]).count ? 1 : 2))
        }
        var changed = whole
        changed[second + 12] ^= 1
        #expect(KeptEvents.parse(changed).count == 1)
    }
}

@Suite("Masks that come in the middle of a stream")
struct LateMaskTests {
    @Test(
        "Wherever the stream is cut, the old secret and the new value are masked",
        arguments: ["oldsecret", "secret-new"])
    func everyCut(_ old: String) {
        let text = Array("a oldsecret-new b secret-new c oldsecret-new-x oldsecret d".utf8)
        var whole = SecretMasker(secrets: [old, "cret-new"])
        let right = mask(text[...], &whole, ends: true)
        for cut in text.indices {
            var masker = SecretMasker(secrets: [old])
            let before = mask(text[..<cut], &masker, ends: false)
            masker.change(to: [old, "cret-new"])
            let masked = before + mask(text[cut...], &masker, ends: true)
            // The old one is never to be seen, and the new one only where it was let go of before.
            let shown = String(decoding: masked, as: UTF8.self)
            #expect(!shown.contains(old), "\(cut): \(shown)")
            if cut == 0 { #expect(masked == right) }
            let behind = shown.utf8.count { $0 == UInt8(ascii: "*") }
            #expect(behind >= 3, "\(cut): \(shown)")
        }
    }

    private func mask(_ bytes: ArraySlice<UInt8>, _ masker: inout SecretMasker, ends: Bool) -> [UInt8] {
        var output: [UInt8] = []
        bytes.withUnsafeBufferPointer { masker.mask($0, into: &output) }
        if ends { masker.finish(into: &output) }
        return output
    }
}

@Suite("Stop orders")
struct StopOrderTests {
    private static let second: Int64 = 1_000_000_000

    @Test("Where nothing may be killed the grace ends with a note, and a person's kill is obeyed at once")
    func never() {
        var course = AttemptCourse(
            startedAt: 0, timeout: 100 * Self.second, killAfter: 10 * Self.second, kills: false)
        #expect(course.timePassed(now: 100 * Self.second) == [.terminateGroup])
        #expect(course.timePassed(now: 109 * Self.second) == [])
        #expect(course.timePassed(now: 110 * Self.second) == [.noteNotEnding])
        #expect(course.timePassed(now: 10_000 * Self.second) == [])
        #expect(course.cancelRequested(grace: Self.second, now: 200 * Self.second) == [])
        #expect(course.timePassed(now: 201 * Self.second) == [.noteNotEnding])
        #expect(course.cancelRequested(grace: 0, now: 300 * Self.second, kills: true) == [.killSession])
        #expect(course.timePassed(now: 301 * Self.second) == [.killSession])
        #expect(course.reason == .timeout)
    }

    @Test("What ends by itself while nothing may kill it leaves nothing behind")
    func leftovers() {
        var course = AttemptCourse(
            startedAt: 0, timeout: 100 * Self.second, killAfter: 10 * Self.second, kills: false)
        _ = course.outputClosed(now: 0)
        _ = course.timePassed(now: 100 * Self.second)
        _ = course.timePassed(now: 110 * Self.second)
        #expect(course.directProcessEnded(now: 500 * Self.second) == [.lookForMembers])
        #expect(course.membersLeft(1, now: 500 * Self.second) == [.terminateSession])
        #expect(course.membersLeft(1, now: 502 * Self.second) == [.killSession])
        #expect(course.membersLeft(0, now: 503 * Self.second) == [.settle])
    }

    @Test("Requests and specifications keep them")
    func coding() throws {
        for kills in [true, false] {
            let request = CancelRequest(graceMilliseconds: 7, kills: kills)
            #expect(try CancelRequest(parsing: request.bytes) == request)
        }
        for target in StopOrder.Target.allCases {
            for kill in StopOrder.Kill.allCases {
                let specification = LaunchSpecification(
                    attemptID: "id", role: .attempt, shell: ["sh"], script: "", environment: [], workingDirectory: "/",
                    umask: 0, timeoutNanoseconds: 1, killAfterNanoseconds: 1, secrets: [], logPath: "/l",
                    logLimitBytes: 1,
                    outputsLimitBytes: 1, stop: StopOrder(signal: 2, target: target, kill: kill),
                    earlierEvents: Array("{}\n".utf8))
                #expect(try LaunchSpecification(parsing: specification.bytes) == specification)
            }
        }
    }

    @Test("An exit record tells of events only where there were some")
    func exitRecord() throws {
        var record = ExitRecord(
            attemptID: "id", outcome: .ended(.exited(0)), outputs: .whole(bytes: 0, checksum: 0),
            startedAtMilliseconds: 1,
            endedAtMilliseconds: 2, durationMilliseconds: 1, leftoverProcesses: 0, log: LogSummary())
        #expect(!String(decoding: record.bytes, as: UTF8.self).contains("events"))
        #expect(try ExitRecord(parsing: record.bytes).events == EventSummary())
        for events in [EventSummary(kept: 3), EventSummary(kept: 0, refused: 2, problem: "a\nb")] {
            record.events = events
            #expect(try ExitRecord(parsing: record.bytes) == record)
        }
        var summary = EventSummary()
        summary.refuse(EventProblem(String(repeating: "é", count: 4000)))
        record.events = summary
        record.outcome = .couldNotStart(
            StartFailure(stage: .program, number: 2, subject: String(repeating: "é", count: 4000)))
        #expect(record.bytes.count <= ExitRecord.bytesReserved)
    }
}
