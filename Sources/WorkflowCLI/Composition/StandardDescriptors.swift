internal import Glibc

/// The three descriptors that every program is meant to be started with.
enum StandardDescriptors {
    /// Opens `/dev/null` on those that are closed: the next file that is opened, a lock or the database, would become
    /// standard error, and progress would be written into it. To be called before anything is opened.
    static func fill() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 && errno == EBADF {
            let opened = open("/dev/null", O_RDWR)
            // The lowest number that is free is taken; any other means that this one is open by now.
            if opened >= 0, opened != descriptor { close(opened) }
        }
    }
}
