internal import CEL
package import JSON

extension ExecutorDescriptor {
    /// Reads what `describe` printed. Unknown members are ignored; an unknown protocol is refused.
    package init(parsing bytes: [UInt8]) throws(DescriptorError) {
        guard bytes.count <= ExecutorDescriptor.bytesMax else {
            throw DescriptorError(
                .tooLarge, "it has more than \(ExecutorDescriptor.bytesMax >> 20) MiB, which is the limit")
        }
        let json: JSONValue
        do throws(JSONError) {
            json = try JSONValue(parsing: bytes, limits: JSONLimits(bytes: ExecutorDescriptor.bytesMax, depth: 64))
        } catch {
            throw DescriptorError(.notJSON, "it is not one JSON object: \(error)")
        }
        try self.init(json)
    }

    package init(_ json: JSONValue) throws(DescriptorError) {
        let top = try DescriptorMembers(json, "the descriptor")
        let number = try top.needed("protocol")
        guard case .int(ExecutorDescriptor.protocolNumber) = number else {
            throw DescriptorError(
                .unknownProtocol,
                "it speaks protocol \((try? number.compactText()) ?? "?"), and this version speaks "
                    + "\(ExecutorDescriptor.protocolNumber) alone: use an executor for that, or another workflow"
            )
        }
        let group = try top.text("group")
        guard ExecutorName.isGroup(group) else {
            throw DescriptorError(
                .invalidMember, "\"group\" must match \(ExecutorName.pattern), and is \"\(group.shortened)\"")
        }
        let version = try top.text("version")
        let operations = try DescriptorMembers(try top.needed("operations"), "\"operations\"")
        guard !operations.members.isEmpty else {
            throw DescriptorError(.invalidMember, "\"operations\" is empty: name at least one")
        }
        var read: [Operation] = []
        for (name, value) in operations.sorted {
            guard ExecutorName.isOperation(name) else {
                throw DescriptorError(
                    .invalidMember,
                    "the operation \"\(name.shortened)\" must match \(ExecutorName.operationPattern)")
            }
            read.append(try Operation(name, try DescriptorMembers(value, "operation \"\(name)\"")))
        }
        self.init(group: group, version: version, operations: read)
    }
}

extension ExecutorDescriptor.Operation {
    fileprivate init(_ name: String, _ members: DescriptorMembers) throws(DescriptorError) {
        let what = members.what
        let with = try JSONSchema(try members.needed("with"), at: "\"with\" of \(what)")
        guard with.types == [.object] else {
            throw DescriptorError(.invalidMember, "\"with\" of \(what) must have type: object, as a step's with is one")
        }
        var outputs: [ExecutorDescriptor.Output] = []
        if let value = members["outputs"] {
            for (output, schema) in try DescriptorMembers(value, "\"outputs\" of \(what)").sorted {
                outputs.append(
                    ExecutorDescriptor.Output(
                        name: output, schema: try JSONSchema(schema, at: "output \"\(output.shortened)\" of \(what)")))
            }
        }
        var needs: [ExecutorDescriptor.Need] = []
        if let value = members["needs"] {
            for (program, range) in try DescriptorMembers(value, "\"needs\" of \(what)").sorted {
                guard let text = range.stringValue, let range = VersionRange(parsing: text) else {
                    throw DescriptorError(
                        .invalidMember,
                        "\"needs\" of \(what): the range of \"\(program.shortened)\" must be a text such as "
                            + "\">=1.5 <2\" or \"*\"")
                }
                needs.append(ExecutorDescriptor.Need(program: program, range: range))
            }
        }
        self.init(
            name: name, summary: try members.text("summary"), with: with, outputs: outputs,
            effect: try OperationEffect(try members.needed("effect"), what),
            supports: try members.words("supports", ExecutorDescriptor.Verb.self),
            stop: try members["stop"].map { value throws(DescriptorError) in try StopPolicy(value, what) },
            needs: needs,
            example: try members["example"].map { _ throws(DescriptorError) in try members.text("example") })
    }
}

