internal import ArgumentParser

/// Which store a command means.
struct StoreOption: ParsableArguments {
    @Option(
        name: .customLong("store"),
        help: ArgumentHelp(
            "The store: a folder, sqlite:PATH, or memory: for `run` alone.",
            discussion: """
                Without it: $WORKFLOW_STORE, else the nearest .workflow/ at or above the current folder. What is in \
                memory: ends with the process.
                """,
            valueName: "url"), completion: .directory)
    var url: String?
}
