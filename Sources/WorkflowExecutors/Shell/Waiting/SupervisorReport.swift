import AttemptProtocol
import Glibc
import Synchronization

/// Reads what a supervisor says on the pipe to the process that started it; see `LaunchReport`.
struct SupervisorReport {
    enum State: Equatable {
        /// There may be more.
        case open
        /// It has closed the pipe without a word: it is ending.
        case ended
        /// The attempt is settled, and the supervisor stays.
        case stays
    }

    private var bytes: [UInt8] = []

    /// Takes what is there, and hands each mask to `learn`.
    mutating func read(_ descriptor: Int32, learn: (String) -> Void) -> State {
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN { return .open }
            guard count > 0 else { return .ended }
            bytes += chunk[..<count]
            if let state = parse(learn) { return state }
        }
    }

    /// Nil while there may be more.
    private mutating func parse(_ learn: (String) -> Void) -> State? {
        while let first = bytes.first {
            if first == LaunchReport.stays { return .stays }
            // Nothing else is ever said; whoever says it is no supervisor that we understand.
            guard first == LaunchReport.mask else { return .ended }
            guard bytes.count >= 5 else { return nil }
            let length = (0..<4).reduce(0) { $0 | Int(bytes[1 + $1]) << (8 * $1) }
            guard bytes.count >= 5 + length else { return nil }
            learn(String(decoding: bytes[5..<(5 + length)], as: UTF8.self))
            bytes.removeFirst(5 + length)
        }
        return nil
    }
}

/// What the steps of runs had masked while this process drives them. It is in memory alone.
package final class LearnedMasks: Sendable {
    private let values = Mutex<[String: [String]]>([:])

    package init() {}

    /// - Parameter run: as in `CommandSpec.run`.
    func learn(_ value: String, ofRun run: String) {
        values.withLock { values in
            let known = values[run, default: []]
            if !known.contains(where: { $0.utf8.elementsEqual(value.utf8) }) { values[run, default: []].append(value) }
        }
    }

    package func values(ofRun run: String) -> [String] {
        values.withLock { $0[run] ?? [] }
    }

    /// The run is no longer driven by this process.
    package func forget(run: String) {
        values.withLock { _ = $0.removeValue(forKey: run) }
    }
}
