import Foundation

// What a step asks of the machine, counted and not timed: the difference of a long and a short run, so that the start
// of the process and of the run is in none of it.

extension Bench {
    func work() async throws {
        try requireProgram()
        report.add(Figure("log of the store for a sequential step", "KiB", try await logOfAStep()))
        let steps = (few: 100, many: 1100)
        try await work(of: "a sequential step", steps) { place, count in
            (ownPath, ["drive", "--folder", place, "--steps", String(count)])
        }
        try await work(of: "a shell step of /bin/true", (few: 10, many: 60)) {
            place, count in
            let file = place + "/shells.yaml"
            try MeasuredWorkflow.shells(count, command: "/bin/true").write(
                toFile: file, atomically: true, encoding: .utf8)
            return (workflowPath, ["run", file, "--store", place + "/.workflow", "-q"])
        }
    }

    /// The store moves its log when it is longer than 16 MiB, so that the run is short.
    private func logOfAStep() async throws -> [Double] {
        var sizes: [Double] = []
        for _ in 1...rounds {
            try await inFolder { place in
                let measured = try MeasuredEngine(in: place)
                let log = place + "/.workflow/store.db-wal"
                try await measured.drive(MeasuredEngine.definition(MeasuredWorkflow.sequence(10)))
                let before = try size(of: log)
                try await measured.drive(MeasuredEngine.definition(MeasuredWorkflow.sequence(210)))
                sizes.append((try size(of: log) - before) / 200 / 1024)
                await measured.close()
            }
        }
        return sizes
    }

    private func size(of path: String) throws -> Double {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return ((attributes[.size] as? NSNumber)?.doubleValue ?? 0)
    }

    /// - Parameter command: the program and its arguments for a run of so many steps in a new folder.
    private func work(
        of what: String, _ steps: (few: Int, many: Int), _ command: (String, Int) throws -> (String, [String])
    ) async throws {
        let difference = Double(steps.many - steps.few)
        var (cpu, faults, switches, calls) = ([Double](), [Double](), [Double](), [Double]())
        let strace = Self.program("strace")
        if strace == nil { report.note("system calls are not counted: there is no strace on PATH") }
        for _ in 1...rounds {
            let (few, many) = (try await run(steps.few, command), try await run(steps.many, command))
            cpu.append((many.milliseconds - few.milliseconds) / difference)
            faults.append((many.pageFaults - few.pageFaults) / difference)
            switches.append((many.switches - few.switches) / difference)
            guard let strace, calls.isEmpty else { continue }
            let counted = (
                few: try await systemCalls(strace, steps.few, command),
                many: try await systemCalls(strace, steps.many, command)
            )
            calls.append((counted.many - counted.few) / difference)
        }
        report.add(
            Figure("processor time of \(what)", "ms", cpu), Figure("page faults of \(what)", "faults", faults),
            Figure("voluntary switches of \(what)", "switches", switches))
        if !calls.isEmpty { report.add(Figure("system calls of \(what)", "calls", calls)) }
    }

    private func run(
        _ count: Int, _ command: (String, Int) throws -> (String, [String])
    ) async throws -> ChildProcess.Work {
        try await inFolder { place in
            let (program, arguments) = try command(place, count)
            return try ChildProcess.run(program, arguments).ended(with: 0, "the run of \(count) steps").work
        }
    }

    /// Of all processes and threads of the run.
    private func systemCalls(
        _ strace: String, _ count: Int, _ command: (String, Int) throws -> (String, [String])
    ) async throws -> Double {
        try await inFolder { place in
            let (program, arguments) = try command(place, count)
            let table = place + "/calls"
            _ = try ChildProcess.run(
                strace, ["-f", "-qq", "-c", "-U", "calls,name", "-o", table, program] + arguments
            ).ended(with: 0, "the counted run of \(count) steps")
            let text = try String(contentsOfFile: table, encoding: .utf8)
            let total = text.split(separator: "\n").last { $0.hasSuffix(" total") }
            guard let number = total?.split(separator: " ").first.flatMap({ Double($0) }) else {
                throw MeasurementFailure("strace has counted nothing")
            }
            return number
        }
    }
}
