import AttemptProtocol
import Glibc

/// Tells when a file may have been given the name of a cancel request.
struct CancellationWatch {
    /// How often the folder is looked at where the system has no further watch to give (they are counted per user).
    static let pollNanoseconds: Int64 = 500_000_000

    /// -1 where there is no watch.
    let descriptor: Int32

    var isPolled: Bool { descriptor < 0 }

    /// The request is made under another name and renamed, so that only renames into the folder matter.
    init(of folder: borrowing AttemptFolder) {
        let instance = inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))
        if instance >= 0, inotify_add_watch(instance, folder.path, UInt32(IN_MOVED_TO)) < 0 {
            _ = close(instance)
            descriptor = -1
        } else {
            descriptor = instance
        }
    }

    func takeEvents() {
        guard descriptor >= 0 else { return }
        var buffer = [UInt8](repeating: 0, count: 4096)
        while read(descriptor, &buffer, buffer.count) > 0 {}
    }
}
