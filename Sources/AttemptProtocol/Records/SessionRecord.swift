/// The session that a command leads. The command's own process writes it, in one line, just before it becomes the
/// command; so it is complete exactly if the command may have begun.
package struct SessionRecord: Sendable, Hashable {
    /// The session's id, which is the pid of the command's direct process.
    package var id: Int32
    /// Start of that process in clock ticks since boot.
    package var startTime: UInt64

    package init(id: Int32, startTime: UInt64) {
        self.id = id
        self.startTime = startTime
    }

    /// The session in a whole record, nil for an empty or unfinished one.
    package init?(parsing bytes: [UInt8]) {
        guard bytes.last == 0x0A else { return nil }
        let words = String(decoding: bytes.dropLast(), as: UTF8.self).split(separator: " ")
        guard words.count == 4, words[0] == "workflow-session", words[1] == "1", let id = Int32(words[2]), id > 1,
            let startTime = UInt64(words[3])
        else { return nil }
        self.init(id: id, startTime: startTime)
    }
}
