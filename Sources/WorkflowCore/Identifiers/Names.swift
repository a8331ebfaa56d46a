/// A run as people name it: `run-2026-02-02-001`, or what `--run-id` gave. Unique in its store.
package struct RunID: Sendable, Hashable {
    package let text: String

    package init(_ text: String) {
        self.text = text
    }

    /// `[A-Za-z0-9][A-Za-z0-9._-]{0,127}`
    package static func isValid(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard let first = bytes.first, bytes.count <= 128, first.isASCIILetterOrDigit else { return false }
        return bytes.allSatisfy { $0.isASCIILetterOrDigit || $0 == 46 || $0 == 95 || $0 == 45 }
    }
}

/// A checkpoint as people name it: `chk-2026-02-02-001`. Unique in its store.
package struct CheckpointID: Sendable, Hashable {
    package let text: String

    /// `chk-`, a day, and a number of three or more digits.
    package static func isName(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        return parts.count == 5 && parts[0] == "chk" && parts[4].utf8.count >= 3
            && parts.dropFirst().allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } }
    }

    package init(_ text: String) {
        self.text = text
    }
}

extension CheckpointID {
    /// The same in eight bytes, where a store has numbered it: a run keeps one for each of its steps.
    struct Packed: Sendable, Equatable {
        private enum Form: Sendable, Equatable {
            /// `day` is 20260202 for 2026-02-02.
            case numbered(day: UInt32, count: UInt32)
            indirect case other(String)
        }

        private let form: Form

        init(_ id: CheckpointID) {
            form = Packed.numbered(id.text.utf8) ?? .other(id.text)
        }

        /// Reads exactly what `text` writes; nil for anything else.
        private static func numbered(_ name: String.UTF8View) -> Form? {
            var (day, count, digits): (UInt32, UInt32, Int) = (0, 0, 0)
            var index = -1
            for byte in name {
                index += 1
                switch index {
                case 0, 1, 2, 3, 8, 11, 14:
                    guard byte == start[index] else { return nil }
                default:
                    guard (48...57).contains(byte) else { return nil }
                    guard index > 14 else {
                        day = day * 10 + UInt32(byte - 48)
                        continue
                    }
                    digits += 1
                    // Nine digits at most, so that it fits.
                    guard digits <= 9 else { return nil }
                    count = count * 10 + UInt32(byte - 48)
                    // Three at least, and no zero in front of more.
                    guard digits <= 3 || count >= 1000 else { return nil }
                }
            }
            return digits < 3 || day < 10_000_000 ? nil : .numbered(day: day, count: count)
        }

        private static let start = Array("chk-0000-00-00-".utf8)

        var id: CheckpointID {
            switch form {
            case .numbered(let day, let count): CheckpointID(Packed.text(day, count))
            case .other(let text): CheckpointID(text)
            }
        }

        private static func text(_ day: UInt32, _ count: UInt32) -> String {
            let (digits, number) = (String(day), String(count))
            guard digits.utf8.count == 8 else { return "" }
            return "chk-\(digits.prefix(4))-\(digits.dropFirst(4).prefix(2))-\(digits.suffix(2))-"
                + String(repeating: "0", count: max(0, 3 - number.utf8.count)) + number
        }
    }
}

/// The number raised at each claim of a run and compared at every write.
package struct FencingToken: Sendable, Hashable, Comparable {
    package let number: Int64

    package init(_ number: Int64) {
        self.number = number
    }

    package static func < (a: FencingToken, b: FencingToken) -> Bool { a.number < b.number }
}

/// One machine between two boots: what decides whether a process id can still mean the same process.
package struct HostIdentity: Sendable, Hashable {
    /// Stable identity of the machine.
    package let host: String
    /// Changes at every boot.
    package let boot: String

    package init(host: String, boot: String) {
        self.host = host
        self.boot = boot
    }
}

extension UInt8 {
    fileprivate var isASCIILetterOrDigit: Bool {
        (48...57).contains(self) || (65...90).contains(self) || (97...122).contains(self)
    }
}
