internal import Glibc
internal import WorkflowViews

/// Where a program would be found.
enum ProgramSearch {
    /// What a shell searches without a PATH.
    private static let standardPath = "/usr/local/bin:/usr/bin:/bin"

    /// nil when it is not there, or may not be run. A name with a slash is a path.
    static func path(of program: String, in variable: String?) -> String? {
        if program.contains("/") { return access(program, X_OK) == 0 ? program : nil }
        for folder in (variable ?? standardPath).split(separator: ":") where access("\(folder)/\(program)", X_OK) == 0 {
            return "\(folder)/\(program)"
        }
        return nil
    }

    /// The first line that a program writes; nil when it cannot be run or fails.
    static func firstLine(of path: String, _ argument: String) -> String? {
        guard let pipe = popen("\(CommandTexts.quoted(path)) \(argument) 2>/dev/null </dev/null", "re") else {
            return nil
        }
        var line = [CChar](repeating: 0, count: 256)
        let hasLine = fgets(&line, Int32(line.count), pipe) != nil
        guard pclose(pipe) == 0, hasLine else { return nil }
        return String(decoding: line.prefix { $0 != 0 && $0 != 10 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
