import Glibc
import Synchronization

/// A server on the loopback interface that does what its script says, byte by byte, so that it can misbehave. Each
/// connection is a thread of its own, and ends with its script or with the server.
final class LoopbackServer: Sendable {
    typealias Script = @Sendable (Conversation) -> Void

    let port: Int
    private let listener: Int32
    private let state = Mutex(State())

    private struct State {
        var heads: [String] = []
        var bodies: [String] = []
        var open: [Int32] = []
        var count = 0
    }

    /// The heads of the requests that were read, in order.
    var heads: [String] { state.withLock { $0.heads } }
    var bodies: [String] { state.withLock { $0.bodies } }

    init(version6: Bool = false, _ script: @escaping Script) throws {
        listener = socket(version6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard listener >= 0 else { throw Broken(what: "socket: \(errno)") }
        if version6 {
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_addr = in6addr_loopback
            port = try LoopbackServer.bind(listener, &address) { Int(UInt16(bigEndian: $0.sin6_port)) }
        } else {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            port = try LoopbackServer.bind(listener, &address) { Int(UInt16(bigEndian: $0.sin_port)) }
        }
        guard listen(listener, 64) == 0 else { throw Broken(what: "listen: \(errno)") }
        let listener = listener
        Thread.start { [weak self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                guard let self else {
                    close(connection)
                    return
                }
                self.serve(connection, script)
            }
        }
    }

    /// Ends the listener and every conversation that still goes on.
    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
        for connection in state.withLock({ $0.open }) { shutdown(connection, Int32(SHUT_RDWR)) }
    }

    private static func bind<Address>(
        _ listener: Int32, _ address: inout Address, _ port: (Address) -> Int
    ) throws -> Int {
        var size = socklen_t(MemoryLayout<Address>.size)
        let isBound = withUnsafeMutableBytes(of: &address) { bytes -> Bool in
            guard let pointer = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return false }
            return Glibc.bind(listener, pointer, size) == 0 && getsockname(listener, pointer, &size) == 0
        }
        guard isBound else { throw Broken(what: "bind: \(errno)") }
        return port(address)
    }

    private func serve(_ connection: Int32, _ script: @escaping Script) {
        let number = state.withLock { state in
            state.open.append(connection)
            state.count += 1
            return state.count
        }
        Thread.start { [weak self] in
            script(
                Conversation(connection, number: number) { head, body in
                    self?.state.withLock {
                        $0.heads.append(head)
                        $0.bodies.append(body)
                    }
                })
            self?.state.withLock { state in state.open.removeAll { $0 == connection } }
            close(connection)
        }
    }

    struct Broken: Error { let what: String }
}

/// One connection of a server.
final class Conversation {
    /// From 1 on.
    let number: Int
    private let connection: Int32
    private let keep: (String, String) -> Void
    private var buffer: [UInt8] = []

    init(_ connection: Int32, number: Int, keep: @escaping (String, String) -> Void) {
        self.connection = connection
        self.number = number
        self.keep = keep
    }

    /// The head of the next request; nil where the client is gone. The body is read by its length.
    @discardableResult
    func read() -> String? {
        let end = Array("\r\n\r\n".utf8)
        while true {
            if let start = buffer.indices.first(where: { buffer[$0...].starts(with: end) }) {
                let head = String(decoding: buffer[..<start], as: UTF8.self)
                buffer.removeFirst(start + 4)
                let lines = head.split(whereSeparator: \.isNewline).map { $0.lowercased() }
                let length = lines.first { $0.hasPrefix("content-length:") }.flatMap { Int($0.dropFirst(16)) } ?? 0
                while buffer.count < length { guard fill() else { return nil } }
                let body = String(decoding: buffer.prefix(length), as: UTF8.self)
                buffer.removeFirst(length)
                keep(head, body)
                return head
            }
            guard fill() else { return nil }
        }
    }

    private func fill() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 4096)
        let count = recv(connection, &chunk, chunk.count, 0)
        guard count > 0 else { return false }
        buffer += chunk[..<count]
        return true
    }

    /// Returns when the client has closed.
    func wait() { while fill() {} }

    /// False where the client is gone.
    @discardableResult
    func write(_ bytes: [UInt8]) -> Bool {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                send(connection, $0.baseAddress?.advanced(by: done), $0.count - done, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            done += count
        }
        return true
    }

    /// Lines end with LF in `text` and with CR LF on the wire.
    @discardableResult
    func head(_ text: String) -> Bool {
        write(
            Array(
                (text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n") + "\r\n\r\n")
                    .utf8))
    }

    /// A whole answer.
    func answer(_ status: String, _ headers: [String] = [], _ body: String = "") {
        answer(status, headers, bytes: Array(body.utf8))
    }

    func answer(_ status: String, _ headers: [String] = [], bytes: [UInt8]) {
        head((["HTTP/1.1 \(status)"] + headers + ["Content-Length: \(bytes.count)"]).joined(separator: "\n"))
        write(bytes)
    }
}

enum Thread {
    private final class Work {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    static func start(_ run: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let work = Unmanaged.passRetained(Work(run))
        let error = pthread_create(
            &thread, nil,
            { context in
                if let context { Unmanaged<Work>.fromOpaque(context).takeRetainedValue().run() }
                return nil
            }, work.toOpaque())
        precondition(error == 0, "no thread: \(error)")
        pthread_detach(thread)
    }
}
