import Foundation
import Testing

@testable import WorkflowDefinitions

/// Compares what the lexer says of the quoting of each variable in real scripts with the tree that shfmt makes of them.
///
/// Not a part of the main test command: `swift test --filter ShellTreeTests`. It needs Debian's package `shfmt`.
@Suite("The shell lexer against shfmt")
struct ShellTreeTests {
    /// How the shell treats an expansion, in the words of both.
    enum Quoting: String {
        case quoted, split, pattern, arithmetic, other
    }

    @Test("each variable of the scripts of a Debian is quoted as shfmt's tree has it")
    func compare() throws {
        guard ShellCorpus.output(of: ["shfmt", "--version"], input: []) != nil else {
            Issue.record("shfmt is missing, and nothing was compared: apt-get install shfmt")
            return
        }
        var places = 0
        var scripts = 0
        var differences: [String: [String]] = [:]
        var evaluatedButSafe: [String] = []
        for entry in ShellCorpus.scripts(in: ShellCorpus.folders) {
            let language = entry.shell == "bash" ? "bash" : "posix"
            guard let dialect = ShellDialect(rawValue: entry.shell),
                let output = ShellCorpus.output(of: ["shfmt", "-ln", language, "-tojson"], input: entry.bytes),
                let tree = try? JSONSerialization.jsonObject(with: output)
            else { continue }
            var reader = TreeReader(bytes: entry.bytes, splitsDeclarations: dialect == .dash)
            reader.visit(tree, .split)
            let found = reader.places.sorted { $0.range.lowerBound < $1.range.lowerBound }
            let lexer = ShellLexer(pieces(entry.bytes, found.map(\.range)), dialect: dialect)
            lexer.read()
            scripts += 1
            for (place, verdict) in zip(found, lexer.places) {
                places += 1
                let ours = quoting(of: verdict)
                guard ours != place.quoting, place.quoting != .other || ours == .quoted else { continue }
                let kind = "shfmt: \(place.quoting.rawValue), lexer: \(ours.rawValue)"
                let line = entry.bytes[..<place.range.lowerBound].count { $0 == 0x0A } + 1
                differences[kind, default: []].append("\(entry.path):\(line)")
                if place.quoting == .arithmetic, verdict == .safe { evaluatedButSafe.append("\(entry.path):\(line)") }
            }
        }
        print("The shell lexer against shfmt: \(places) variables in \(scripts) scripts")
        for (kind, list) in differences.sorted(by: { $0.key < $1.key }) {
            print("  \(kind): \(list.count), such as \(list.prefix(5).joined(separator: " "))")
        }
        let count = differences.values.reduce(0) { $0 + $1.count }
        print("  \(count) differences")
        #expect(scripts >= 50, "too few scripts: this needs a Debian")
        #expect(evaluatedButSafe.isEmpty, "evaluated, and called safe")
        #expect(count * 200 <= places, "more than one in 200 differs")
    }

    private func pieces(_ bytes: [UInt8], _ ranges: [Range<Int>]) -> [[UInt8]?] {
        var pieces: [[UInt8]?] = []
        var start = 0
        for range in ranges {
            pieces.append(Array(bytes[start..<range.lowerBound]))
            pieces.append(nil)
            start = range.upperBound
        }
        pieces.append(Array(bytes[start...]))
        return pieces
    }

    private func quoting(of verdict: Interpolation) -> Quoting {
        switch verdict {
        case .safe: .quoted
        case .unquoted: .split
        case .pattern: .pattern
        case .executes: .arithmetic
        case .program, .code, .early, .literal, .comment: .other
        }
    }
}

/// Finds the plain variables of a tree of shfmt's, and how each is quoted.
private struct TreeReader {
    struct Place {
        var range: Range<Int>
        var quoting: ShellTreeTests.Quoting
    }

    let bytes: [UInt8]
    /// Whether `export A=$x` is split, as some versions of dash do.
    let splitsDeclarations: Bool
    var places: [Place] = []
    private var isBackquoted = false

    init(bytes: [UInt8], splitsDeclarations: Bool) {
        self.bytes = bytes
        self.splitsDeclarations = splitsDeclarations
    }

