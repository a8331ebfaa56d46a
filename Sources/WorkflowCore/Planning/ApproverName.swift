internal import CEL
internal import JSON

/// What an approval may call an approver: a login, with or without its kind (`ada`, `login:ada`), or a user's number
/// (`uid:1000`).
package enum ApproverName {
    private static let kind = "login:"
    private static let number = "uid:"
    package static let bytesMax = 256

    /// As people are compared: without the kind that all of them are of.
    package static func plain(_ name: String) -> String {
        name.utf8.starts(with: kind.utf8) ? String(Substring(name.utf8.dropFirst(kind.utf8.count))) : name
    }

    /// Why no person can be called so, as the end of a sentence; nil for a name.
    package static func problem(_ name: String) -> String? {
        let plain = plain(name)
        let bytes = plain.utf8
        if bytes.isEmpty { return "is empty" }
        if bytes.contains(UInt8(ascii: ",")) { return "holds several names: write a list" }
        if bytes.contains(where: { $0 <= 0x20 || $0 == 0x7F }) || bytes.count > bytesMax {
            return "is not the name of a login"
        }
        guard bytes.contains(UInt8(ascii: ":")) else { return nil }
        let digits = bytes.dropFirst(number.utf8.count)
        if bytes.starts(with: number.utf8), !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) {
            return nil
        }
        return "is of a kind that nobody has here: write a login, or uid:N"
    }

    /// - Returns: the names as they are compared, or why they cannot be approvers.
    static func checked(_ names: [String]) -> Result<[String], ExpressionFailure> {
        if names.isEmpty { return .failure(invalid("the approvers are an empty list, so that nobody could approve")) }
        for name in names {
            if let problem = problem(name) { return .failure(invalid("the approver \(quoted(name)) \(problem)")) }
        }
        return .success(names.map(plain))
    }

    static func invalid(_ message: String) -> ExpressionFailure {
        ExpressionFailure(code: "approvers_invalid", message: message)
    }

    /// One entry of `approvers`, as its expression gave it: a list is as many names as it has.
    static func names(in value: JSONValue) throws(ExpressionFailure) -> [String] {
        switch value {
        case .string(let text): return [text]
        case .int(let number): return [String(number)]
        case .array(let elements):
            var names: [String] = []
            for element in elements {
                guard case .string(let text) = element else {
                    throw invalid("the list of approvers holds something that is no name")
                }
                names.append(text)
            }
            return names
        case .null, .bool, .double, .object:
            throw invalid("an approver is a name or a list of names, not \(value.kindForPeople)")
        }
    }
}

extension JSONValue {
    fileprivate var kindForPeople: String {
        switch self {
        case .null: "null"
        case .bool: "true or false"
        case .double: "a number with a fraction"
        case .object: "an object"
        case .int, .string, .array: "a value"
        }
    }
}

extension ExpressionScope {
    /// Who may answer.
    ///
    /// - Returns: not empty, where the definition names approvers.
    func approvers(of approval: Approval) throws(ExpressionFailure) -> [String] {
        guard !approval.approvers.isEmpty else { return [] }
        var names: [String] = []
        for template in approval.approvers {
            guard let expression = template.wholeExpression else {
                names.append(try text(of: template))
                continue
            }
            let value = try self.value(of: expression)
            let json: JSONValue
            do throws(CELError) { json = try value.json() } catch {
                throw ExpressionFailure(message: "`\(expression.source)`: \(error.message)")
            }
            names += try ApproverName.names(in: json)
        }
        return try ApproverName.checked(names).get()
    }
}

extension PlanScope {
    /// The same, as far as it is known before the run.
    func approvers(of approval: Approval) -> [PlannedText] {
        var planned: [PlannedText] = []
        for template in approval.approvers {
            let text = text(of: template)
            guard let expression = template.wholeExpression, case .known(let value) = outcome(of: expression) else {
                planned.append(text)
                continue
            }
            do {
                planned += try ApproverName.names(in: value.json()).map { PlannedText(text: $0, isKnown: true) }
            } catch let failure as ExpressionFailure {
                planned.append(
                    PlannedText(text: "${{ \(expression.source) }}", isKnown: false, problem: failure.message))
            } catch {
                planned.append(text)
            }
        }
        guard !approval.approvers.isEmpty else { return [] }
        if planned.isEmpty, case .failure(let failure) = ApproverName.checked([]) {
            return [PlannedText(text: "[]", isKnown: false, problem: failure.message)]
        }
        for index in planned.indices where planned[index].isKnown {
            if case .failure(let failure) = ApproverName.checked([planned[index].text]) {
                planned[index].problem = failure.message
            }
        }
        return planned
    }
}
