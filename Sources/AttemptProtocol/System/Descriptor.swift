package import Glibc

/// An open file that is closed exactly once, when its owner lets go of it.
package struct Descriptor: ~Copyable, Sendable {
    package let number: Int32

    package init(adopting number: Int32) {
        self.number = number
    }

    deinit {
        _ = close(number)
    }

    /// Gives the open file to a new owner, who sees to closing it.
    package consuming func release() -> Int32 {
        let number = number
        discard self
        return number
    }

    /// Opens `path`, close-on-exec, relative to the open folder `folder`.
    package static func open(
        _ path: String, at folder: Int32 = AT_FDCWD, _ flags: Int32, mode: mode_t = 0o600
    ) throws(SystemError) -> Descriptor {
        while true {
            let number = openat(folder, path, flags | O_CLOEXEC, mode)
            if number >= 0 { return Descriptor(adopting: number) }
            if errno != EINTR { throw .last("open", path) }
        }
    }

    /// As `open`, with nil where there is no such file.
    package static func openIfPresent(
        _ path: String, at folder: Int32 = AT_FDCWD, _ flags: Int32
    ) throws(SystemError) -> Descriptor? {
        do {
            return try open(path, at: folder, flags)
        } catch  where error.number == ENOENT {
            return nil
        }
    }

    /// Opens a plain file for reading without following a link; nil where there is none, or something else has the
    /// name.
    package static func openRegular(_ name: String, at folder: Int32) throws(SystemError) -> Descriptor? {
        do {
            // Without O_NONBLOCK a named pipe in its place would hold us up for ever.
            let file = try open(name, at: folder, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
            guard try file.status(name).st_mode & S_IFMT == S_IFREG else { return nil }
            return file
        } catch  where [ENOENT, ENOTDIR, ELOOP, ENXIO].contains(error.number) {
            return nil
        }
    }

    /// Reads to the end of the file, at most `limit` bytes; nil when there are more.
    package borrowing func readWhole(limit: Int, _ subject: String) throws(SystemError) -> [UInt8]? {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = Glibc.read(number, &chunk, chunk.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw .last("read", subject)
            }
            if count == 0 { return bytes }
            bytes.append(contentsOf: chunk[..<count])
            if bytes.count > limit { return nil }
        }
    }

    /// Reads up to `count` bytes at `offset`; none at the end of the file.
    package borrowing func read(at offset: Int, count: Int, _ subject: String) throws(SystemError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        while true {
            let done = pread(number, &bytes, count, off_t(offset))
            if done >= 0 {
                bytes.removeLast(count - done)
                return bytes
            }
            if errno != EINTR { throw .last("pread", subject) }
        }
    }

    /// Writes all of `bytes` at the file's position.
    package borrowing func writeAll(_ bytes: [UInt8], _ subject: String) throws(SystemError) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { write(number, $0.baseAddress?.advanced(by: done), $0.count - done) }
            if count < 0 {
                if errno == EINTR { continue }
                throw .last("write", subject)
            }
            done += count
        }
    }

    /// Writes all of `bytes` at `offset`, leaving the file's position alone.
    package borrowing func writeAll(_ bytes: [UInt8], at offset: Int, _ subject: String) throws(SystemError) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                pwrite(number, $0.baseAddress?.advanced(by: done), $0.count - done, off_t(offset + done))
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw .last("pwrite", subject)
            }
            done += count
        }
    }

    package borrowing func status(_ subject: String) throws(SystemError) -> stat {
        var status = stat()
        guard fstat(number, &status) == 0 else { throw .last("fstat", subject) }
        return status
    }
}

extension Descriptor {
    /// What an attempt to take a lock found.
    package enum LockResult: Sendable, Equatable {
        case taken
        /// Another open file holds it in a way that excludes ours.
        case held
    }

    /// Takes a lock of the whole file without waiting: `LOCK_EX` or `LOCK_SH` of `flock(2)`.
    package borrowing func tryLock(_ kind: Int32, _ subject: String) throws(SystemError) -> LockResult {
        while true {
            if flock(number, kind | LOCK_NB) == 0 { return .taken }
            if errno == EWOULDBLOCK { return .held }
            if errno != EINTR { throw .last("flock", subject) }
        }
    }
}
