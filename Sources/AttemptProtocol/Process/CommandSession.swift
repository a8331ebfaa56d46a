import CSystem
import Glibc

/// The processes of the session that a command leads.
package struct CommandSession: Sendable, Hashable {
    package let record: SessionRecord

    package init(_ record: SessionRecord) {
        self.record = record
    }

    /// The living members, by pid.
    ///
    /// The kernel gives a session's id to no new process while the session has a member. So where a process of that pid
    /// has another start time, the session has ended; where there is none, older processes cannot be members.
    package func members() throws(SystemError) -> [ProcessStatus] {
        if let leader = try ProcessStatus.looking(at: record.id), leader.startTime != record.startTime { return [] }
        guard let folder = opendir("/proc") else { throw .last("opendir", "/proc") }
        defer { _ = closedir(folder) }
        var members: [ProcessStatus] = []
        while let entry = readdir(folder) {
            guard let pid = Self.pid(in: entry), let status = try ProcessStatus.looking(at: pid) else { continue }
            if status.session == record.id, status.startTime >= record.startTime, !status.hasEnded {
                members.append(status)
            }
        }
        return members.sorted { $0.pid < $1.pid }
    }

    /// The command itself, while it lives.
    package func leader() throws(SystemError) -> ProcessStatus? {
        guard let leader = try ProcessStatus.looking(at: record.id), leader.startTime == record.startTime else {
            return nil
        }
        return leader.hasEnded ? nil : leader
    }

    /// Sends `signal` to every living member and returns who they were.
    @discardableResult
    package func signal(_ signal: Int32) throws(SystemError) -> [ProcessStatus] {
        let members = try members()
        self.signal(signal, to: members)
        return members
    }

    package func signal(_ signal: Int32, to members: [ProcessStatus]) {
        for member in members {
            let number = csystem_process_descriptor(member.pid)
            guard number >= 0 else { continue }
            let process = Descriptor(adopting: number)
            // Looked at again now that the descriptor holds the process: the pid may have passed on since the list was
            // made.
            guard ProcessStatus.of(member.pid)?.startTime == member.startTime else { continue }
            _ = csystem_signal_process(process.number, signal)
        }
    }

    private static func pid(in entry: UnsafeMutablePointer<dirent>) -> Int32? {
        withUnsafeBytes(of: &entry.pointee.d_name) { name in
            var pid: Int32 = 0
            for byte in name {
                if byte == 0 { return pid > 0 ? pid : nil }
                guard (0x30...0x39).contains(byte), pid < 100_000_000 else { return nil }
                pid = pid * 10 + Int32(byte - 0x30)
            }
            return nil
        }
    }
}
