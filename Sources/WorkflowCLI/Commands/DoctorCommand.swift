internal import ArgumentParser
internal import WorkflowStoreSQLite

struct DoctorCommand: WorkflowCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Examine the store and this machine; say what to do.",
        discussion: """
              workflow doctor
              workflow doctor --store /var/lib/deploy/.workflow -o json

            Every line is ok, a warning or a problem. Exit status 0 without problems, else 74.
            """)

    @OptionGroup var output: FormatOption
    @OptionGroup var store: StoreOption

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        let session = try Session.open(store.url, .existing, in: process)
        let findings =
            try await StoreExamination(session: session).findings() + MachineExamination(session: session).findings()
        switch output.format {
        case .text:
            var table = Table()
            for finding in findings {
                table.add([
                    finding.level.rawValue, finding.subject, finding.message + (finding.advice.map { "; \($0)" } ?? ""),
                ])
            }
            for line in table.lines() { console.data(line) }
        case .json, .yaml:
            console.data(Document.list(findings.map(\.document)).text(as: output.format))
        }
        return findings.contains { $0.level == .problem } ? .inputOutput : .completed
    }
}
