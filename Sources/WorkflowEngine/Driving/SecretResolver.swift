internal import AttemptProtocol
internal import Glibc
internal import WorkflowCore
internal import WorkflowExecutors

/// Fetches the values of a definition's secrets where it says that they are: variables, files and commands.
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

    func available(of secrets: [Secret]) -> FoundSecrets {
        var found = FoundSecrets()
        for secret in secrets {
            do throws(EngineError) {
                found.values[secret.name] = try fitValue(of: secret)
            } catch {
                found.missing.append(error)
            }
        }
        return found
    }

    private func fitValue(of secret: Secret) throws(EngineError) -> String {
        let value = try value(of: secret)
        guard value.utf8.count >= SecretResolver.bytesMin, value.count >= SecretResolver.bytesMin else {
            throw EngineError(
                .secretUnavailable,
                "secret \(secret.name) is shorter than \(SecretResolver.bytesMin) characters, and could not be masked "
                    + "without masking ordinary text: give it a longer value, or make it a parameter")
        }
        guard value.utf8.count <= SecretResolver.bytesMax, !value.utf8.contains(0) else { throw unfit(secret.name) }
        return value
    }

    private func unfit(_ name: String) -> EngineError {
        EngineError(
            .secretUnavailable, "secret \(name) is longer than \(SecretResolver.bytesMax) bytes or has a NUL in it")
    }

    private func value(of secret: Secret) throws(EngineError) -> String {
        switch secret.source {
        case .environment(let variable):
            guard let value = environment.variables[variable] else {
                if environment.rawVariables.contains(where: { $0.starts(with: "\(variable)=".utf8) }) {
                    throw EngineError(
                        .secretUnavailable,
                        "secret \(secret.name) comes from the environment variable \(variable), which is not UTF-8 text"
                    )
                }
                throw EngineError(
                    .secretUnavailable,
                    "secret \(secret.name) comes from the environment variable \(variable), which is not set")
            }
            return value
        case .file(let path):
            let full = path.hasPrefix("/") ? path : workingDirectory + "/" + path
            let bytes: [UInt8]
            do throws(SystemError) {
                bytes = try head(of: full)
            } catch {
                throw EngineError(
                    .secretUnavailable,
                    "secret \(secret.name) comes from the file \(full), which cannot be read: "
                        + SystemError.text(of: error.number))
            }
            guard bytes.count <= SecretResolver.bytesMax + 2 else { throw unfit(secret.name) }
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw EngineError(
                    .secretUnavailable, "secret \(secret.name) comes from the file \(full), which is not UTF-8 text")
            }
            return withoutLineEnd(text)
        case .command(let command): return try output(of: command, for: secret.name)
        }
    }

    /// As much of a file as a secret may have, and a little more: the rest of a longer one is never read.
    private func head(of path: String) throws(SystemError) -> [UInt8] {
        let file = try Descriptor.open(path, O_RDONLY | O_NONBLOCK)
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while bytes.count <= SecretResolver.bytesMax + 2 {
            // A named pipe may have nothing yet; nothing waits for it for longer than for a command.
            var event = pollfd(fd: file.number, events: Int16(POLLIN), revents: 0)
            guard poll(&event, 1, Int32(SecretResolver.commandSeconds * 1000)) > 0 else {
                throw SystemError("read", ETIMEDOUT, path)
            }
            let count = read(file.number, &buffer, buffer.count)
            if count < 0 {
                if errno == EINTR || errno == EAGAIN { continue }
                throw .last("read", path)
            }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        return bytes
    }

    private func output(of command: String, for name: String) throws(EngineError) -> String {
        let result: SecretCommand.Result
        do throws(SecretSourceError) {
            result = try SecretCommand(
                text: command, folder: workingDirectory, environment: environment,
                outputBytesMax: SecretResolver.bytesMax + 2, seconds: SecretResolver.commandSeconds
            ).run()
        } catch {
            throw EngineError(
                .secretUnavailable,
                "the command of secret \(name) cannot be run: \(SystemError.text(of: error.number))")
        }
        let end: String
        switch result.end {
        case .exited(0):
            guard let text = String(validating: result.output, as: UTF8.self) else {
                throw EngineError(.secretUnavailable, "the command of secret \(name) did not print UTF-8 text")
            }
            return withoutLineEnd(text)
        case .exited(let status): end = "ended with status \(status)"
        case .signalled(let signal): end = "was ended by signal \(signal)"
        case .tooLong: end = "took longer than \(SecretResolver.commandSeconds) s"
        case .tooMuch: end = "printed more than \(SecretResolver.bytesMax) bytes"
        }
        throw EngineError(
            .secretUnavailable,
            "the command of secret \(name) \(end)\(said(result)); run it by hand: \(command)")
    }

    /// The last line that a command wrote on standard error, fit to be shown: what it printed may be the secret.
    private func said(_ result: SecretCommand.Result) -> String {
        guard let line = result.errors.split(separator: UInt8(ascii: "\n")).last else { return "" }
        let printed = withoutLineEnd(String(decoding: result.output.prefix(SecretResolver.bytesMax), as: UTF8.self))
        let masking = OutputMasking(secrets: printed.utf8.count >= SecretResolver.bytesMin ? [printed] : [])
        return ", saying: " + DisplayLine.text(Array(masking.masked(String(decoding: line, as: UTF8.self)).utf8))
    }

    private func withoutLineEnd(_ text: String) -> String {
        text.hasSuffix("\r\n") || text.hasSuffix("\n") ? String(text.dropLast()) : text
    }
}
