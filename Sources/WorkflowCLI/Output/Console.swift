internal import Terminal

/// Where a command speaks: data on standard output, everything else on standard error.
struct Console: Sendable {
    let output: ByteStream
    let error: ByteStream
    /// Whether status words on standard error are coloured.
    private(set) var hasColour: Bool
    /// The same for standard output.
    private(set) var hasOutputColour: Bool
    private let variables: [String: String]
    /// What a terminal here can show.
    private(set) var traits: TerminalTraits
    /// False for a terminal whose cursor cannot be moved (`TERM=dumb`, or none).
    let hasMoves: Bool

    /// Names that were given to this process in which a line ends, each with the form that it has within a line.
    private let brokenNames: [(name: String, shown: String)]

    /// - Parameters:
    ///   - variables: of this process: `NO_COLOR` (any value but an empty one) and `TERM=dumb` switch colour off.
    ///   - names: its arguments and folder, which messages repeat.
    init(variables: [String: String], names: [String] = [], output: ByteStream = .output, error: ByteStream = .error) {
        self.variables = variables
        brokenNames = (names + names.compactMap(Self.value(of:)) + [variables["WORKFLOW_STORE"] ?? ""])
            .filter { $0.utf8.contains(UInt8(ascii: "\n")) }
            .map { ($0, SafeText.name($0)) }
        self.output = output
        self.error = error
        let isWanted = (variables["NO_COLOR"] ?? "").isEmpty && variables["TERM"] != "dumb"
        traits = TerminalTraits(variables: variables)
        hasMoves = !["", "dumb", "unknown"].contains(variables["TERM"] ?? "")
        hasColour = isWanted && error.isTerminal
        hasOutputColour = isWanted && output.isTerminal
    }

    /// The same with colours as `--color` asks for them.
    func coloured(_ form: ColourForm) -> Console {
        guard form != .auto else { return self }
        var console = self
        let isAlways = form == .always
        (console.hasColour, console.hasOutputColour) = (isAlways, isAlways)
        if isAlways {
            output.keepColours()
            error.keepColours()
            if traits.palette.depth == .none { console.traits.palette = Palette(depth: .sixteen) }
        } else {
            console.traits.palette = Palette(depth: .none)
        }
        return console
    }

    /// What lines on standard output may be made of.
    var outputScreen: Screen { Screen(output, hasColour: hasOutputColour, variables: variables) }

    /// The same for standard error.
    var errorScreen: Screen { Screen(error, hasColour: hasColour, variables: variables) }

    /// Says a failure. The first line names it, further ones stand as they are.
    func say(_ failure: CommandFailure) {
        guard !failure.message.isEmpty else { return }
        note("error: " + failure.text(of: withoutBrokenNames(failure.message)))
        if let command = failure.command { note("Then go on:\n" + command) }
    }

    /// A line for people. As every line that goes out, it holds no control character but those of its own colours.
    /// On a terminal it is broken between words.
    func note(_ text: String) {
        let text = withoutBrokenNames(text)
        error.line(error.isTerminal ? Prose.wrapped(text, to: errorScreen.columns) : text)
    }

    func data(_ text: String) { output.line(withoutBrokenNames(text)) }

    /// Data that is for people: on a terminal it is broken between words, as a note is.
    func told(_ text: String) {
        let text = withoutBrokenNames(text)
        output.line(output.isTerminal ? Prose.wrapped(text, to: outputScreen.columns) : text)
    }

    /// Data that a program reads byte for byte; on a terminal it is a line like any other.
    func value(_ text: String) {
        if output.isTerminal { output.line(text) } else { output.write(Array((text + "\n").utf8)) }
    }

    private func withoutBrokenNames(_ text: String) -> String {
        brokenNames.reduce(text) { $0.replacing($1.name, with: $1.shown) }
    }

    /// What stands behind `key=`.
    private static func value(of argument: String) -> String? {
        argument.firstIndex(of: "=").map { String(argument[argument.index(after: $0)...]) }
    }
}
