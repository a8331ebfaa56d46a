/// Makes scripts at random; nil stands for an expression.
struct ScriptGenerator {
    private var numbers: SeededNumbers

    init(seed: UInt64) {
        numbers = SeededNumbers(seed: seed)
    }

    private mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &numbers) }
    private mutating func pick(_ words: [String]) -> String { words[below(words.count)] }

    // MARK: Anything

    private static let fragments = [
        "\"", "'", "`", "$", "$(", "$((", "${", "}", ")", "(", "((", "))", "[[", "]]", "[", "]", "{", "<<E", "<<'E'",
        "\nE\n",
        "<<<", "<(", ">", "|", "||", "&", "&&", ";", ";;", "\n", " ", " ", "\\", "#", "~", "=", "a=", "..", ",", "!",
        "*", "@(",
        "case x in", "esac", "for i in", "do", "done", "if", "then", "fi", "eval", "bash -c", "sudo", "find . -exec",
        "ssh h",
        "psql -tAc", "export", "read -p", "-", "-c", "{1..", "exec", "time", "coproc N", "function f", "x", "1", "«",
        "\u{0}", "%n",
    ]

    /// Tokens in any order: no shell need accept it.
    mutating func noise() -> [[UInt8]?] {
        (0..<(1 + below(40))).map { _ in below(4) == 0 ? nil : Array(pick(Self.fragments).utf8) }
    }

    // MARK: Scripts that bash accepts

    /// `@` stands for an expression.
    mutating func script() -> String {
        (0..<(1 + below(3))).map { _ in command(3) }.joined(separator: pick(["\n", "; ", "\n\n"])) + "\n"
    }

    private mutating func command(_ depth: Int) -> String {
        guard depth > 0 else { return "echo \(word(0))" }
        switch below(24) {
        case 0: return "if [ \(word(depth)) = \(word(depth)) ]; then \(command(depth - 1)); fi"
        case 1: return "for i in \(word(depth)) \(word(depth)); do \(command(depth - 1)); done"
        case 2: return "case \(word(depth)) in \(word(depth))) \(command(depth - 1));; *) :;; esac"
        case 3: return "( \(command(depth - 1)) )"
        case 4: return "{ \(command(depth - 1)); }"
        case 5: return "v=\(word(depth)); echo \"$v\""
        case 6: return "export V=\(word(depth)) W=\(word(depth))"
        case 7: return "[[ \(word(depth)) \(pick(["==", "!=", "<", "=~", "-eq", "-nt"])) \(word(depth)) ]]"
        case 8: return "echo \(word(depth)) | \(pick(["cat", "bash", "sh -c 'read x'", "read v", "tee f"]))"
        case 9: return "f() { \(command(depth - 1)); }; f \(word(depth))"
        case 10:
            return
                "\(pick(["eval", "trap", "let", "declare", "unset", "read", "wait", "printf", "test"])) \(word(depth))"
        case 11:
            return "\(pick(["bash -c", "sudo sh -c", "timeout 3 bash -c", "command eval", "xargs"])) \(word(depth))"
        case 12: return "printf \(pick(["%s", "'%s\\n'", "-v v %s"])) \(word(depth))"
        case 13: return "a=(\(word(depth)) \(word(depth)))"
        case 14: return "cat <<\(pick(["E", "'E'"]))\nx @ y\nE"
        case 15: return "cat <<< \(word(depth))"
        case 16: return "(( \(pick(["1", "@", "x"])) + \(pick(["2", "@"])) ))"
        case 17: return "b[\(pick(["0", "@", "x"]))]=\(word(depth))"
        case 18: return "echo \(word(depth)) > /dev/null"
        case 19: return "while read -r l; do echo \"$l\"; done <<< \(word(depth))"
        case 20: return "read -r \(pick(["-p", "-d", "-t 1 -p"])) \(word(depth)) v"
        case 21: return "\(command(depth - 1)) && \(command(depth - 1))"
        case 22: return "local V=\(word(depth)); readonly R\(below(9000))=\(word(depth))"
        default: return "echo \(word(depth)) \(word(depth))"
        }
    }

    private mutating func word(_ depth: Int) -> String {
        switch below(16) {
        case 0: "@"
        case 1: "'@'"
        case 2: "x\"@\"y"
        case 3: "\"a @ b\""
        case 4 where depth > 0: "\"$(\(command(depth - 1)))\""
        case 5 where depth > 0: "$(\(command(depth - 1)))"
        case 6: "\"${u:-@}\""
        case 7: "${u:-@}"
        case 8: "\"${y:@}\""
        case 9: "\"${y%@}\""
        case 10: "$((1 + @))"
        case 11: "{a,\"@\"}"
        case 12: "-v"
        case 13: "$'a'\"@\""
        case 14: "\"\\\"@\""
        default: "\"@\""
        }
    }
}
