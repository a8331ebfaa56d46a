/// Collects the problems of a definition's files while the rooms of the loader go through it, so that all are told in
/// one go.
final class ProblemList {
    /// More are counted, not shown.
    static let shownMax = 100
    /// More are counted, not kept: a hostile file may have millions.
    private static let keptMax = 10_000

    private struct Problem: Hashable {
        var position: Position
        var severity: Diagnostic.Severity
        var code: DiagnosticCode
        var message: String
        var suggestion: String?
    }

    /// As people know them, by the number that positions carry.
    private var files: [String]
    private var problems: [Problem] = []
    private var seen: Set<Problem> = []
    private var uncounted = 0
    private var hasReadings = false
    private var settled: Set<Position> = []
    private(set) var hasErrors = false
    /// An included file is missing. What names something is not told then: it may be defined there.
    var isIncomplete = false
    /// How many names may still be compared, so that a thousand wrong names among a thousand do not take minutes.
    private var comparisonsLeft = 200_000

    private static let needsAllFiles: Set<DiagnosticCode> = [
        .unknownStep, .unknownStage, .unknownParameter, .unknownVariable, .unknownSecret, .hyphenatedName,
        .notYetFinished, .emptyList,
    ]

    init(file: String) {
        files = [file]
    }

    /// The number of a further file.
    func add(file: String) -> Int {
        files.append(file)
        return files.count - 1
    }

    func name(of file: UInt16) -> String {
        files.indices.contains(Int(file)) ? files[Int(file)] : ""
    }

    /// `in line 3`, or `in common.yaml:3` for who reads another file.
    func written(_ place: Position, seenFrom here: Position) -> String {
        place.file == here.file ? "in line \(place.line)" : "in \(name(of: place.file)):\(place.line)"
    }

    func error(_ code: DiagnosticCode, _ message: String, at position: Position, suggestion: String? = nil) {
        hasErrors = true
        if isIncomplete, ProblemList.needsAllFiles.contains(code) { return }
        add(Problem(position: position, severity: .error, code: code, message: message, suggestion: suggestion))
    }

    func warning(_ code: DiagnosticCode, _ message: String, at position: Position, suggestion: String? = nil) {
        add(Problem(position: position, severity: .warning, code: code, message: message, suggestion: suggestion))
    }

    /// What YAML 1.1 would read is said of values only; here stands a name.
    func settleReading(at position: Position) {
        guard hasReadings else { return }
        settled.insert(position)
    }

    /// Another reading of a plain scalar, told unless it turns out that only text can be meant.
    func warnOfReading(_ message: String, at position: Position, suggestion: String) {
        hasReadings = true
        warning(.ambiguousScalar, message, at: position, suggestion: suggestion)
    }

    /// `did you mean "steps"?`, or nil when nothing is near enough.
    func didYouMean(_ written: String, among names: @autoclosure () -> [String]) -> String? {
        guard comparisonsLeft > 0, !isFull else { return nil }
        let names = names()
        comparisonsLeft -= names.count
        return NameSuggestion.didYouMean(written, among: names)
    }

    /// Whatever comes now is counted only, so nobody needs to word it.
    var isFull: Bool { problems.count >= ProblemList.keptMax }

    private func add(_ problem: Problem) {
        guard !isFull else {
            uncounted += 1
            return
        }
        // A value that several aliases share is read once for each; its problems are told once.
        if seen.insert(problem).inserted { problems.append(problem) }
    }

    /// A message may quote what stands in the file, such as an expression over many lines: control characters are
    /// escaped, and what is longer than anybody reads is cut.
    private static func oneLine(_ text: String) -> String {
        let scalars = text.unicodeScalars
        let isPlain = scalars.allSatisfy { $0.value >= 0x20 && $0.value < 0x7F }
        if isPlain, text.utf8.count <= messageMax { return text }
        var line = String.UnicodeScalarView()
        for (count, scalar) in scalars.enumerated() {
            guard count < messageMax else {
                line.append("…")
                break
            }
            switch scalar {
            case "\n": line.append(contentsOf: "\\n".unicodeScalars)
            case "\t": line.append(contentsOf: "\\t".unicodeScalars)
            case "\u{2028}", "\u{2029}": line.append(contentsOf: escape(scalar))
            default:
                switch scalar.properties.generalCategory {
                // Those of the second kind are invisible, and some turn the direction of what follows around.
                case .control, .format: line.append(contentsOf: escape(scalar))
                default: line.append(scalar)
                }
            }
        }
        return String(line)
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String.UnicodeScalarView {
        "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars
    }

    /// In Unicode scalars.
    private static let messageMax = 1_000

    /// In the order of the files. Errors are preferred where not all can be shown.
    ///
    /// - Parameter sources: where the problems stand; without a file's text its problems have no excerpt.
    func diagnostics(in sources: SourceFiles = SourceFiles()) -> [Diagnostic] {
        let problems = self.problems.filter { $0.code != .ambiguousScalar || !settled.contains($0.position) }
        let ordered = problems.enumerated().sorted { a, b in
            (a.element.position, a.offset) < (b.element.position, b.offset)
        }
        var shown = ordered
        if ordered.count > ProblemList.shownMax {
            let errors = ordered.filter { $0.element.severity == .error }.prefix(ProblemList.shownMax)
            let room = ProblemList.shownMax - errors.count
            let warnings = ordered.filter { $0.element.severity == .warning }.prefix(room)
            shown = (errors + warnings).sorted { a, b in
                (a.element.position, a.offset) < (b.element.position, b.offset)
            }
        }
        let ends = SourceExtents.ends(of: shown.map(\.element.position), in: sources)
        var diagnostics = shown.map { _, problem in
            Diagnostic(
                severity: problem.severity, code: problem.code, message: ProblemList.oneLine(problem.message),
                file: name(of: problem.position.file),
                line: Int(problem.position.line), column: Int(problem.position.column),
                suggestion: problem.suggestion.map(ProblemList.oneLine),
                excerpt: sources[problem.position]?
                    .excerpt(of: problem.code, at: problem.position, end: ends[problem.position]))
        }
        let more = problems.count - shown.count + uncounted
        if more > 0, let last = diagnostics.last {
            diagnostics.append(
                Diagnostic(
                    severity: hasErrors ? .error : .warning, code: .tooManyProblems, message: "and \(more) more",
                    file: last.file, line: last.line, column: last.column))
        }
        return diagnostics
    }
}
