/// How whoever writes an event learns that it was kept: it makes a named pipe beside `$WORKFLOW_EVENTS`, names it in
/// the event's member `reply`, and reads one line from it.
package enum EventReply: Sendable, Equatable {
    case taken
    /// Why not.
    case refused(String)

    private static let prefix = "reply-"

    package static func name(_ unique: String) -> String { prefix + unique }

    /// Whether a name can be that of such a pipe: nothing else in the folder is ever opened for a reply.
    static func isName(_ name: String) -> Bool {
        name.utf8.count <= 80 && name.utf8.starts(with: prefix.utf8)
            && name.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                    || $0 == UInt8(ascii: "-")
            }
    }

    /// One line, short enough to be written whole.
    package var bytes: [UInt8] {
        switch self {
        case .taken: Array("taken\n".utf8)
        case .refused(let why):
            Array("refused ".utf8) + why.utf8.prefix(1000).map { $0 < 0x20 ? 0x20 : $0 } + [UInt8(ascii: "\n")]
        }
    }

    /// Nil for anything but a whole line.
    package init?(parsing bytes: [UInt8]) {
        guard bytes.last == UInt8(ascii: "\n") else { return nil }
        let text = String(decoding: bytes.dropLast(), as: UTF8.self)
        if text == "taken" {
            self = .taken
        } else if text.hasPrefix("refused ") {
            self = .refused(String(text.dropFirst(8)))
        } else {
            return nil
        }
    }
}
