import AttemptProtocol
import Glibc

/// Follows a log while it grows, through the events of the file system.
package actor LogFollower {
    private var reader: LogReader
    private let thread: ReadinessThread
    private let events: Descriptor
    private var watched: String?

    /// Follows the log at `path`, which need not exist yet; its folder must.
    package init(path: String, thread: ReadinessThread) throws(ExecutorError) {
        let instance = inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))
        guard instance >= 0 else {
            throw Self.unwatchable(path, .last("inotify_init1", path))
        }
        let events = Descriptor(adopting: instance)
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        guard inotify_add_watch(instance, folder, UInt32(IN_CREATE)) >= 0 else {
            throw Self.unwatchable(path, .last("inotify_add_watch", folder))
        }
        reader = LogReader(path: path)
        self.thread = thread
        self.events = events
    }

    /// The next piece, as soon as there is one. Nil once the calling task is cancelled: then `rest` holds what is left.
    package func next() async throws(ExecutorError) -> LogReader.Piece? {
        while !Task.isCancelled {
            if let piece = try reader.next() { return piece }
            // A file that was opened just now may have grown before its watch was set: look once more.
            if watchCurrentFile() { continue }
            guard await thread.readable(events.number) else { return nil }
            var buffer = [UInt8](repeating: 0, count: 4096)
            while read(events.number, &buffer, buffer.count) > 0 {}
        }
        return nil
    }

    /// The next piece that is there already; nil at the end.
    package func rest() throws(ExecutorError) -> LogReader.Piece? {
        try reader.next()
    }

    /// Returns whether a watch was set that was not there before.
    private func watchCurrentFile() -> Bool {
        let path = reader.currentPath
        guard watched != path, inotify_add_watch(events.number, path, UInt32(IN_MODIFY)) >= 0 else { return false }
        watched = path
        return true
    }

    private static func unwatchable(_ path: String, _ error: SystemError) -> ExecutorError {
        ExecutorError(
            .log, "the log \(path) cannot be followed: \(error); raise fs.inotify.max_user_instances", cause: error)
    }
}
