internal import ArgumentParser

/// Where a definition may include files from, besides its own folder.
struct IncludeOption: ParsableArguments {
    @Option(
        name: .customLong("allow-include"),
        help: ArgumentHelp(
            "A folder that files may be included from, besides that of the definition; once for each.",
            valueName: "folder"),
        completion: .directory)
    var folders: [String] = []
}
