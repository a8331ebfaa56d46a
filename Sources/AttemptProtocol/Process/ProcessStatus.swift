import Glibc

/// A process as `/proc/PID/stat` shows it.
package struct ProcessStatus: Sendable, Hashable {
    package var pid: Int32
    /// The program's name, at most 15 bytes.
    package var name: String
    /// 0 for a process whose parent is outside of what can be seen.
    package var parent: Int32
    package var session: Int32
    /// In clock ticks since boot: together with the pid it names one process for ever.
    package var startTime: UInt64

    /// Whether it will do nothing any more: it is on its way out, or waits only for its parent to notice.
    package var hasEnded: Bool

    /// The kernel's `PF_EXITING`.
    private static let exitingFlag: UInt32 = 0x4

    /// Nil where there is no such process, or none that can be seen.
    package static func of(_ pid: Int32) -> ProcessStatus? { try? looking(at: pid) }

    /// Nil where there is no such process, or none that this user may see; throws where we are short of descriptors or
    /// memory, which says nothing about the process.
    package static func looking(at pid: Int32) throws(SystemError) -> ProcessStatus? {
        let file: Descriptor
        do {
            file = try Descriptor.open("/proc/\(pid)/stat", O_RDONLY)
        } catch {
            if [EMFILE, ENFILE, ENOMEM].contains(error.number) { throw error }
            return nil
        }
        // One read: a process may end between two of them.
        var text = [UInt8](repeating: 0, count: 2048)
        let count = read(file.number, &text, text.count)
        guard count > 0 else { return nil }
        return ProcessStatus(pid: pid, parsing: text[..<count])
    }

    init?(pid: Int32, parsing text: ArraySlice<UInt8>) {
        // The name stands in parentheses and may hold anything, parentheses too.
        guard let open = text.firstIndex(of: UInt8(ascii: "(")), let close = text.lastIndex(of: UInt8(ascii: ")")),
            open < close
        else { return nil }
        // From field 3 on: state, parent, group, session, …; flags are field 9, threads 20, start time 22.
        let fields = text[(close + 1)...].split(separator: UInt8(ascii: " "))
        guard fields.count > 19, let state = fields[0].first,
            let parent = Int32(String(decoding: fields[1], as: UTF8.self)),
            let session = Int32(String(decoding: fields[3], as: UTF8.self)),
            let flags = UInt32(String(decoding: fields[6], as: UTF8.self)),
            let threads = Int(String(decoding: fields[17], as: UTF8.self)),
            let startTime = UInt64(String(decoding: fields[19], as: UTF8.self))
        else { return nil }
        self.pid = pid
        name = String(decoding: text[(open + 1)..<close], as: UTF8.self)
        // State and flags are those of the first thread, which may end before the others.
        let isEnding = state == UInt8(ascii: "Z") || state == UInt8(ascii: "X") || flags & Self.exitingFlag != 0
        hasEnded = isEnding && threads <= 1
        self.parent = parent
        self.session = session
        self.startTime = startTime
    }

    /// The namespace in which this process's pids name processes; nil where `/proc` does not say.
    package static func pidNamespace() -> String? {
        var buffer = [CChar](repeating: 0, count: 64)
        let count = readlink("/proc/self/ns/pid", &buffer, buffer.count)
        guard count > 0 else { return nil }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Whether the process that had `startTime` lives.
    package static func isAlive(_ pid: Int32, startTime: UInt64) -> Bool {
        guard let status = of(pid) else { return false }
        return status.startTime == startTime && !status.hasEnded
    }
}
