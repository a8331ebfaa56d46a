/// A program that takes code in a language of its own. The shell hands the value over unharmed; what the program then
/// makes of it the lexer cannot know, so these are warnings. Where the language is the shell's own it is an error.
struct Interpreter: Sendable {
    enum Operands: Sendable {
        case data
        /// The first one is code, unless an option has brought some.
        case firstIsCode
        /// All behind the first, which is a file or a host.
        case codeBehindFirst
        case code
        /// Behind one of these words.
        case codeBehind(Set<String>)
    }

    /// When its standard input is code.
    enum Input: Sendable {
        case never, always
        /// Unless an option has brought code.
        case unlessCode
        /// Unless an option has brought code, or an operand a file with some.
        case unlessCodeOrOperand
        /// Unless there is a second operand.
        case unlessSecondOperand
    }

    var grammar: OptionGrammar
    var operands = Operands.data
    var input = Input.never
    /// Options that bring the code from a file, so that every operand is data.
    var fileOptions: Set<String> = []
    /// Words before the operands that choose what the program does.
    var subcommands: Set<String> = []
    /// Whether a shell runs the code.
    var isShell = false
    /// How to hand a value over; `{}` is the expression as it is written.
    var remedy: String

    init(
        _ grammar: OptionGrammar = OptionGrammar(), operands: Operands = .data, input: Input = .never,
        fileOptions: Set<String> = [], subcommands: Set<String> = [], isShell: Bool = false, remedy: String = ""
    ) {
        self.grammar = grammar
        self.operands = operands
        self.input = input
        self.fileOptions = fileOptions
        self.subcommands = subcommands
        self.isShell = isShell
        self.remedy = remedy
    }

    /// What of a command's arguments is code, and whether its input is.
    func code(in words: ArraySlice<ShellWord>) -> (words: [ShellWord], input: Bool) {
        let arguments = grammar.read(words)
        var code: [ShellWord] = []
        var bringsCode = false
        for argument in arguments {
            switch argument.kind {
            case .code:
                code.append(argument.word)
                bringsCode = true
            case .flag(let name), .value(let name):
                if fileOptions.contains(name) { bringsCode = true }
            case .operand: break
            }
        }
        let given = arguments.operands.map(\.word).drop { $0.text.map(subcommands.contains) ?? false }
        switch operands {
        case .data: break
        case .firstIsCode:
            // `sed -i '' SCRIPT`, as BSD's sed has it.
            if !bringsCode { code += given.drop { $0.text == "" }.prefix(1) }
        case .codeBehindFirst: code += given.dropFirst()
        case .code: code += given
        case .codeBehind(let names):
            if let index = given.firstIndex(where: { $0.text.map(names.contains) ?? false }) {
                code += given[(index + 1)...].prefix(1)
            }
        }
        let readsInput =
            switch input {
            case .never: false
            case .always: true
            case .unlessCode: !bringsCode
            case .unlessCodeOrOperand: !bringsCode && (given.first.map { $0.text == "-" } ?? true)
            case .unlessSecondOperand: given.count < 2
            }
        return (code, readsInput)
    }
}

