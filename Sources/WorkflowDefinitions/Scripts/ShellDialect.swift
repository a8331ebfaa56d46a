/// The shells whose quoting the lexer knows.
enum ShellDialect: String, Sendable, CaseIterable {
    /// Whatever POSIX shell is called `sh`.
    case sh
    case bash, dash, ksh, zsh

    /// The dialect of a step's shell: the program by its last path component, behind `env` and its options, or as an
    /// applet of busybox. Nil for everything else.
    init?(shell words: [String]) {
        var rest = words[...]
        guard var program = rest.popFirst().map(ShellDialect.baseName) else { return nil }
        if program == "env" {
            while let word = rest.first, word.hasPrefix("-") || word.contains("=") {
                rest.removeFirst()
                if ["-u", "--unset", "-C", "--chdir"].contains(word) { rest = rest.dropFirst() }
            }
            guard let next = rest.popFirst() else { return nil }
            program = ShellDialect.baseName(next)
        }
        if program == "busybox" {
            guard rest.first == "sh" || rest.first == "ash" else { return nil }
            program = "sh"
        }
        self.init(rawValue: program)
    }

    static func baseName(_ path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    /// In these, numeric operators of `[`, and the arguments of some builtins, are arithmetic expressions.
    var evaluatesNumbers: Bool { self == .ksh || self == .zsh }

    /// The names under which a command line calls a shell.
    static let names = Set(allCases.map(\.rawValue) + ["ash", "ksh93", "mksh", "rbash", "fish", "csh", "tcsh"])
}
