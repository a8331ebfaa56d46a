import AttemptProtocol

/// Follows a log while it grows, through the events of the file system. One task at a time.
package actor LogFollower {
    private var reader: LogReader
    private let events: FileEvents
    private let bell = Doorbell()
    private let folderWatch: Int32
    private var fileWatch: (path: String, watch: Int32)?

    /// Follows the log at `path`, which need not exist yet; its folder must.
    package init(path: String, events: FileEvents) throws(ExecutorError) {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        guard let watch = events.watch(folder, bell) else {
            throw ExecutorError(
                .log, "the log \(path) cannot be followed: \(folder) cannot be watched; check that it exists")
        }
        folderWatch = watch
        reader = LogReader(path: path)
        self.events = events
    }

    deinit {
        events.forget(folderWatch, bell)
        if let fileWatch { events.forget(fileWatch.watch, bell) }
    }

    /// The next piece, as soon as there is one. Nil once the calling task is cancelled: then `rest` holds what is left.
    package func next() async throws(ExecutorError) -> LogReader.Piece? {
        while !Task.isCancelled {
            if let piece = try reader.next() { return piece }
            // A file that was opened just now may have grown before its watch was set: look once more.
            if watchCurrentFile() { continue }
            guard await bell.wait() else { return nil }
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
        guard fileWatch?.path != path, let watch = events.watch(path, bell) else { return false }
        if let fileWatch { events.forget(fileWatch.watch, bell) }
        fileWatch = (path, watch)
        return true
    }
}
