/// What a shell makes of the value at one place of a script, worst last.
enum Interpolation: Equatable {
    /// It stands as it is.
    case safe
    /// Split into words, and patterns in it are expanded.
    case unquoted
    /// It becomes part of a program in another language, or names a program.
    case code(String)
    /// The shell runs code that the value holds; harmless only for numbers.
    case executes(String)
    /// The reference is not expanded at all, or makes no sense.
    case literal(String)

    var severity: Int {
        switch self {
        case .safe: 0
        case .unquoted: 1
        case .code: 2
        case .executes: 3
        case .literal: 4
        }
    }
}
