internal import ArgumentParser

struct StoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store",
        abstract: "Decide about the store itself.",
        discussion: """
              workflow store adopt --reason "the old disk is gone"
            """,
        subcommands: [StoreAdoptCommand.self])
}
