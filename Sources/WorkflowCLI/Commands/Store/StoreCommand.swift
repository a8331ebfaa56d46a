internal import ArgumentParser

struct StoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store",
        abstract: "Look at the store, and decide about it.",
        discussion: """
              workflow store show
              workflow store set identity=claimed --reason "a shared build account"
              workflow store adopt --reason "the old disk is gone"
            """,
        subcommands: [StoreShowCommand.self, StoreSetCommand.self, StoreAdoptCommand.self])
}
