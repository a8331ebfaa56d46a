import JSON

/// One line of the head of a request or an answer.
struct HeaderField: Equatable {
    /// As it was written.
    var name: String
    var value: String

    init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// Names are compared without regard to ASCII case (RFC 9110, section 5.1).
    var key: String { HeaderField.key(name) }

    static func key(_ name: String) -> String {
        String(
            decoding: name.utf8.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 },
            as: UTF8.self)
    }

    /// A `token` of RFC 9110, section 5.6.2.
    static func isName(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }

    /// No line end and no other control character but the tab, so that a value stays one line.
    static func isValue(_ text: String) -> Bool {
        text.utf8.allSatisfy { ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 }
    }
}

/// The head of an answer, line by line as it comes in.
struct AnswerHead {
    private(set) var fields: [HeaderField] = []
    private(set) var bytes = 0
    /// Whether more of it is to come: the empty line at its end was not there yet.
    private(set) var isOpen = true

    /// What is longer ends the transfer.
    static let bytesMax = 256 << 10

    /// Takes one line with its end. An interim answer (1xx) is replaced by the one that follows it; trailers are not
    /// taken, as RFC 9110 asks (section 6.5.1).
    mutating func take(_ line: [UInt8]) {
        bytes += line.count
        var line = line[...]
        while let last = line.last, last == 0x0D || last == 0x0A { line.removeLast() }
        if line.starts(with: "HTTP/".utf8) {
            fields = []
            isOpen = true
        } else if line.isEmpty {
            isOpen = false
        } else if isOpen {
            add(line)
        }
    }

    private mutating func add(_ line: ArraySlice<UInt8>) {
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
        let isFolded = isSpace(line[line.startIndex])
        let colon = line.firstIndex(of: UInt8(ascii: ":"))
        var value = isFolded ? line : colon.map { line[($0 + 1)...] } ?? []
        while let first = value.first, isSpace(first) { value.removeFirst() }
        while let last = value.last, isSpace(last) { value.removeLast() }
        if isFolded {
            guard let last = fields.indices.last else { return }
            fields[last].value += " " + AnswerHead.text(value)
        } else if let colon {
            fields.append(HeaderField(AnswerHead.text(line[..<colon]), AnswerHead.text(value)))
        }
    }

    /// UTF-8, or else ISO 8859-1, as of old.
    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        String(validating: bytes, as: UTF8.self)
            ?? String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }
}

extension [HeaderField] {
    /// The values of a name, in their order, joined as RFC 9110 allows (section 5.3).
    func value(_ key: String) -> String? {
        let values = filter { $0.key.isSame(as: key) }.map(\.value)
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }

    /// The output `headers`: names in small letters, repeated ones joined with `, `. Only `set-cookie` cannot be
    /// joined: it is a list, also where there is one.
    var json: JSONValue {
        var members: [String: JSONValue] = [:]
        for field in self where members[field.key] == nil {
            members[field.key] =
                field.key.isSame(as: "set-cookie")
                ? .array(filter { $0.key.isSame(as: "set-cookie") }.map { .string($0.value) })
                : .string(value(field.key) ?? "")
        }
        return .object(members)
    }
}