extension Interpreter {
    private static let python = Interpreter(
        OptionGrammar(values: "mWXQ", code: "c", stopsAtOperand: true), input: .unlessCodeOrOperand,
        fileOptions: ["-m"], remedy: "hand it over as an argument, \"{}\" behind the code, and read sys.argv[1]")
    private static let perl = Interpreter(
        OptionGrammar(code: "eE", rest: "iMmIFxDC", stopsAtOperand: true), input: .unlessCodeOrOperand,
        remedy: "hand it over in the environment, X=\"{}\" perl …, and read $ENV{X}")
    private static let ruby = Interpreter(
        OptionGrammar(values: "rICE", code: "e", rest: "iFxWKT", stopsAtOperand: true), input: .unlessCodeOrOperand,
        remedy: "hand it over in the environment, X=\"{}\" ruby …, and read ENV[\"X\"]")
    private static let node = Interpreter(
        OptionGrammar(
            values: "rC", code: "ep", longValues: ["--require", "--import", "--loader", "--conditions"],
            longCode: ["--eval", "--print"], stopsAtOperand: true), input: .unlessCodeOrOperand,
        remedy: "hand it over in the environment, X=\"{}\" node …, and read process.env.X")
    private static let sed = Interpreter(
        OptionGrammar(
            values: "fl", code: "e", rest: "i", longValues: ["--file", "--line-length"], longCode: ["--expression"]),
        operands: .firstIsCode, fileOptions: ["-f", "--file"],
        remedy: "hand it over in the environment, X=\"{}\" perl -pe 's/…/$ENV{X}/', which takes it as text")
    private static let awk = Interpreter(
        OptionGrammar(
            values: "vFfil", code: "e", longValues: ["--assign", "--field-separator", "--file"], longCode: ["--source"],
            stopsAtOperand: true), operands: .firstIsCode, fileOptions: ["-f", "--file"],
        remedy: "hand it over with awk -v x=\"{}\" and use x")
    private static let jq: Interpreter = {
        var grammar = OptionGrammar(values: "L", longValues: ["--indent"])
        for name in ["--arg", "--argjson", "--slurpfile", "--rawfile"] { grammar.longValues[name] = 2 }
        return Interpreter(
            grammar, operands: .firstIsCode,
            remedy: "hand it over with jq --arg x \"{}\" and use $x (--argjson for a number)")
    }()
    private static let yq = Interpreter(
        OptionGrammar(
            values: "opIs",
            longValues: ["--output-format", "--input-format", "--indent", "--from-file", "--split-exp"],
            longCode: ["--expression"]), operands: .firstIsCode, fileOptions: ["--from-file"],
        subcommands: ["eval", "e", "eval-all", "ea"],
        remedy: "hand it over in the environment, X=\"{}\" yq …, and use strenv(X)")
    private static let psql = Interpreter(
        OptionGrammar(
            values: "dhpUfovPRFLT", code: "c",
            longValues: [
                "--dbname", "--host", "--port", "--username", "--file", "--output", "--set", "--variable", "--pset",
                "--field-separator", "--record-separator", "--log-file", "--table-attr",
            ], longCode: ["--command"]), input: .unlessCode, fileOptions: ["-f", "--file"],
        remedy: "hand it over with psql -v x=\"{}\" and write :'x' in a here-document (-c does not know variables)")
    private static let mysql = Interpreter(
        OptionGrammar(
            values: "DhPuSR", code: "e", rest: "p",
            longValues: ["--database", "--host", "--port", "--user", "--socket", "--delimiter", "--protocol"],
            longCode: ["--execute"]), input: .unlessCode,
        remedy: "encode it, x=$(printf %s \"{}\" | base64 -w0), and write from_base64('$x')")
    private static let sqlite = Interpreter(
        OptionGrammar(
            longValues: [
                "-init", "-separator", "-nullvalue", "-newline", "-mmap", "-heap", "-maxsize", "-vfs", "--init",
                "--separator", "--nullvalue", "--newline",
            ], longCode: ["-cmd", "--cmd"], hasLongNamesOnly: true), operands: .codeBehindFirst,
        input: .unlessSecondOperand,
        remedy: "double its quotes, x=\"{}\", and write '${x//\\'/\\'\\'}' in the statement")
    private static let make = Interpreter(
        OptionGrammar(
            values: "CfIoWE", rest: "jlO",
            longValues: ["--directory", "--file", "--makefile", "--include-dir", "--old-file", "--what-if"],
            longCode: ["--eval"]), operands: .code,
        remedy: "hand it over in the environment, X=\"{}\" make …, and write \"$$X\" in the recipe")
    private static let calculator = Interpreter(
        OptionGrammar(code: "e", longCode: ["--expression"]), input: .always,
        remedy: "see to it that it is a number: declare its type, or convert it with int() or double()")
    private static let mongo = Interpreter(
        OptionGrammar(
            values: "up", longValues: ["--host", "--port", "--username", "--password", "--file"], longCode: ["--eval"]),
        input: .unlessCode, fileOptions: ["--file"],
        remedy: "hand it over in the environment, X=\"{}\" mongosh …, and read process.env.X")
    private static let redis = Interpreter(
        OptionGrammar(
            values: "hpanusird", longValues: ["--user", "--pass", "--eval", "--tls", "--cacert", "--cert", "--key"],
            stopsAtOperand: true), operands: .codeBehind(["EVAL", "eval", "EVAL_RO", "LOAD", "load"]),
        input: .unlessCodeOrOperand,
        remedy: "hand it over as an argument of the script and read ARGV[1]")
    private static let editor = Interpreter(
        OptionGrammar(code: "ce"), input: .unlessCode,
        remedy: "hand it over in the environment, X=\"{}\" perl -pe 's/…/$ENV{X}/', which takes it as text")

    private static let otherLanguage =
        "hand it over as an argument or in the environment, X=\"{}\", and read it in the code"
    private static let sql = "check it before use, or use a client that binds values"
    private static func language(code: String = "", long: [String] = [], values: String = "") -> Interpreter {
        Interpreter(
            OptionGrammar(values: values, code: code, longCode: long, stopsAtOperand: true),
            input: .unlessCodeOrOperand, remedy: otherLanguage)
    }
    private static func database(code: String = "", long: [String] = [], values: String = "") -> Interpreter {
        Interpreter(OptionGrammar(values: values, code: code, longCode: long), input: .unlessCode, remedy: sql)
    }
    /// Each takes a command line, which a shell reads.
    private static func shell(
        _ grammar: OptionGrammar, operands: Operands = .data, input: Input = .never
    ) -> Interpreter {
        Interpreter(grammar, operands: operands, input: input, isShell: true)
    }

    static func named(_ name: String) -> Interpreter? {
        if let known = all[name] { return known }
        // python3.11, lua5.4, ruby3.1, perl5.36.
        let base = String(name.prefix { $0.isLetter })
        guard ["python", "pypy", "lua", "ruby", "perl", "php"].contains(base),
            name.dropFirst(base.count).allSatisfy({ $0.isNumber || $0 == "." })
        else { return nil }
        return all[base]
    }

