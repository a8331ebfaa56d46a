/// What is known between two tokens of a list of commands.
struct CommandList {
    /// A compound command that is open: `{`, `if`, `while`, `for`, `case`.
    struct Compound {
        /// Expressions passed when the pipeline began that feeds it, and when it began itself.
        var feed: Range<Int>
        /// What its commands make of its input.
        var input = Interpolation.safe
    }

    var command: SimpleCommand
    /// The commands of the pipeline so far whose here-documents are still to be read.
    var pipeline: [SimpleCommand] = []
    var pipelineCommands = 0
    /// Nested `case`s; true while a pattern is expected.
    var cases: [Bool] = []
    var compounds: [Compound] = []
    /// Expressions passed when the pipeline began.
    var pipelineStart: Int
    /// Where the compound command began whose end this command is; what feeds it is judged by its commands.
    var closedCompound: Int?

    init(passed: Int) {
        command = SimpleCommand(start: passed)
        pipelineStart = passed
    }

    var expectsPattern: Bool { cases.last ?? false }
    var isAtCommand: Bool { command.words.isEmpty }

    mutating func openCompound(passed: Int) {
        compounds.append(Compound(feed: pipelineStart..<passed))
    }

    /// What follows a compound command in its pipeline is fed by all of it, and its redirections feed its commands.
    mutating func closeCompound() {
        guard let compound = compounds.popLast() else { return }
        closedCompound = compound.feed.lowerBound
        command.worsenInput(compound.input)
        if !compounds.isEmpty { compounds[compounds.count - 1].worsen(compound.input) }
    }
}

extension CommandList.Compound {
    mutating func worsen(_ verdict: Interpolation) {
        if input.severity < verdict.severity { input = verdict }
    }
}
