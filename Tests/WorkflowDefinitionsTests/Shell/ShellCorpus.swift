import Foundation

/// The shell scripts that a Debian has anyway: real ones, by hundreds of people.
enum ShellCorpus {
    struct Entry {
        var path: String
        var bytes: [UInt8]
        /// The shell of its first line.
        var shell: String
    }

    static let folders = ["/usr/lib", "/etc", "/usr/share", "/usr/bin", "/usr/sbin"]
    /// Those with few other files.
    static let usualFolders = ["/etc", "/usr/bin", "/usr/sbin"]
    private static let bytesMax = 400_000

    /// All of them in some folders, sorted by path.
    static func scripts(in folders: [String]) -> [Entry] {
        var entries: [Entry] = []
        for folder in folders {
            guard let files = FileManager.default.enumerator(atPath: folder) else { continue }
            for case let name as String in files {
                let path = "\(folder)/\(name)"
                guard files.fileAttributes?[.type] as? FileAttributeType == .typeRegular,
                    let file = FileHandle(forReadingAtPath: path)
                else { continue }
                defer { try? file.close() }
                guard let head = try? file.read(upToCount: 64), let shell = shell(of: head, name),
                    let rest = try? file.read(upToCount: bytesMax), rest.count < bytesMax
                else { continue }
                entries.append(Entry(path: path, bytes: Array(head + rest), shell: shell))
            }
        }
        return entries.sorted { $0.path < $1.path }
    }

    private static func shell(of head: Data, _ name: String) -> String? {
        let line = String(decoding: head.prefix { $0 != 0x0A }, as: UTF8.self)
        guard line.hasPrefix("#!") else { return name.hasSuffix(".sh") || name.hasSuffix(".bash") ? "bash" : nil }
        let words = line.dropFirst(2).split(whereSeparator: { " /".contains($0) })
        if words.contains("bash") { return "bash" }
        return words.contains("sh") || words.contains("dash") ? "dash" : nil
    }

    /// Runs a program with `input`; nil unless it exits with 0.
    static func output(of program: [String], input: [UInt8]) -> Data? {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = program
        let input = Data(input)
        let (reading, writing) = (Pipe(), Pipe())
        process.standardInput = writing
        process.standardOutput = reading
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        let writer = Thread {
            try? writing.fileHandleForWriting.write(contentsOf: input)
            try? writing.fileHandleForWriting.close()
        }
        writer.start()
        let output = reading.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return process.terminationStatus == 0 ? output : nil
    }
}