    private static let all: [String: Interpreter] = {
        var table: [String: Interpreter] = [
            "python": python, "pypy": python, "perl": perl, "ruby": ruby, "jruby": ruby, "node": node, "nodejs": node,
            "bun": node, "deno": Interpreter(operands: .codeBehind(["eval"]), remedy: otherLanguage),
            "php": Interpreter(
                OptionGrammar(values: "dfFScz", code: "rBRE", stopsAtOperand: true), input: .unlessCodeOrOperand,
                fileOptions: ["-f", "-F"],
                remedy: "hand it over as an argument, \"{}\" behind the code, and read $argv[1]"),
            "lua": language(code: "e", values: "l"), "luajit": language(code: "e", values: "l"),
            "Rscript": language(code: "e"), "R": database(code: "e"), "julia": language(code: "eE"),
            "ghc": language(code: "e"), "scala": language(code: "e"), "groovy": language(code: "e"),
            "elixir": language(code: "e", long: ["--eval"]), "guile": language(code: "c"),
            "clojure": language(code: "e"), "swipl": language(code: "g"), "tclsh": language(),
            "expect": language(code: "c"), "osascript": language(code: "e"), "gnuplot": language(code: "e"),
            "emacs": Interpreter(OptionGrammar(longCode: ["--eval", "--execute", "-eval"]), remedy: otherLanguage),
            "pwsh": language(long: ["-c", "-Command", "-command", "-EncodedCommand"]),
            "powershell": language(long: ["-c", "-Command", "-command", "-EncodedCommand"]),
            "psql": psql, "pgcli": psql, "mysql": mysql, "mariadb": mysql, "sqlite3": sqlite, "sqlite": sqlite,
            "duckdb": Interpreter(
                OptionGrammar(code: "c", longCode: ["-cmd"]), operands: .codeBehindFirst, input: .unlessSecondOperand,
                remedy: sqlite.remedy),
            "cqlsh": database(code: "e", values: "ukf"), "sqlcmd": database(code: "QqE", values: "SdUPio"),
            "clickhouse-client": database(code: "q", long: ["--query"], values: "hudp"),
            "clickhouse": database(code: "q", long: ["--query"]), "influx": database(long: ["-execute"]),
            "trino": database(long: ["--execute"]), "presto": database(long: ["--execute"]),
            "beeline": database(code: "e", values: "unpfd"), "hive": database(code: "e", values: "f"),
            "impala-shell": database(code: "q", values: "if"), "spark-sql": database(code: "e", values: "f"),
            "usql": database(code: "c", values: "f"), "snowsql": database(code: "q", values: "acudswrf"),
            "cockroach": database(code: "e", long: ["--execute"]), "sqlplus": database(), "isql": database(),
            "cypher-shell": Interpreter(
                OptionGrammar(values: "apuPf"), operands: .firstIsCode, input: .unlessCodeOrOperand, remedy: sql),
            "bq": Interpreter(
                operands: .codeBehind(["query"]), remedy: "hand it over with --parameter x::\"{}\" and use @x"),
            "mongosh": mongo, "mongo": mongo, "redis-cli": redis, "valkey-cli": redis, "bc": calculator,
            "dc": calculator,
            "sed": sed, "gsed": sed, "awk": awk, "gawk": awk, "mawk": awk, "nawk": awk, "jq": jq, "gojq": jq, "jaq": jq,
            "yq": yq, "make": make, "gmake": make, "ed": editor, "ex": editor, "vim": editor, "vi": editor,
            "nvim": editor,
            "gdb": Interpreter(OptionGrammar(longCode: ["-ex", "--ex", "-eval-command"]), remedy: otherLanguage),
            "crontab": Interpreter(
                input: .always, remedy: "see to it that it has no line ends, % or ; in it, and quote it for the shell"),
        ]
        table["su"] = shell(
            OptionGrammar(
                values: "sgGw", code: "c", longValues: ["--shell", "--group"],
                longCode: ["--command", "--session-command"]))
        table["runuser"] = table["su"]
        table["sg"] = shell(OptionGrammar(code: "c"), operands: .codeBehindFirst)
        table["script"] = shell(OptionGrammar(values: "oIOBTmE", code: "c", longCode: ["--command"]))
        table["flock"] = shell(OptionGrammar(values: "wE", code: "c", longCode: ["--command"]))
        table["watch"] = shell(
            OptionGrammar(values: "nq", longValues: ["--interval", "--equexit"], stopsAtOperand: true), operands: .code)
        table["at"] = shell(OptionGrammar(values: "qft"), input: .always)
        table["batch"] = table["at"]
        table["hyperfine"] = shell(
            OptionGrammar(values: "wrmMpcS", longCode: ["--prepare", "--setup", "--cleanup"]), operands: .code)
        table["nix-shell"] = shell(OptionGrammar(values: "pAIE", longCode: ["--run", "--command"]))
        return table
    }()
}
