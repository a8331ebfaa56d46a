internal import Foundation
internal import WorkflowCore

/// Fetches the values of a definition's secrets: at each start of a driver, never journaled.
struct SecretResolver {
    let environment: EngineEnvironment

    /// A shorter one could not be masked without masking ordinary text.
    static let bytesMin = 4
    static let bytesMax = 64 * 1024
    static let commandTimeout: TimeInterval = 30

    /// - Throws: naming the secret and its source, never its value.
    func values(of secrets: [Secret]) throws(EngineError) -> [String: String] {
        var values: [String: String] = [:]
        for secret in secrets {
            let value = try value(of: secret)
            guard value.utf8.count >= SecretResolver.bytesMin else {
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
            let full = path.hasPrefix("/") ? path : environment.workingDirectory + "/" + path
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
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", command]
        process.environment = environment.variables
        process.currentDirectoryURL = URL(fileURLWithPath: environment.workingDirectory)
        process.standardInput = FileHandle.nullDevice
        let pipe = Pipe()
        process.standardOutput = pipe
        do {
            try process.run()
        } catch {
            throw EngineError(.secretUnavailable, "the command of secret \(name) cannot be run: \(error)")
        }
        let timer = DispatchSource.makeTimerSource(queue: .global())
        timer.schedule(deadline: .now() + SecretResolver.commandTimeout)
        timer.setEventHandler { [pid = process.processIdentifier] in kill(pid, SIGKILL) }
        timer.resume()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        timer.cancel()
        guard process.terminationReason == .exit, process.terminationStatus == 0 else {
            throw EngineError(
                .secretUnavailable,
                "the command of secret \(name) ended with status \(process.terminationStatus); run it by hand: \(command)"
            )
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw EngineError(.secretUnavailable, "the command of secret \(name) did not print UTF-8 text")
        }
        return withoutLineEnd(text)
    }

    private func withoutLineEnd(_ text: String) -> String {
        text.hasSuffix("\r\n") || text.hasSuffix("\n") ? String(text.dropLast()) : text
    }
}
