internal import Glibc

/// The path of a file from the top of its repository, which is what a forge knows it by.
enum RepositoryPath {
    /// The path as it is where there is no repository around it.
    static func of(_ path: String) -> String {
        let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        let folder = slash.map { String(path[...$0]) } ?? "."
        let name = slash.map { String(path[path.utf8.index(after: $0)...]) } ?? path
        guard let resolved = realpath(folder, nil) else { return path }
        defer { free(resolved) }
        let real = String(cString: resolved)
        var top = real
        while access(top == "/" ? "/.git" : "\(top)/.git", F_OK) != 0 {
            guard top != "/", let end = top.utf8.lastIndex(of: UInt8(ascii: "/")) else { return path }
            top = end == top.startIndex ? "/" : String(top[..<end])
        }
        let below = real.utf8.dropFirst(top == "/" ? 1 : top.utf8.count + 1)
        return below.isEmpty ? name : String(decoding: below, as: UTF8.self) + "/" + name
    }
}
