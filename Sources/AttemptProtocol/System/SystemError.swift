import Glibc

/// A call to the system that failed: which call, on what, and why.
package struct SystemError: Error, Sendable, Equatable {
    /// The call's name as in its manual page.
    package let call: String
    /// The error number.
    package let number: Int32
    /// What the call was about: a path, or a few words.
    package let subject: String

    package init(_ call: String, _ number: Int32, _ subject: String) {
        self.call = call
        self.number = number
        self.subject = subject
    }

    /// The error of the call that has just failed on this thread.
    package static func last(_ call: String, _ subject: String) -> SystemError {
        SystemError(call, errno, subject)
    }
}

extension SystemError: CustomStringConvertible {
    /// For example `open /srv/x: No such file or directory`.
    package var description: String {
        "\(call) \(subject): \(Self.text(of: number))"
    }

    /// The system's words for an error number.
    package static func text(of number: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard strerror_r(number, &buffer, buffer.count) == 0 else { return "error \(number)" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension SystemError {
    /// What to do about it.
    ///
    /// - Parameter usual: about an error that says nothing of limits and disks: who may read what, mostly.
    package func move(_ usual: String) -> String { Self.move(number, usual) }

    package static func move(_ number: Int32, _ usual: String) -> String {
        switch number {
        case EMFILE: "raise `ulimit -n`, the limit of open files, or lower max_parallel"
        case ENFILE: "this machine has no open file left: raise fs.file-max, or lower max_parallel"
        case EAGAIN:
            "raise the limit of processes (`ulimit -u`, or pids.max of the control group), or lower max_parallel"
        case ENOMEM: "this machine has no memory left for it: lower max_parallel, or give it more"
        case ENOSPC, EDQUOT: "make room on the disk"
        case EFBIG: "raise `ulimit -f`, the limit of a file's size"
        case EROFS: "make its file system writable"
        case EIO: "look at the disk"
        default: usual
        }
    }
}
