/// What a shell makes of the value at one place of a script.
enum Interpolation: Equatable {
    /// It is passed on as it is.
    case safe
    /// Split into words, and patterns in it are expanded.
    case unquoted
    /// It is a pattern there, and not a text.
    case pattern(PatternPlace)
    /// It names the program that is started.
    case program
    /// It becomes part of a program in another language.
    case code(CodePlace)
    /// The shell runs code that the value holds; harmless for numbers and booleans only.
    case executes(String, Remedy)
    /// The shell looks for something here before it knows the value.
    case early(EarlyExpansion)
    /// The reference is not expanded at all, or makes no sense.
    case literal(LiteralPlace)
    /// It is part of a comment, which nothing reads.
    case comment

    /// The worst answer stays. A comment is one whatever surrounds it.
    var severity: Int {
        switch self {
        case .safe: 0
        case .unquoted: 1
        case .pattern: 2
        case .program: 3
        case .code: 4
        case .executes: 5
        case .early: 6
        case .literal: 7
        case .comment: 8
        }
    }

    /// Where a value is a pattern.
    enum PatternPlace: Equatable {
        /// The right side of this operator of `[[`.
        case comparison(String)
        case caseClause
    }

    /// Code in a language that is not the shell's.
    struct CodePlace: Equatable {
        /// Such as "code for psql".
        var what: String
        /// How the program takes a value; `{}` is the expression as it is written.
        var remedy: String
    }

    /// How to hand over a value that the shell would evaluate.
    enum Remedy: Equatable {
        /// In `$( … )`.
        case substitution
        /// Where only a number makes sense.
        case number
        /// As an argument of the code: `bash -c '… "$1" …' _ "…"`.
        case argument
        /// As an argument of a shell that reads its script from its input.
        case input
        /// As an argument behind the format of `printf`.
        case format
        /// In a variable that the code reads.
        case variable
        /// Where a name is expected.
        case name
        /// Where quotes keep it one word.
        case quotes
        /// Where code is the whole point.
        case check
    }

    /// What a shell expands before variables.
    enum EarlyExpansion: Equatable {
        case braceRange
        case tilde
        case descriptor
        case assignment
    }

    /// Where a reference is not expanded.
    enum LiteralPlace: Equatable {
        case singleQuotes, escapedQuotes, backslash, quotedHereDocument, hereDocumentDelimiter, variableName, backticks
        case longComment
        /// Nests deeper than this.
        case tooDeep(Int)

        /// For messages.
        var written: String {
            switch self {
            case .singleQuotes: "single quotes"
            case .escapedQuotes: "$'…'"
            case .backslash: "a place behind a backslash"
            case .quotedHereDocument: "a here-document whose delimiter is quoted"
            case .hereDocumentDelimiter: "the delimiter of a here-document"
            case .variableName: "the name of a variable"
            case .backticks: "backticks"
            case .longComment: "a comment"
            case .tooDeep(let levels): "a script that nests deeper than \(levels) levels"
            }
        }
    }
}
