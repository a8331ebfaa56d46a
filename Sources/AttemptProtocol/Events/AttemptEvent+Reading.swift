package import JSON

extension AttemptEvent {
    /// Names are as those of outputs.
    package static let nameBytesMax = 256
    package static let codeBytesMax = 64
    package static let messageBytesMax = 4096
    /// A name of a file has 255 bytes, and a draft's is longer.
    package static let artifactNameBytesMax = 200

    /// The event that a line holds. Members that no event has are passed over.
    package init(parsing value: JSONValue) throws(EventProblem) {
        guard case .object(let members) = value else { throw EventProblem("it is no JSON object") }
        guard case .string(let name)? = members["type"] else {
            throw EventProblem("it has no member type that is a text")
        }
        guard let kind = Kind(rawValue: name) else {
            let known = Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw EventProblem("\(Self.shown(name)) is no type of event; the types are \(known)")
        }
        try self.init(kind, EventMembers(kind: kind, members: members))
    }

    /// The event that was kept as `value`.
    package init(kept value: JSONValue) throws(EventProblem) {
        try self.init(parsing: value)
        guard case .artifact(var artifact) = self else { return }
        guard case .int(let bytes)? = value["bytes"], case .string(let sha256)? = value["sha256"],
            sha256.utf8.count == 64
        else {
            throw EventProblem("the artifact \(artifact.name) has no bytes or SHA-256, and was kept")
        }
        artifact.kept = ArtifactEvent.Kept(bytes: bytes, sha256: sha256)
        self = .artifact(artifact)
    }

    private init(_ kind: Kind, _ members: EventMembers) throws(EventProblem) {
        switch kind {
        case .progress:
            let progress = AttemptProgress(
                message: try members.optionalText("message", bytesMax: Self.messageBytesMax),
                done: try members.figure("done"), total: try members.figure("total"))
            guard progress != AttemptProgress() else { throw members.problem("neither message nor done") }
            self = .progress(progress)
        case .output:
            let name = try members.text("name", bytesMax: Self.nameBytesMax)
            guard Self.isName(name) else {
                throw members.problem(
                    "the name \(Self.shown(name)); use a letter or _, then letters, digits, _ and -")
            }
            guard let value = members["value"] else { throw members.problem("no value") }
            if case .string(let text) = value {
                guard !text.utf8.contains(0) else { throw members.problem("a NUL character in its value") }
                self = .output(name: name, value: text)
            } else {
                guard let text = try? value.compactText() else { throw members.problem("a value that is too deep") }
                self = .output(name: name, value: text)
            }
        case .mask:
            let value = try members.text("value", bytesMax: EventLimits.lineBytesMax)
            guard value.utf8.count >= SecretForms.bytesMin else {
                throw members.problem(
                    "a value shorter than \(SecretForms.bytesMin) bytes; masking it would blank out ordinary text")
            }
            self = .mask(value)
        case .record:
            self = .record(
                kind: try members.text("kind", bytesMax: Self.nameBytesMax), data: members["data"] ?? .null)
        case .usage: self = .usage(try members.usage())
        case .artifact:
            let name = try members.text("name", bytesMax: Self.artifactNameBytesMax)
            guard Self.isFileName(name) else {
                throw members.problem("the name \(Self.shown(name)); use letters, digits, dots, _ and -")
            }
            let path = try members.text("path", bytesMax: 4095)
            guard !path.utf8.contains(0) else { throw members.problem("a NUL character in its path") }
            self = .artifact(
                ArtifactEvent(name: name, path: path, mediaType: try members.optionalText("media_type", bytesMax: 255)))
        case .failure: self = .failure(try members.failure())
        }
    }

    static func isName(_ text: String) -> Bool {
        text.utf8.enumerated().allSatisfy { index, byte in
            switch byte {
            case 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"): true
            case 0x30...0x39, UInt8(ascii: "-"): index > 0
            default: false
            }
        }
    }

    private static func isFileName(_ text: String) -> Bool {
        text.utf8.first != UInt8(ascii: ".")
            && text.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                    || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
            }
    }

    /// A text of a step in a message: in quotes, short, and plain.
    static func shown(_ text: String) -> String {
        let plain = text.unicodeScalars.prefix(40).map { $0.value < 0x20 || $0.value == 0x7F ? "?" : String($0) }
        return "\"\(plain.joined())\"" + (text.unicodeScalars.count > 40 ? "…" : "")
    }
}

/// Typed access to the members of an event.
private struct EventMembers {
    let kind: AttemptEvent.Kind
    let members: [String: JSONValue]

