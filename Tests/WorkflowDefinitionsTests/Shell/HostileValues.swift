import Foundation

/// Values that leave a mark where a shell evaluates them. The mark is made by builtins alone, so that there need be no
/// programs.
enum HostileValues {
    static let all = [
        "$(: > mark)", "`: > mark`", "a[$(: > mark)]", "-v a[$(:>mark)]", "; : > mark;", "\"; : > mark; \"",
        "'; : > mark; '",
        "x\n: > mark\n", "} ; : > mark ; {", ") ; : > mark ; (", "EOF\n: > mark\n", "1 + a[$(: > mark)]",
        "%s${x:=$(: > mark)}",
        "-pa[$(:>mark)]",
    ]

    /// Four of them, others for other numbers.
    static func some(of number: Int) -> [String] {
        (0..<4).map { all[(number * 4 + $0) % all.count] }
    }

    /// Runs a script in bash without any program, and gives what it made in the folder that is a mark.
    static func marks(after script: String, values: [String: String], in folder: URL) throws -> [String] {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/timeout")
        // Every program that is not there prints its arguments, as `echo` would.
        let prelude = "command_not_found_handle() { printf '%s\\n' \"$@\"; }\n"
        process.arguments = ["-s", "KILL", "10", "/bin/bash", "-c", prelude + script]
        process.environment = values.merging(["PATH": "/nowhere", "LC_ALL": "C.UTF-8", "y": "y"]) { value, _ in value }
        process.currentDirectoryURL = folder
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        let mark = folder.appending(path: "mark")
        guard FileManager.default.fileExists(atPath: mark.path) else { return [] }
        try FileManager.default.removeItem(at: mark)
        return ["mark"]
    }
}
