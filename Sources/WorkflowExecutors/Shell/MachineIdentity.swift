import AttemptProtocol
import Glibc

/// Which machine this is, and since which boot.
package struct MachineIdentity: Sendable, Hashable {
    /// `/etc/machine-id` where there is one, else the host's name.
    package var machineID: String
    /// Changes whenever the kernel starts: no process and no lock survives that.
    package var bootID: String
    /// For people.
    package var name: String

    package init(machineID: String, bootID: String, name: String) {
        self.machineID = machineID
        self.bootID = bootID
        self.name = name
    }

    package static func current() throws(ExecutorError) -> MachineIdentity {
        let bootPath = "/proc/sys/kernel/random/boot_id"
        guard let bootID = line(of: bootPath) else {
            let problem = SystemError.last("open", bootPath)
            throw ExecutorError(
                .attemptFolder,
                "\(bootPath) cannot be read (\(SystemError.text(of: problem.number))), so nothing could be proved "
                    + "after a crash; \(problem.move("mount /proc"))", cause: problem)
        }
        var buffer = [CChar](repeating: 0, count: 256)
        _ = gethostname(&buffer, buffer.count - 1)
        let name = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let machineID = line(of: "/etc/machine-id") ?? line(of: "/var/lib/dbus/machine-id") ?? name
        return MachineIdentity(machineID: machineID, bootID: bootID, name: name)
    }

    /// The first line of a small file, nil where it is empty or cannot be read.
    private static func line(of path: String) -> String? {
        guard let file = try? Descriptor.open(path, O_RDONLY), let bytes = try? file.readWhole(limit: 4096, path) else {
            return nil
        }
        let line = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        return line.isEmpty ? nil : line
    }
}
