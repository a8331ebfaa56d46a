internal import ArgumentParser

/// `--color`
enum ColourForm: String, CaseIterable, ExpressibleByArgument, Sendable {
    /// On a terminal that has colours, unless `NO_COLOR` is set.
    case auto
    case always, never
}

struct ColourOption: ParsableArguments {
    @Option(
        name: .customLong("color"),
        help: ArgumentHelp(
            "Colours: auto, always or never.",
            discussion: "auto: on a terminal, unless NO_COLOR is set. always: also through a pager (less -R).",
            valueName: "when"))
    var form: ColourForm = .auto
}