    /// What is inside of a node of the tree is quoted as the node is, unless it says otherwise.
    mutating func visit(_ node: Any, _ quoting: ShellTreeTests.Quoting) {
        if let list = node as? [Any] {
            for element in list { visit(element, quoting) }
            return
        }
        guard let node = node as? [String: Any] else { return }
        let type = node["Type"] as? String ?? ""
        switch type {
        case "DblQuoted": return visitMembers(node, .quoted)
        case "CmdSubst":
            // Backquotes have a level of backslashes of their own; the lexer refuses what stands in them.
            let outer = isBackquoted
            if let start = offset(node["Pos"]), bytes[start] == UInt8(ascii: "`") { isBackquoted = true }
            visitMembers(node, .split)
            isBackquoted = outer
            return
        case "DeclClause" where splitsDeclarations:
            for argument in node["Args"] as? [[String: Any]] ?? [] { visitMembers(argument, .split) }
            return
        case "ProcSubst": return visitMembers(node, .split)
        case "ArithmExp", "ArithmCmd", "LetClause", "CStyleLoop": return visitMembers(node, .arithmetic)
        case "ParamExp": return parameter(node, quoting)
        case "TestClause": return visitMembers(node, .quoted)
        case "BinaryTest":
            visit(node["X"] as Any, .quoted)
            let operators = operatorText(node)
            visit(node["Y"] as Any, ["==", "=", "!=", "=~"].contains(operators) ? .pattern : .quoted)
            return
        case "CaseClause":
            visit(node["Word"] as Any, .quoted)
            for item in node["Items"] as? [[String: Any]] ?? [] {
                visit(item["Patterns"] as Any, .pattern)
                visit(item["Stmts"] as Any, .split)
            }
            return
        default: break
        }
        if node["Op"] != nil, node["Hdoc"] != nil || node["Word"] != nil, node["OpPos"] != nil, type.isEmpty {
            redirection(node)
        } else if type.isEmpty, node["Name"] != nil,
            node["Value"] != nil || node["Array"] != nil || node["Index"] != nil
        {
            // An assignment.
            visit(node["Index"] as Any, .arithmetic)
            visit(node["Value"] as Any, .quoted)
            visit(node["Array"] as Any, .split)
        } else {
            for (name, value) in node.sorted(by: { $0.key < $1.key }) {
                visit(value, name == "Index" ? .arithmetic : quoting)
            }
        }
    }

    private mutating func visitMembers(_ node: [String: Any], _ quoting: ShellTreeTests.Quoting) {
        for (_, value) in node.sorted(by: { $0.key < $1.key }) { visit(value, quoting) }
    }

    private mutating func redirection(_ node: [String: Any]) {
        let start = offset(node["OpPos"]) ?? 0
        let text = String(decoding: bytes[start..<min(start + 3, bytes.count)], as: UTF8.self)
        visit(node["Word"] as Any, text == "<<<" ? .quoted : .split)
        visit(node["Hdoc"] as Any, .quoted)
    }

    private func operatorText(_ node: [String: Any]) -> String {
        guard let end = offset((node["X"] as? [String: Any])?["End"]) else { return "" }
        let rest = bytes[end...].drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x5C }
        return String(decoding: rest.prefix { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A }, as: UTF8.self)
    }

    private mutating func parameter(_ node: [String: Any], _ quoting: ShellTreeTests.Quoting) {
        guard let start = offset(node["Pos"]), let end = offset(node["End"]) else { return }
        let text = bytes[start..<end]
        let name = text.dropFirst().drop { $0 == UInt8(ascii: "{") }.prefix { $0 != UInt8(ascii: "}") }
        let isPlain = name.first.map { $0 == 0x5F || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) } ?? false
        if isPlain, text.first == UInt8(ascii: "$"),
            name.allSatisfy({
                $0 == 0x5F || (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
            })
        {
            places.append(Place(range: start..<end, quoting: isBackquoted ? .other : quoting))
            return
        }
        visit(node["Index"] as Any, .arithmetic)
        if let slice = node["Slice"] { visit(slice, .arithmetic) }
        visit(node["Repl"] as Any, quoting)
        visit((node["Exp"] as? [String: Any])?["Word"] as Any, quoting)
    }

    private func offset(_ position: Any?) -> Int? {
        (position as? [String: Any])?["Offset"] as? Int ?? 0
    }
}
