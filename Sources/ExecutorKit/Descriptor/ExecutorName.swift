/// The name of a call: `GROUP/OPERATION`.
package struct ExecutorName: Sendable, Hashable {
    package let group: String
    package let operation: String

    package var text: String { "\(group)/\(operation)" }

    package init(group: String, operation: String) {
        self.group = group
        self.operation = operation
    }

    /// nil for a text that is no such name.
    package init?(parsing text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, ExecutorName.isGroup(String(parts[0])), ExecutorName.isOperation(String(parts[1]))
        else { return nil }
        self.init(group: String(parts[0]), operation: String(parts[1]))
    }

    package static let lettersMax = 64
    /// A group is a part of a program's name, so it holds nothing that a shell or a path reads.
    package static let pattern = "^[a-z][a-z0-9-]{0,63}$"
    package static let operationPattern = "^[a-z][a-z0-9_-]{0,63}$"

    /// Of `GROUP/OPERATION`.
    package static let fullPattern = "^[a-z][a-z0-9-]{0,63}/[a-z][a-z0-9_-]{0,63}$"

    package static func isGroup(_ text: String) -> Bool { isName(text, alsoUnderscore: false) }
    package static func isOperation(_ text: String) -> Bool { isName(text, alsoUnderscore: true) }

    private static func isName(_ text: String, alsoUnderscore: Bool) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count <= lettersMax, let first = bytes.first, isLetter(first) else { return false }
        return bytes.allSatisfy {
            isLetter($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
                || (alsoUnderscore && $0 == UInt8(ascii: "_"))
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }
}
