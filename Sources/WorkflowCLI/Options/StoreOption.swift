internal import ArgumentParser

/// Which store a command means.
struct StoreOption: ParsableArguments {
    @Option(
        name: .customLong("store"),
        help: ArgumentHelp(
            "The store: a folder, or sqlite:PATH.",
            discussion: "Without it: $WORKFLOW_STORE, else the nearest .workflow/ at or above the current folder.",
            valueName: "url"), completion: .directory)
    var url: String?
}
