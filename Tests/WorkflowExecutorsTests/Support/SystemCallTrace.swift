import Testing

/// The system calls of a supervisor, in order, as `strace` saw them.
struct SystemCallTrace {
    struct Call: Hashable, Sendable, CustomTestStringConvertible {
        var index: Int
        var name: String
        /// How many calls of this name the process had made, with this one.
        var occurrence: Int

        var testDescription: String { "call \(index): \(name) \(occurrence)" }
    }

    var calls: [Call] = []

    init(parsing text: String) {
        var counts: [String: Int] = [:]
        for line in text.split(separator: "\n") {
            guard let parenthesis = line.firstIndex(of: "("),
                line[..<parenthesis].allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" })
            else { continue }
            let name = String(line[..<parenthesis])
            counts[name, default: 0] += 1
            calls.append(Call(index: calls.count, name: name, occurrence: counts[name] ?? 0))
        }
    }

    func first(_ names: String...) throws -> Int {
        try #require(calls.firstIndex { names.contains($0.name) }, "no \(names) among the supervisor's calls")
    }

    func last(_ names: String...) throws -> Int {
        try #require(calls.lastIndex { names.contains($0.name) }, "no \(names) among the supervisor's calls")
    }
}

/// An executable that runs the supervisor under `strace`: `strace` must be installed, these tests are not to be
/// skipped.
enum TracedSupervisor {
    /// The options are read from a file in each attempt's folder, so that this is written once, before anything forks.
    static func make(in bench: Workbench) throws -> String {
        try #require(runProgram(["strace", "-V"]) == 0, "install strace: the supervisor's crashes are tested with it")
        let path = bench.file("traced-supervisor")
        try write(
            "#!/bin/sh\nexec strace $(cat \"$1/strace\") \(BuiltSupervisor.path) \"$@\"\n", to: path, mode: 0o700)
        return path
    }
}
