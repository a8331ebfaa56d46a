internal import ArgumentParser
internal import Workflow
internal import WorkflowStore
internal import WorkflowViews

struct DoctorCommand: WorkflowCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Examine the store and this machine; say what to do.",
        discussion: """
              workflow doctor
              workflow doctor --store /var/lib/deploy/.workflow -o json

            Every line is ok, a warning or a problem, with what to do. Exit status 0 without problems, else 74. Where \
            there is no store it is 66, and what there is to say about the machine stands on standard error.
            """)

    @OptionGroup var output: FormatOption
    @OptionGroup var store: StoreOption

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        let session: Session
        do {
            session = try Session.open(store.url, .existing, in: process)
        } catch {
            for line in lines(
                MachineExamination(variables: process.variables, folder: process.workingFolder).findings())
            {
                console.note(line)
            }
            throw error
        }
        return try await session.closing { () async throws(CommandFailure) in
            let findings =
                try await StoreExamination(session: session).findings()
                + RunExamination(session: session, now: WallClock().now()).findings()
                + MachineExamination(variables: process.variables, folder: session.workspace.folder).findings()
            return tell(findings, console)
        }
    }

    private func tell(_ findings: [Finding], _ console: Console) -> ExitStatus {
        switch output.format {
        case .text:
            for line in lines(findings) { console.data(line) }
        case .json, .yaml:
            console.data(Document.list(findings.map(\.document)).text(as: output.format))
        }
        return findings.contains { $0.level == .problem } ? .inputOutput : .completed
    }

    private func lines(_ findings: [Finding]) -> [String] {
        var table = Table()
        for finding in findings {
            table.add([
                finding.level.rawValue, finding.subject, finding.message + (finding.advice.map { "; \($0)" } ?? ""),
            ])
        }
        return table.lines()
    }
}
