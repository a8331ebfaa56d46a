package import AttemptProtocol
import Glibc
package import JSON

/// What an attempt has reported through `$WORKFLOW_EVENTS`, read from its folder.
extension ShellExecutor {
    /// The events that are kept, in their order; none where there is no folder. Whatever became of the attempt: each
    /// one that was said to be kept is there.
    package func keptEvents(of id: AttemptIdentity) throws(ExecutorError) -> [JSONValue] {
        let path = folders.path(of: id.attemptID)
        do throws(SystemError) {
            guard let folder = try Descriptor.openIfPresent(path, O_RDONLY | O_DIRECTORY) else { return [] }
            return try Self.keptEvents(in: folder)
        } catch {
            throw ExecutorError(
                .attemptFolder, "the events of the attempt in \(path) cannot be read: \(error)", cause: error)
        }
    }

    static func keptEvents(in folder: borrowing Descriptor) throws(SystemError) -> [JSONValue] {
        guard let file = try Descriptor.openRegular(AttemptFile.keptEvents, at: folder.number) else { return [] }
        return KeptEvents.parse(try file.readWhole(limit: KeptEvents.bytesMax, AttemptFile.keptEvents) ?? [])
    }

    /// How far an attempt that runs is, as it said last; nil where it said nothing.
    package func progress(ofAttempt id: String) -> AttemptProgress? {
        guard let file = try? Descriptor.open("\(folders.path(of: id))/\(AttemptFile.progress)", O_RDONLY),
            let bytes = try? file.readWhole(limit: EventLimits.lineBytesMax + 1, AttemptFile.progress),
            let value = try? JSONValue(parsing: bytes),
            case .progress(let progress)? = try? AttemptEvent(parsing: value)
        else { return nil }
        return progress
    }

    /// Whether an attempt runs beyond its end because nothing may kill it: only a person can have it killed.
    package func isNotEnding(attempt id: String) -> Bool {
        access("\(folders.path(of: id))/\(AttemptFile.notEnding)", F_OK) == 0
    }

    /// Takes what a step without its supervisor wrote to its events, so that it never waits for a reader for long.
    /// Nothing of it is kept: `workflow event` says so to whoever uses it.
    static func drain(_ path: String) {
        guard let pipe = try? Descriptor.open(path, O_RDWR | O_NONBLOCK | O_NOFOLLOW) else { return }
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while read(pipe.number, &chunk, chunk.count) > 0 {}
    }
}
