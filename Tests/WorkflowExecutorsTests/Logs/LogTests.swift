import AttemptProtocol
import Glibc
import Testing

@testable import WorkflowExecutors

@Suite("The log of an attempt")
struct LogTests {
    private func lines(_ range: Range<Int>) -> [UInt8] {
        range.flatMap { Array("line \($0)\n".utf8) }
    }

    private func read(_ path: String) throws -> (bytes: [UInt8], omitted: Int) {
        var reader = LogReader(path: path)
        var bytes: [UInt8] = []
        var omitted = 0
        while let piece = try reader.next() {
            switch piece {
            case .bytes(let more): bytes += more
            case .omitted(let count): omitted += count
            }
        }
        return (bytes, omitted)
    }

    @Test("Below the cap a log is one file", arguments: [0, 1, 2048, 4096])
    func small(_ count: Int) throws {
        let bench = try Workbench()
        let path = bench.file("log")
        var writer = try LogWriter(path: path, limitBytes: 8192)
        let bytes = Array(lines(0..<1000).prefix(count))
        writer.append(bytes)
        #expect(writer.summary == LogSummary(bytes: count))
        #expect(try read(path) == (bytes, 0))
        #expect(try LogFiles.segmentStarts(of: path) == [])
    }

    @Test("Above the cap head and tail are kept, and what is missing is counted", arguments: [1, 100, 4096, 100_000])
    func capped(_ chunk: Int) throws {
        let bench = try Workbench()
        let path = bench.file("log")
        var writer = try LogWriter(path: path, limitBytes: 8192)
        let whole = lines(0..<10_000)
        var rest = whole[...]
        while !rest.isEmpty {
            writer.append(Array(rest.prefix(chunk)))
            rest = rest.dropFirst(chunk)
        }
        let (bytes, omitted) = try read(path)
        #expect(bytes.count <= 8192)
        #expect(bytes.count > 8192 - 2048)
        #expect(Array(bytes.prefix(4096)) == Array(whole.prefix(4096)))
        #expect(Array(bytes.dropFirst(4096)) == Array(whole.suffix(bytes.count - 4096)))
        #expect(omitted == whole.count - bytes.count)
        #expect(writer.summary == LogSummary(bytes: whole.count, omittedBytes: omitted))
        #expect(
            try LogTail.of(path, lines: 3)
                == LogTail(bytes: lines(9_997..<10_000), isPartial: true, position: whole.count))
        #expect(try LogTail.of(path, lines: 1_000_000).bytes == bytes)
    }

    @Test("A reader that keeps up misses nothing, one that falls behind is told what")
    func reading() throws {
        let bench = try Workbench()
        let path = bench.file("log")
        var early = LogReader(path: path)
        #expect(try early.next() == nil)
        var writer = try LogWriter(path: path, limitBytes: 4096)
        var seen: [UInt8] = []
        let whole = lines(0..<5_000)
        var rest = whole[...]
        var slow = LogReader(path: path)
        while !rest.isEmpty {
            writer.append(Array(rest.prefix(500)))
            rest = rest.dropFirst(500)
            while let piece = try early.next() {
                guard case .bytes(let more) = piece else { throw Unexpected(what: "\(piece)") }
                seen += more
            }
        }
        #expect(seen == whole)
        var missed = 0
        var got = 0
        while let piece = try slow.next() {
            switch piece {
            case .bytes(let more): got += more.count
            case .omitted(let count): missed += count
            }
        }
        #expect(missed > 0)
        #expect(missed + got == whole.count)
    }

    @Test(
        "The last lines are found",
        arguments: [
            ("", 5, "", false), ("a\nb\nc\n", 2, "b\nc\n", true), ("a\nb\nc\n", 3, "a\nb\nc\n", false),
            ("a\nb\nc", 2, "b\nc", true), ("a\n\n\n", 2, "\n\n", true), ("a", 1, "a", false), ("a\n", 0, "", true),
            ("\n", 1, "\n", false),
        ])
    func tail(_ text: String, _ count: Int, _ expected: String, _ isPartial: Bool) throws {
        let bench = try Workbench()
        try write(text, to: bench.file("log"))
        let tail = try LogTail.of(bench.file("log"), lines: count)
        #expect(String(decoding: tail.bytes, as: UTF8.self) == expected)
        #expect(tail.isPartial == isPartial)
    }

    @Test("A reader goes on behind the last lines", arguments: [(8192, 100), (1 << 20, 100), (8192, 100_000)])
    func behindTheTail(_ limit: Int, _ count: Int) throws {
        let bench = try Workbench()
        let path = bench.file("log")
        var writer = try LogWriter(path: path, limitBytes: limit)
        let first = lines(0..<count)
        writer.append(first)
        for wanted in [0, 1, 20] {
            let tail = try LogTail.of(path, lines: wanted)
            #expect(tail.bytes == lines(count - wanted..<count))
            #expect(tail.position == first.count)
        }
        var reader = LogReader(path: path, from: try LogTail.of(path, lines: 5).position)
        #expect(try reader.next() == nil)
        writer.append(lines(count..<count + 3))
        #expect(try reader.next() == .bytes(lines(count..<count + 3)))
    }

    @Test("The last lines of a log with one endless line are bounded")
    func endlessLine() throws {
        let bench = try Workbench()
        try write(String(repeating: "x", count: LogTail.bytesMax + 100_000), to: bench.file("log"))
        let tail = try LogTail.of(bench.file("log"), lines: 1)
        #expect(tail.bytes.count == LogTail.bytesMax)
        #expect(tail.isPartial)
        #expect(try LogTail.of(bench.file("no-log"), lines: 1) == LogTail(bytes: [], isPartial: false))
    }

    @Test("A full disk loses output, and counts it")
    func lost() throws {
        // Every write to this device fails with ENOSPC.
        var writer = try LogWriter(path: "/dev/full", limitBytes: 4096)
        writer.append([1, 2, 3])
        #expect(writer.summary == LogSummary(lostBytes: 3))
        #expect(writer.summary.isTruncated)
    }

    @Test("A log is followed from before its beginning to after its cap")
    func follow() async throws {
        let bench = try Workbench()
        let path = bench.file("log")
        let thread = try ReadinessThread()
        defer { thread.stop() }
        let follower = try LogFollower(path: path, events: FileEvents(thread: thread))
        let whole = lines(0..<3_000)
        async let followed: [UInt8] = {
            var seen: [UInt8] = []
            while seen.count < whole.count, let piece = try await follower.next() {
                switch piece {
                case .bytes(let more): seen += more
                // What was overrun is made good here, so that the count comes out.
                case .omitted(let count): seen += whole[seen.count..<(seen.count + count)]
                }
            }
            return seen
        }()
        var writer = try LogWriter(path: path, limitBytes: 16_384)
        var rest = whole[...]
        while !rest.isEmpty {
            writer.append(Array(rest.prefix(100)))
            rest = rest.dropFirst(100)
            await Task.yield()
        }
        #expect(try await followed == whole)
    }

    @Test("Following stops with its task")
    func stopFollowing() async throws {
        let bench = try Workbench()
        let thread = try ReadinessThread()
        defer { thread.stop() }
        let follower = try LogFollower(path: bench.file("log"), events: FileEvents(thread: thread))
        await withTaskGroup(of: LogReader.Piece?.self) { group in
            group.addTask { try? await follower.next() }
            group.cancelAll()
            #expect(await group.next() == .some(nil))
        }
        try write("late", to: bench.file("log"))
        #expect(try await follower.rest() == .bytes(Array("late".utf8)))
        #expect(try await follower.rest() == nil)
    }

    @Test(
        "A line is made safe to show",
        arguments: [
            ("plain é 😀\t|", "plain é 😀\t|"), ("\u{1B}[31mred", "\\u{1b}[31mred"), ("a\r", "a"), ("a\rb", "a\\u{d}b"),
            ("\u{202E}evil", "\\u{202e}evil"), ("\u{9B}2J", "\\u{9b}2J"), ("\u{7F}", "\\u{7f}"),
            (String(repeating: "é", count: 501), String(repeating: "é", count: 500)),
        ])
    func display(_ line: String, _ expected: String) {
        #expect(DisplayLine.text(Array(line.utf8)) == expected)
    }

    @Test("What is not UTF-8 is shown as such")
    func displayInvalid() {
        #expect(DisplayLine.text([0x61, 0xFF, 0x62]) == "a\u{FFFD}b")
    }

    @Test("Output is cut into lines wherever it is cut into pieces, and long ones are not kept")
    func split() {
        var splitter = LineSplitter()
        #expect(splitter.lines(adding: Array("one\ntw".utf8)) == ["one"])
        #expect(splitter.lines(adding: Array("o\n\nthr".utf8)) == ["two", ""])
        #expect(splitter.finish() == "thr")
        #expect(splitter.finish() == nil)
        for _ in 0..<100 { #expect(splitter.lines(adding: [UInt8](repeating: 0x78, count: 1000)) == []) }
        #expect(splitter.lines(adding: [0x0A]) == [String(repeating: "x", count: 500)])
    }
}
