internal import Foundation
internal import WorkflowCore

/// Fetches the values of a definition's secrets: at each start of a driver, never journaled.
struct SecretResolver {
    let environment: EngineEnvironment
    /// The run's own: relative files and commands mean the same in every resume.
    let workingDirectory: String

    init(_ environment: EngineEnvironment, workingDirectory: String? = nil) {
        self.environment = environment
        self.workingDirectory = workingDirectory ?? environment.workingDirectory
    }

    /// A shorter one could not be masked without masking ordinary text.
    static let bytesMin = 4
    static let bytesMax = 64 * 1024
    static let commandSeconds = 30

    /// - Throws: naming the secret and its source, never its value.
    func values(of secrets: [Secret]) throws(EngineError) -> [String: String] {
        var values: [String: String] = [:]
        for secret in secrets {
            let value = try value(of: secret)
            guard value.utf8.count >= SecretResolver.bytesMin, value.count >= SecretResolver.bytesMin else {
                throw EngineError(
                    .secretUnavailable,
                    "secret \(secret.name) is shorter than \(SecretResolver.bytesMin) characters: it could not be masked"
                )
            }
            guard value.utf8.count <= SecretResolver.bytesMax, !value.utf8.contains(0) else {
                throw EngineError(
                    .secretUnavailable,
                    "secret \(secret.name) is longer than \(SecretResolver.bytesMax) bytes or has a NUL in it")
            }
            values[secret.name] = value
        }
        return values
    }

    private func value(of secret: Secret) throws(EngineError) -> String {
        switch secret.source {
        case .environment(let variable):
            guard let value = environment.variables[variable] else {
                throw EngineError(
                    .secretUnavailable,
                    "secret \(secret.name) comes from the environment variable \(variable), which is not set")
            }
            return value
        case .file(let path):
            let full = path.hasPrefix("/") ? path : workingDirectory + "/" + path
            guard let data = FileManager.default.contents(atPath: full), let text = String(data: data, encoding: .utf8)
            else {
                throw EngineError(
                    .secretUnavailable, "secret \(secret.name) comes from the file \(full), which cannot be read")
            }
            return withoutLineEnd(text)
        case .command(let command): return try output(of: command, for: secret.name)
        }
    }

    private func output(of command: String, for name: String) throws(EngineError) -> String {
        let process = Process()
        // coreutils' timeout puts the command into a process group of its own and ends the whole group.
        process.executableURL = URL(fileURLWithPath: "/usr/bin/timeout")
        process.arguments = ["--kill-after=1", String(SecretResolver.commandSeconds), "/bin/sh", "-c", command]
        process.environment = environment.variables
        process.currentDirectoryURL = URL(fileURLWithPath: workingDirectory)
        process.standardInput = FileHandle.nullDevice
        let pipe = Pipe()
        process.standardOutput = pipe
        do {
            try process.run()
        } catch {
            throw EngineError(.secretUnavailable, "the command of secret \(name) cannot be run: \(error)")
        }
        let data = output(of: process, from: pipe.fileHandleForReading.fileDescriptor)
        if data.count > SecretResolver.bytesMax { process.terminate() }
        process.waitUntilExit()
        guard data.count <= SecretResolver.bytesMax else {
            throw EngineError(
                .secretUnavailable,
                "the command of secret \(name) printed more than \(SecretResolver.bytesMax) bytes; run it by hand: "
                    + command)
        }
        guard process.terminationReason == .exit, process.terminationStatus == 0 else {
            let status = process.terminationStatus
            throw EngineError(
                .secretUnavailable,
                "the command of secret \(name) ended with status \(status)"
                    + (status == 124 ? " (longer than \(SecretResolver.commandSeconds) s)" : "")
                    + "; run it by hand: \(command)")
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw EngineError(.secretUnavailable, "the command of secret \(name) did not print UTF-8 text")
        }
        return withoutLineEnd(text)
    }

    /// What the process prints until it ends: a child that it leaves behind with the pipe is not waited for.
    private func output(of process: Process, from descriptor: Int32) -> Data {
        var data = Data()
        var buffer = [UInt8](repeating: 0, count: 4096)
        while data.count <= SecretResolver.bytesMax {
            let hasEnded = !process.isRunning
            var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&wait, 1, hasEnded ? 0 : 20)
            if ready > 0 {
                let count = read(descriptor, &buffer, buffer.count)
                if count <= 0 { break }
                data.append(contentsOf: buffer[..<count])
            } else if hasEnded {
                break
            }
        }
        return data
    }

    private func withoutLineEnd(_ text: String) -> String {
        text.hasSuffix("\r\n") || text.hasSuffix("\n") ? String(text.dropLast()) : text
    }
}
