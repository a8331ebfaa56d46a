import AttemptProtocol
import Glibc

/// The pipe to the driver that started us: through it a value that the step had masked reaches that driver and no disk.
///
/// It never holds us up: what the driver does not take now waits here.
struct DriverLine {
    /// -1 where there is no driver to tell.
    private let descriptor: Int32
    private var waiting: [UInt8] = []

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    var hasMore: Bool { !waiting.isEmpty }

    mutating func tell(_ bytes: [UInt8]) {
        guard descriptor >= 0 else { return }
        if waiting.isEmpty { _ = fcntl(descriptor, F_SETFL, O_NONBLOCK) }
        waiting += bytes
        flush()
    }

    mutating func flush() {
        while !waiting.isEmpty {
            let count = waiting.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN { return }
            // The driver is gone: the next one is told of no mask.
            guard count > 0 else { return waiting.removeAll() }
            waiting.removeFirst(count)
        }
    }

    /// Gives a driver that is slow a few seconds to take the rest.
    mutating func finish() {
        for _ in 0..<Self.patience where hasMore {
            var event = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            _ = poll(&event, 1, 1000)
            flush()
        }
    }

    private static let patience = 5
}