extension OperationEffect {
    package init(_ json: JSONValue, _ what: String) throws(DescriptorError) {
        let words = OperationEffect.Word.allCases.map(\.rawValue).joined(separator: ", ")
        if let text = json.stringValue, let word = Word(rawValue: text) {
            self = .word(word)
        } else if let source = json["cel"]?.stringValue {
            do throws(CELError) {
                self = .computed(try CELExpression(parsing: source))
            } catch {
                throw DescriptorError(.invalidMember, "\"effect\" of \(what) is no expression: \(error.message)")
            }
        } else {
            throw DescriptorError(
                .invalidMember, "\"effect\" of \(what) must be one of \(words), or {\"cel\": EXPRESSION} over with")
        }
    }
}

extension StopPolicy {
    package init(_ json: JSONValue, _ what: String) throws(DescriptorError) {
        let members = try DescriptorMembers(json, "\"stop\" of \(what)")
        var policy = StopPolicy.default
        if members["signal"] != nil {
            let text = try members.text("signal")
            guard let signal = Signal(rawValue: text.hasPrefix("SIG") ? String(text.dropFirst(3)) : text) else {
                let signals = Signal.allCases.map(\.rawValue).joined(separator: ", ")
                throw DescriptorError(.invalidMember, "\"signal\" of \(members.what) must be one of \(signals)")
            }
            policy.signal = signal
        }
        policy.to = try members.word("to", Receiver.self) ?? policy.to
        policy.kill = try members.word("kill", Kill.self) ?? policy.kill
        if members["grace"] != nil {
            guard let grace = StopPolicy.milliseconds(try members.text("grace")) else {
                throw DescriptorError(
                    .invalidMember, "\"grace\" of \(members.what) must be a duration such as 10s or 5m")
            }
            policy.graceMilliseconds = grace
        }
        self = policy
    }

    private static func milliseconds(_ text: String) -> Int64? {
        let units: [(String, Int64)] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)]
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int64(digits), let unit = units.first(where: { $0.0 == text.dropFirst(digits.count) })
        else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: unit.1)
        return overflow || product > 366 * 86_400_000 ? nil : product
    }
}

/// The members of one object of a descriptor, with words for what is wrong with them.
struct DescriptorMembers {
    let members: [String: JSONValue]
    let what: String

    init(_ json: JSONValue, _ what: String) throws(DescriptorError) {
        guard let members = json.objectValue else {
            throw DescriptorError(.invalidMember, "\(what) must be an object")
        }
        self.members = members
        self.what = what
    }

    subscript(name: String) -> JSONValue? { members[name] }

    var sorted: [(String, JSONValue)] {
        members.sorted { JSONText.precedes($0.key, $1.key) }.map { ($0.key, $0.value) }
    }

    func needed(_ name: String) throws(DescriptorError) -> JSONValue {
        guard let value = members[name] else {
            throw DescriptorError(.missingMember, "\(what) has no \"\(name)\"")
        }
        return value
    }

    func text(_ name: String) throws(DescriptorError) -> String {
        guard let text = try needed(name).stringValue, !text.isEmpty else {
            throw DescriptorError(.invalidMember, "\"\(name)\" of \(what) must be a text that is not empty")
        }
        return text
    }

    func word<Word: RawRepresentable & CaseIterable>(
        _ name: String, _: Word.Type
    ) throws(DescriptorError) -> Word? where Word.RawValue == String {
        guard let value = members[name] else { return nil }
        guard let word = value.stringValue.flatMap(Word.init(rawValue:)) else { throw notAWord(name, Word.self) }
        return word
    }

    func words<Word: RawRepresentable & CaseIterable>(
        _ name: String, _: Word.Type
    ) throws(DescriptorError) -> [Word] where Word.RawValue == String {
        guard let value = members[name] else { return [] }
        guard let list = value.arrayValue else {
            throw DescriptorError(.invalidMember, "\"\(name)\" of \(what) must be a list")
        }
        // A later version may support more.
        return list.compactMap { $0.stringValue.flatMap(Word.init(rawValue:)) }
    }

    private func notAWord<Word: RawRepresentable & CaseIterable>(
        _ name: String, _: Word.Type
    ) -> DescriptorError where Word.RawValue == String {
        DescriptorError(
            .invalidMember,
            "\"\(name)\" of \(what) must be one of \(Word.allCases.map(\.rawValue).joined(separator: ", "))")
    }
}

extension String {
    /// What is quoted in a message.
    var shortened: String { count <= 80 ? self : String(prefix(79)) + "…" }
}
