internal import Terminal

/// Where a command speaks: data on standard output, everything else on standard error.
struct Console: Sendable {
    let output: ByteStream
    let error: ByteStream
    /// Whether status words on standard error are coloured.
    let hasColour: Bool
    /// The same for standard output.
    let hasOutputColour: Bool
    private let variables: [String: String]
    /// What a terminal here can show.
    let traits: TerminalTraits
    /// False for a terminal whose cursor cannot be moved (`TERM=dumb`, or none).
    let hasMoves: Bool

    /// - Parameter variables: of this process: `NO_COLOR` (any value but an empty one) and `TERM=dumb` switch colour off.
    init(variables: [String: String], output: ByteStream = .output, error: ByteStream = .error) {
        self.variables = variables
        self.output = output
        self.error = error
        let isWanted = (variables["NO_COLOR"] ?? "").isEmpty && variables["TERM"] != "dumb"
        traits = TerminalTraits(variables: variables)
        hasMoves = !["", "dumb", "unknown"].contains(variables["TERM"] ?? "")
        hasColour = isWanted && error.isTerminal
        hasOutputColour = isWanted && output.isTerminal
    }

    /// What lines on standard output may be made of.
    var outputScreen: Screen { Screen(output, hasColour: hasOutputColour, variables: variables) }

    /// The same for standard error.
    var errorScreen: Screen { Screen(error, hasColour: hasColour, variables: variables) }

    /// Says a failure. The first line names it, further ones stand as they are.
    func say(_ failure: CommandFailure) {
        guard !failure.message.isEmpty else { return }
        note("error: " + failure.message)
        if let command = failure.command { note("Then go on:\n" + command) }
    }

    func note(_ text: String) { error.line(text) }

    func data(_ text: String) { output.line(text) }
}