    subscript(_ name: String) -> JSONValue? { members[name] }

    func problem(_ what: String) -> EventProblem { EventProblem("a \(kind.rawValue) event has \(what)") }

    func text(_ name: String, bytesMax: Int) throws(EventProblem) -> String {
        guard let text = try optionalText(name, bytesMax: bytesMax), !text.isEmpty else {
            throw problem("no member \(name)")
        }
        return text
    }

    func optionalText(_ name: String, bytesMax: Int) throws(EventProblem) -> String? {
        switch members[name] {
        case nil, .null?: return nil
        case .string(let text)?:
            guard text.utf8.count <= bytesMax else {
                throw problem("a member \(name) of \(text.utf8.count) bytes; it may have \(bytesMax)")
            }
            return text
        default: throw problem("a member \(name) that is no text")
        }
    }

    func figure(_ name: String) throws(EventProblem) -> Double? {
        let number: Double
        switch members[name] {
        case nil, .null?: return nil
        case .int(let value)?: number = Double(value)
        case .double(let value)?: number = value
        default: throw problem("a member \(name) that is no number")
        }
        guard number.isFinite, number >= 0 else { throw problem("a member \(name) below 0") }
        return number
    }

    func word<Word: RawRepresentable & CaseIterable>(_ name: String) throws(EventProblem) -> Word?
    where Word.RawValue == String {
        guard let text = try optionalText(name, bytesMax: 64) else { return nil }
        guard let word = Word(rawValue: text) else {
            let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
            throw problem("the \(name) \(AttemptEvent.shown(text)); it is one of \(words)")
        }
        return word
    }

    /// The known figures of a `usage` event.
    func usage() throws(EventProblem) -> [String: JSONValue] {
        var figures: [String: JSONValue] = [:]
        for name in ["agent", "model", "session"] {
            if let text = try optionalText(name, bytesMax: 256) { figures[name] = .string(text) }
        }
        for name in ["input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens"] {
            switch members[name] {
            case nil, .null?: break
            case .int(let count)? where count >= 0: figures[name] = .int(count)
            default: throw problem("a member \(name) that is no whole number from 0")
            }
        }
        if let cost = try optionalText("cost_usd", bytesMax: 64) {
            guard Self.isDecimal(cost) else { throw problem("a cost_usd that is no decimal text, such as \"0.0125\"") }
            figures["cost_usd"] = .string(cost)
        }
        switch members["cumulative"] {
        case nil, .null?: break
        case .bool(let isCumulative)?: figures["cumulative"] = .bool(isCumulative)
        default: throw problem("a member cumulative that is neither true nor false")
        }
        guard !figures.isEmpty else { throw problem("no figure") }
        return figures
    }

    func failure() throws(EventProblem) -> FailureEvent {
        let code = try text("code", bytesMax: AttemptEvent.codeBytesMax)
        guard AttemptEvent.isName(code) else {
            throw problem("the code \(AttemptEvent.shown(code)); use a letter, then letters, digits, _ and -")
        }
        let retry: FailureEvent.Retry? = try word("retry")
        // Kept events have it as a number of milliseconds.
        let after = if case .int(let kept)? = members["after_ms"], kept >= 0 { kept } else { try length("after") }
        if let after, retry == .never { throw problem("retry never and a wait of \(after) ms at once") }
        return FailureEvent(
            code: code, message: try optionalText("message", bytesMax: AttemptEvent.messageBytesMax) ?? code,
            retry: retry, afterMilliseconds: after, effect: try word("effect"))
    }

    /// A length of time: `"30s"` as in definitions, or a number of seconds. At most 366 days.
    private func length(_ name: String) throws(EventProblem) -> Int64? {
        let longest = 366.0 * 86_400_000
        var milliseconds: Double
        if case .string(let text)? = members[name] {
            let digits = text.prefix { $0.isASCII && $0.isNumber || $0 == "." }
            let factors = ["ms": 1.0, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000]
            guard let number = Double(digits), let factor = factors[String(text.dropFirst(digits.count))] else {
                throw problem("the \(name) \(AttemptEvent.shown(text)); write 500ms, 30s, 5m, 2h or 1d")
            }
            milliseconds = number * factor
        } else {
            guard let seconds = try figure(name) else { return nil }
            milliseconds = seconds * 1000
        }
        guard milliseconds <= longest else { throw problem("a member \(name) beyond 366d") }
        milliseconds = milliseconds.rounded(.up)
        return Int64(milliseconds)
    }

    private static func isDecimal(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return (1...2).contains(parts.count)
            && parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
    }
}
