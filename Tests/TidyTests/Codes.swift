/// Every code that the program prints has its page (`workflow docs CODE`), and every page its code.
///
/// A code is found by how it is written: as a case of an enum that is called `Code` or ends so, as a literal behind
/// `code:`, as a member `"code"` of a document, or as a number of `ExitStatus`. So an author of a new code has one
/// thing to do: to write its section, `## the_code`, into the file of its family in `folder`. A new family is a new
/// file there and a line in Sources/CDocuments/documents.c.
enum Codes {
    static let folder = "Sources/WorkflowDocs/Documentation.docc/Codes/"

    struct Place: Equatable {
        let code: String
        let path: String
        let line: Int
    }

    /// Not part of the product, or below it: JSON's reader is a library whose messages are shown without their codes.
    static let silent: Set<String> = ["JSON", "WorkflowTestKit", "workflow-benchmark", "workflow-simulator"]

    static func printed(_ files: [SourceFile]) -> [Place] {
        files.filter { $0.isSwift && $0.path.hasPrefix("Sources/") && !silent.contains($0.target) }.flatMap(printed)
    }

    private static func printed(_ file: SourceFile) -> [Place] {
        var places: [Place] = []
        for number in Set(file.lines(of: "enum") + file.lines(of: "code") + file.lines(of: "static let")).sorted() {
            let line = file.lines[number - 1]
            if let match = line.firstMatch(of: /\benum (?:\w*Code|ExitStatus)\b(.*)\{$/) {
                places += cases(of: file, from: number, isNamed: match.1.contains(": String"))
            } else if let match = line.firstMatch(of: /\blet \w+Code = "([a-z_]+)"$/) {
                places.append(Place(code: String(match.1), path: file.path, line: number))
            } else if let match = line.firstMatch(of: /\bcode(?:"?:| \?\?) ([^,]*)/) {
                // Shorter ones are letters of options; "code" and "codes" name the members themselves.
                let codes = match.1.matches(of: /"([a-z][a-z0-9_]{2,})"/).map(\.1).filter {
                    $0 != "code" && $0 != "codes"
                }
                places += codes.map { Place(code: String($0), path: file.path, line: number) }
            }
        }
        return places
    }

    /// The cases of an enum: their values, as they are written behind them or in a switch over them.
    ///
    /// - Parameter isNamed: the name of a case without a value is its value.
    private static func cases(of file: SourceFile, from first: Int, isNamed: Bool) -> [Place] {
        var places: [Place] = []
        let end = String(file.lines[first - 1].prefix { $0 == " " }) + "}"
        for number in (first + 1)...max(first + 1, file.lines.count) where number <= file.lines.count {
            guard file.lines[number - 1] != end else { break }
            let line = file.lines[number - 1].drop { $0 == " " }
            guard line.hasPrefix("case ") else { continue }
            var codes = line.matches(of: /"([a-z0-9_]+)"/).map(\.1) + line.matches(of: /= (\d+)$/).map(\.1)
            if isNamed, !line.hasPrefix("case .") {
                codes += line.dropFirst(5).split(separator: ", ").filter { !$0.contains("=") }
            }
            places += codes.map { Place(code: String($0), path: file.path, line: number) }
        }
        return places
    }

    static func violations(_ files: [SourceFile], pages: [SourceFile]) -> [Violation] {
        var violations: [Violation] = []
        var sections: [String: Place] = [:]
        for page in pages {
            var code: Place?
            var hasCommand = true
            func finish() {
                guard let code, !hasCommand else { return }
                violations.append(
                    Violation(page.path, code.line, "\(code.code) has no next move: add an indented command to type"))
            }
            for (index, line) in page.lines.enumerated() {
                if line.hasPrefix("## ") {
                    finish()
                    let place = Place(code: String(line.dropFirst(3)), path: page.path, line: index + 1)
                    if let first = sections[place.code] {
                        violations.append(
                            Violation(
                                page.path, index + 1,
                                "\(place.code) has a page already, \(first.path):\(first.line): join the two"))
                    }
                    (code, sections[place.code], hasCommand) = (place, place, false)
                } else if line.hasPrefix("    ") {
                    hasCommand = true
                }
            }
            finish()
        }
        var codes: Set<String> = []
        for place in printed(files) where codes.insert(place.code).inserted && sections[place.code] == nil {
            violations.append(
                Violation(
                    place.path, place.line,
                    "\(place.code) has no page: add a section \"## \(place.code)\" to the file of its family in "
                        + "\(folder): "
                        + "what happened, why, what to do next, and an indented command"))
        }
        let unknown = sections.values.filter { !codes.contains($0.code) }
        for place in unknown.sorted(by: { ($0.path, $0.line) < ($1.path, $1.line) }) {
            violations.append(
                Violation(place.path, place.line, "nothing prints \(place.code): remove the section, or mend its name"))
        }
        return violations
    }
}
