import CEL
import WorkflowCore

/// Says what a shell makes of the expressions of scripts, as far as their values can do harm there, and how to write it
/// instead. It comes last: the type of a value may be declared further down.
struct InterpolationChecks {
    let problems: ProblemList
    let sources: SourceFiles
    private let kinds: KnownKinds
    private let sites: [InterpolationSite]
    private let pasted: [PastedVariable]

    init(_ compiler: DefinitionCompiler, sources: SourceFiles) {
        problems = compiler.problems
        self.sources = sources
        kinds = compiler.knownKinds
        sites = compiler.interpolations
        pasted = compiler.pastedVariables
    }

    func run() {
        for site in sites { check(site) }
        for variable in pasted { check(variable) }
    }

    /// In env a value is as much code as where it is written itself, if a script pastes the variable into code.
    private func check(_ variable: PastedVariable) {
        guard case .code(let place) = variable.use,
            let expression = variable.expressions.first(where: { !kinds.isHarmless($0, in: variable.context) })
        else { return }
        problems.warning(
            .interpolationInCode,
            "\(variable.written) holds ${{ \(expression.source) }} (env) and becomes \(place.what)",
            at: variable.position(in: sources), suggestion: Hint.filled(place.remedy, variable.written))
    }

    private func check(_ site: InterpolationSite) {
        switch site.answer.verdict {
        case .safe: return
        // Whatever the value is, it is not seen, or too late.
        case .literal(let place):
            return error(
                site, "stands in \(place.written), where the shell does not expand it", Hint.literal(place, site))
        case .comment:
            return error(
                site, "stands in a comment, which ends with its line, and goes on behind that",
                "write it in one line, or take it out")
        case .early(let expansion): return early(expansion, site)
        case .unquoted, .pattern, .program, .code, .executes: break
        }
        guard !kinds.isHarmless(site.expression, in: site.context) else { return }
        switch site.answer.verdict {
        case .unquoted:
            let consequence =
                site.dialect == .zsh
                ? "so an empty value vanishes" : "so the shell splits its value and expands patterns in it"
            warning(.unquotedInterpolation, site, "is not quoted, \(consequence)", "write \"\(site.written)\"")
        case .pattern(.comparison("=~")):
            warning(
                .unquotedInterpolation, site, "is a regular expression on the right of =~",
                "write \"\(site.written)\" to find it as text, or put it in a variable first if an expression is meant")
        case .pattern(.comparison(let operation)):
            warning(
                .unquotedInterpolation, site, "is a pattern on the right of \(operation) in [[",
                "write \"\(site.written)\" to compare it as text, or put it in a variable first if a pattern is meant")
        case .pattern(.caseClause):
            warning(
                .unquotedInterpolation, site, "is a pattern in a clause of case",
                "write \"\(site.written)\" to compare it as text, or put it in a variable first if a pattern is meant")
        case .program:
            warning(
                .interpolationInCode, site, "becomes the name of a program",
                "declare the parameter with enum, or choose the program with case")
        case .code(let place):
            warning(.interpolationInCode, site, "becomes \(place.what)", Hint.filled(place.remedy, site.written))
        case .executes(let place, let remedy):
            error(
                site, "stands in \(place), where the shell would run code that its value holds",
                Hint.evaluated(remedy, site))
        case .safe, .literal, .comment, .early: return
        }
    }

    private func early(_ expansion: Interpolation.EarlyExpansion, _ site: InterpolationSite) {
        let message: String
        switch expansion {
        case .braceRange: message = "stands in { .. }, which the shell expands before it knows the value, or not at all"
        case .tilde: message = "stands behind ~, whose folder the shell looks up before it knows the value"
        case .descriptor:
            message =
                "stands before a redirection, whose number the shell reads before it knows the value, so it would "
                + "start a program of that name"
        case .assignment:
            message =
                "stands before =, where the shell looks for assignments before it knows the value, so it would start "
                + "a program of that name"
        }
        error(site, message, Hint.early(expansion, site))
    }

    private func error(_ site: InterpolationSite, _ message: String, _ suggestion: String) {
        problems.error(
            .unsafeInterpolation, "\(site.written) \(message)", at: site.origin.opening(in: sources),
            suggestion: suggestion)
    }

    private func warning(_ code: DiagnosticCode, _ site: InterpolationSite, _ message: String, _ suggestion: String) {
        problems.warning(
            code, "\(site.written) \(message)", at: site.origin.opening(in: sources), suggestion: suggestion)
    }
}
