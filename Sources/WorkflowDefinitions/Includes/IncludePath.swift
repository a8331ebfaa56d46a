import WorkflowCore

/// What may stand in `include`: the path of one file, relative to the file that it stands in.
enum IncludePath {
    static let bytesMax = 4096

    /// Why it is no such path, and what to do instead.
    static func problem(with path: String) -> (message: String, suggestion: String?)? {
        if path.isEmpty { return ("\"include\" names no file", "write include: common.yaml") }
        if TemplateScanner.containsExpression(path) {
            return ("expressions are not evaluated in \"include\"", "write the path out")
        }
        if path.contains("://") {
            return ("\(quoted(path)) is an address; only files are included", "keep a copy beside the definition")
        }
        if path.utf8.contains(where: { [UInt8(ascii: "*"), UInt8(ascii: "?"), UInt8(ascii: "[")].contains($0) }) {
            return ("\(quoted(path)) has a pattern in it, and patterns are not expanded", "name every file")
        }
        if path.hasPrefix("~") {
            return ("\(quoted(path)) begins with \"~\", which only a shell expands", "write the path out")
        }
        if path.utf8.count > bytesMax || path.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
            return ("\(quoted(path)) is no path of a file", nil)
        }
        return nil
    }

    /// The path as the system takes it; `file` is the path of the file that it stands in.
    static func resolved(_ path: String, in file: String) -> String {
        if path.hasPrefix("/") { return path }
        var path = Substring(path)
        while path.hasPrefix("./") { path = path.dropFirst(2).drop { $0 == "/" } }
        guard let slash = file.utf8.lastIndex(of: UInt8(ascii: "/")) else { return String(path) }
        return String(file[...slash]) + path
    }
}
