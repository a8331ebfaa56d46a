internal import ArgumentParser
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowStore

struct StoreSetCommand: WorkflowCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Decide how the store knows people.",
        discussion: """
              workflow store set identity=claimed --reason "a shared build account"

            identity=login: a person is who the kernel says: who logged in, else the user of the process. Approvers are
            logins then, and --as is only kept beside them. identity=claimed: --as NAME is believed, and each decision
            says so. Only the store's owner decides this. Where there is no store, one is made.
            """)

    /// A setting that there is, with its value.
    enum Setting: Sendable, ExpressibleByArgument {
        case identity(StoreIdentity)

        init?(argument: String) {
            let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, parts[0] == "identity", let value = StoreIdentity(rawValue: parts[1]) else {
                return nil
            }
            self = .identity(value)
        }

        static var allValueStrings: [String] { StoreIdentity.allCases.map { "identity=\($0.rawValue)" } }
        var defaultValueDescription: String { "" }
    }

    @Argument(help: ArgumentHelp("identity=login or identity=claimed.", valueName: "setting"))
    var setting: Setting

    @Option(help: ArgumentHelp("Why; kept in the store.", valueName: "text"))
    var reason: String?

    @OptionGroup var store: StoreOption

    func validate() throws {
        try PersonOptions.refuse(reason: reason)
    }

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        let session = try Session.open(store.url, .create, in: process)
        return try await session.closing { () async throws(CommandFailure) in
            try await StepCaller.find(session, in: process).refuse("store set", isOwners: true)
            switch setting {
            case .identity(let identity):
                try await CommandFailure.telling { () async throws(EngineError) in
                    try await session.engine.set(identity, reason: reason, actor: process.actor())
                }
                console.note("\(session.store.place): identity is \(identity.rawValue)")
            }
            return .completed
        }
    }
}
