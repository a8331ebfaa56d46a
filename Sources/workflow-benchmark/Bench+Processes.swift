import Foundation

// What whole processes cost: those of `workflow`, and those that it starts.

extension Bench {
    /// From the start of `workflow resume` to the start of the one step that is left.
    func resume(upTo largest: Int) async throws {
        try requireProgram()
        try await resume(["--steps", "9999"], "10000 steps of which 9999 are done", .atMost(60))
        for (items, target) in [(9999, 60.0), (99_999, 600), (999_999, 1500)] where items <= largest {
            let bound = items == 99_999 ? nil : Figure.Target.atMost(target)
            try await resume(["--items", String(items)], "\(items) items done and one step left", bound)
        }
    }

    private func resume(_ arguments: [String], _ name: String, _ target: Figure.Target?) async throws {
        report.note("resume: \(name)")
        try await inFolder { place in
            let signpost = try Signpost(path: place + "/begun")
            // It fails each time, so that each round finds the same step to do.
            let last = ": > \(signpost.path); exit 1"
            _ = try ChildProcess.run(
                ownPath, ["drive", "--folder", place, "--last", last] + arguments, isQuiet: false
            ).ended(with: 0, "the run to be resumed")
            var (starts, memory) = ([Double](), [Double]())
            for _ in 1...rounds {
                let watch = ContinuousClock()
                let began = watch.now
                let child = try ChildProcess.run(
                    workflowPath, ["resume", "run-1", "--store", place + "/.workflow", "-q"],
                    whileRunning: {
                        try signpost.wait()
                        starts.append(began.duration(to: watch.now).inSeconds * 1000)
                    }
                ).ended(with: 1, "the resumed run")
                memory.append(child.residentMiB)
            }
            report.add(
                Figure("resume: \(name)", "ms", starts, target),
                Figure("memory of that process", "MiB", memory))
        }
    }

    /// The whole process of a run of one step.
    func start() async throws {
        try requireProgram()
        try await inFolder { place in
            let file = place + "/one.yaml"
            try MeasuredWorkflow.shells(1, command: "true").write(toFile: file, atomically: true, encoding: .utf8)
            var (first, times, memory, shells) = ([Double](), [Double](), [Double](), [Double]())
            for round in 1...rounds {
                let store = place + "/store\(round)"
                for number in 0...10 {
                    let child = try ChildProcess.run(workflowPath, ["run", file, "--store", store, "-q"])
                        .ended(with: 0, "the run of one step")
                    if number == 0 {
                        first.append(child.seconds * 1000)
                    } else {
                        times.append(child.seconds * 1000)
                        memory.append(child.residentMiB)
                    }
                    shells.append(try bareShell("true") * 1000)
                }
            }
            report.add(
                Figure("workflow run of one step that is `true`", "ms", times, .atMost(20)),
                Figure("the same where it makes the store", "ms", first),
                Figure("the same shell alone", "ms", shells),
                Figure("memory of workflow run", "MiB", memory, .atMost(32)))
        }
    }

    /// Shell steps beside a loop that starts the same shells.
    func shells(_ count: Int = 100) async throws {
        try requireProgram()
        try await inFolder { place in
            let file = place + "/shells.yaml"
            try MeasuredWorkflow.shells(count, command: "/bin/true").write(
                toFile: file, atomically: true, encoding: .utf8)
            var (durable, bare) = ([Double](), [Double]())
            for _ in 1...rounds {
                durable.append(
                    try ChildProcess.run(workflowPath, ["run", file, "--store", place + "/store", "-q"])
                        .ended(with: 0, "the run of \(count) shells").seconds * 1000 / Double(count))
                var seconds = 0.0
                for _ in 1...count { seconds += try bareShell("/bin/true") }
                bare.append(seconds * 1000 / Double(count))
            }
            report.add(
                Figure("a durable shell step of /bin/true, of \(count)", "ms", durable),
                Figure("the same shell in a loop", "ms", bare),
                Figure("durable to bare", "ratio", zip(durable, bare).map { $0 / $1 }, .atMost(3)))
        }
    }

    /// The shell that a step has, with its command.
    private func bareShell(_ command: String) throws -> Double {
        try ChildProcess.run("/bin/bash", ["-euo", "pipefail", "-c", command]).ended(with: 0, command).seconds
    }

    /// Instructions of a step in user space; nothing where there is no valgrind, or no `strip`.
    func instructions() async throws {
        guard let valgrind = Self.program("valgrind"), let strip = Self.program("strip") else {
            return report.note("instructions are not measured: there is no valgrind or no strip on PATH")
        }
        // Valgrind gives up on debugging information that is newer than itself.
        let plain = folder + "/without-symbols"
        _ = try ChildProcess.run(strip, ["-g", "-o", plain, ownPath]).ended(with: 0, "strip")
        defer { try? FileManager.default.removeItem(atPath: plain) }
        func count(_ steps: Int) async throws -> Double {
            try await inFolder { place in
                let file = place + "/counts"
                _ = try ChildProcess.run(
                    valgrind,
                    [
                        "--tool=callgrind", "--callgrind-out-file=\(file)", plain, "drive", "--folder", place,
                        "--steps", String(steps),
                    ]
                ).ended(with: 0, "the counted run")
                let text = try String(contentsOfFile: file, encoding: .utf8)
                guard
                    let line = text.split(separator: "\n").last(where: {
                        $0.hasPrefix("totals:") || $0.hasPrefix("summary:")
                    }),
                    let number = line.split(separator: " ").last.flatMap({ Double($0) })
                else { throw MeasurementFailure("valgrind has counted nothing") }
                return number
            }
        }
        let (small, large) = (try await count(100), try await count(1100))
        report.add(
            Figure(
                "a sequential step, definition included, of 100 to 1100", "instructions", [(large - small) / 1000]))
    }

    static func program(_ name: String) -> String? {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(name)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }
}
