internal import Glibc

/// The definitions that a path on the command line means: the file, or those below the folder.
enum DefinitionFolder {
    private static let entriesMax = 100_000
    private static let headMax = 1 << 20

    static func definitions(at path: String) throws(CommandFailure) -> [String] {
        var status = stat()
        // What is not there is told by who reads it.
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return [path] }
        var entries = 0
        var found: [String] = []
        var folders = [path]
        while let folder = folders.popLast() {
            for name in try names(in: folder) where !name.hasPrefix(".") {
                entries += 1
                guard entries <= entriesMax else {
                    throw CommandFailure(
                        .invalid, "\(path) has more than \(entriesMax) files in it; name the definitions")
                }
                let inner = folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
                // Links are not followed: a folder may hold itself.
                guard lstat(inner, &status) == 0 else { continue }
                switch status.st_mode & S_IFMT {
                case S_IFDIR: folders.append(inner)
                case S_IFREG where name.hasSuffix(".yaml") || name.hasSuffix(".yml"):
                    if isDefinition(inner) { found.append(inner) }
                default: continue
                }
            }
        }
        guard !found.isEmpty else {
            throw CommandFailure(
                .notFound,
                "\(path) is a folder without a definition in it; a definition has a name, and stages or include")
        }
        return found.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
    }

    private static func names(in folder: String) throws(CommandFailure) -> [String] {
        guard let stream = opendir(folder) else {
            throw CommandFailure(
                .notPermitted, "the folder \(folder) cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            withUnsafePointer(to: &entry.pointee.d_name) { name in
                names.append(String(cString: UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self)))
            }
        }
        return names
    }

    /// Looks at the keys at the beginnings of lines, so that a definition with an error in it is one all the same.
    private static func isDefinition(_ path: String) -> Bool {
        guard let bytes = try? InputFile.bytes(path, limit: headMax) else { return true }
        var keys: Set<String> = []
        for line in bytes.split(separator: 0x0A) {
            let key = line.prefix { (97...122).contains($0) || $0 == UInt8(ascii: "_") }
            if line.dropFirst(key.count).first == UInt8(ascii: ":") {
                keys.insert(String(decoding: key, as: UTF8.self))
            }
        }
        return keys.contains("name") && (keys.contains("stages") || keys.contains("include"))
    }
}
