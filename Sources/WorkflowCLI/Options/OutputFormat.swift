internal import ArgumentParser

/// How data is printed.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument, Sendable {
    case text, json, yaml
}

struct FormatOption: ParsableArguments {
    @Option(name: [.customShort("o"), .customLong("output")], help: "How to print data: text, json or yaml.")
    var format: OutputFormat = .text
}
