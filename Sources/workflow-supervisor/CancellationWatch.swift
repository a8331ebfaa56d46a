import AttemptProtocol
import Glibc

/// Tells when there may be a request to end the command: whoever leaves one rings the bell afterwards.
struct CancellationWatch {
    /// How often the folder is looked at where no named pipe can be made.
    static let pollNanoseconds: Int64 = 500_000_000

    /// -1 where there is no bell.
    let descriptor: Int32

    var isPolled: Bool { descriptor < 0 }

    /// From now on a request is noticed; one that came before has to be looked for once.
    init(in folder: borrowing AttemptFolder) {
        guard mkfifoat(folder.number, AttemptFile.bell, 0o600) == 0 else {
            descriptor = -1
            return
        }
        // Open for writing too: else the pipe would be at its end whenever nobody rings.
        descriptor = openat(folder.number, AttemptFile.bell, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW)
    }

    func takeEvents() {
        guard descriptor >= 0 else { return }
        var buffer = [UInt8](repeating: 0, count: 512)
        while read(descriptor, &buffer, buffer.count) > 0 {}
    }
}
