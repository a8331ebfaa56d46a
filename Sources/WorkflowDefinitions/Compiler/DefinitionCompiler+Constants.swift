import CEL
import JSON
import WorkflowCore

// Constants in places that may hold expressions are read when the file is, as a run would read them in their turn.
// Stored definitions are left alone: a run goes on with what it began with.

extension DefinitionCompiler {
    /// The longest text of an environment variable, name and all: the kernel refuses longer ones.
    private static let variableBytesMax = 131_071
    /// Keys of more items than this are left to the run.
    private static let keysMax = 10_000

    // MARK: What the file alone decides

    /// The text of a template that no run can change; nil where it depends on a run, or has no value.
    func constantText(_ template: Template?) -> String? {
        guard sources != nil, let template else { return nil }
        var text = ""
        for part in template.parts {
            switch part {
            case .text(let piece): text += piece
            case .expression(let expression):
                guard let value = ConstantExpression.value(of: expression), let shown = try? value.textForm() else {
                    return nil
                }
                text += shown
            }
        }
        return text
    }

    private func constantValue(_ template: ValueTemplate) -> JSONValue? {
        switch template {
        case .null: return .null
        case .bool(let value): return .bool(value)
        case .int(let value): return .int(value)
        case .double(let value): return .double(value)
        case .text(let template):
            guard let expression = template.wholeExpression else { return constantText(template).map(JSONValue.string) }
            return try? ConstantExpression.value(of: expression)?.json()
        case .array(let elements):
            var array: [JSONValue] = []
            for element in elements {
                guard let value = constantValue(element) else { return nil }
                array.append(value)
            }
            return .array(array)
        case .object(let members):
            var object: [String: JSONValue] = [:]
            for member in members {
                guard let value = constantValue(member.value) else { return nil }
                object[member.name] = value
            }
            return .object(object)
        }
    }

    // MARK: Places

    func checkInstant(_ template: Template?, _ node: Node, _ what: String) {
        guard let text = constantText(template) else { return }
        guard let instant = Timestamp(instant: text) else {
            let problem = WrittenInstant(text).problem
            problems.error(
                .invalidValue, "\(what) \(problem.message)", at: node.position, suggestion: problem.suggestion)
            return
        }
        guard let now else { return }
        if instant.since(now) > .longest {
            problems.error(
                .outOfRange, "\(what) is more than 366 days away, which is the longest wait", at: node.position,
                suggestion: "start the run later, by cron or a systemd timer")
        } else if instant <= now {
            problems.warning(
                .uselessKey, "\(what) is over already, so the step does not wait", at: node.position,
                suggestion: "write an instant to come, or take the step out")
        }
    }

    func checkDuration(_ template: Template?, _ node: Node, _ what: String) {
        guard let text = constantText(template) else { return }
        _ = read.duration(Node(.string(text), position: node.position), what)
    }

    /// The name of a lock, a group or a signal.
    func checkStoreName(_ template: Template?, _ node: Node, _ what: String) {
        guard let text = constantText(template), !RunMachine.isLockName(text) else { return }
        problems.error(
            .invalidName, "\(what) has 1 to 200 bytes and no control characters, not \(quoted(text))",
            at: node.position)
    }

    func checkLocks(_ count: Int, _ node: Node, _ owner: String) {
        guard sources != nil, count > RunMachine.locksMax else { return }
        problems.error(
            .outOfRange, "\(owner) asks for \(count) locks; the limit is \(RunMachine.locksMax)", at: node.position,
            suggestion: "name what they stand for together by one lock")
    }

    func checkApprover(_ template: Template?, _ node: Node, _ what: String) {
        guard let text = constantText(template) else { return }
        if text.utf8.contains(UInt8(ascii: ",")) {
            let names = text.split(separator: ",").map { $0.drop { $0 == " " } }
            problems.error(
                .invalidName, "\(what) is one name, not \(quoted(text))", at: node.position,
                suggestion: "write approvers: [\(names.joined(separator: ", "))]")
        } else if ApproverName.problem(text) != nil {
            problems.error(
                .invalidName, "\(what) is the name of a login, or uid:N, not \(quoted(text))", at: node.position,
                suggestion: "`id -un` prints one's own")
        }
    }

    /// A path is taken as it is: no shell reads it.
    func checkPath(_ text: String?, _ node: Node, _ what: String) {
        guard sources != nil, let text else { return }
        if text.utf8.contains(0) {
            problems.error(.invalidValue, "\(what) has a NUL character in it", at: node.position)
        } else if text.hasPrefix("~") {
            problems.error(
                .invalidValue, "\(what) begins with \"~\", which only a shell expands", at: node.position,
                suggestion: "write the path out, or ./\(text) if the folder is called so")
        } else if let variable = PlainVariable.first(in: text) {
            problems.warning(
                .invalidValue, "\(what) has \(variable) in it, which only a shell expands", at: node.position,
                suggestion: "write the path out, or ${{ … }} of a parameter or of env")
        }
    }

    func checkEnvironmentValue(_ template: Template?, _ entry: Node.Entry, _ what: String) {
        guard let text = constantText(template) else { return }
        if text.utf8.contains(0) {
            problems.error(.invalidValue, "\(what) has a NUL character in it", at: entry.value.position)
        } else if entry.key.utf8.count + 1 + text.utf8.count > DefinitionCompiler.variableBytesMax {
            problems.error(
                .outOfRange, "\(what) has \(text.utf8.count) bytes; a variable may have 128 KiB",
                at: entry.value.position,
                suggestion: "keep it in a file, and hand over its name")
        }
    }

    /// Keys that the file alone decides, read as a run reads them when it comes to the step.
    func checkKeys(_ foreach: Foreach, _ items: Node, _ key: Node, _ what: String) {
        guard sources != nil, let expression = foreach.key,
            ConstantExpression.isConstant(expression, but: foreach.variable),
            case .array(let values)? = constantValue(foreach.items), values.count <= DefinitionCompiler.keysMax
        else { return }
        var keys = ItemKeys(reserving: values.count)
        for (position, value) in values.enumerated() {
            let variables = CELVariables([foreach.variable: CELValue(value)])
            do throws(ExpressionFailure) {
                let text: String
                do throws(CELError) {
                    text = try expression.evaluate(in: variables).textForm()
                } catch {
                    throw ExpressionFailure(message: "the key of item \(position): \(error.message)")
                }
                try keys.add(text)
            } catch {
                var place = key.position
                if case .list(let nodes) = items.value, nodes.indices.contains(position) {
                    place = nodes[position].position
                }
                problems.error(.invalidValue, "the items of \(what): \(error.message)", at: place)
                return
            }
        }
    }

    /// A loop that only its limit ends.
    func checkUntil(_ expression: CELExpression?, _ node: Node, _ what: String, limit: Int?) {
        guard sources != nil, let expression, ConstantExpression.value(of: expression) == .bool(false) else { return }
        problems.warning(
            .uselessKey,
            "\"until\" of \(what) is always false, so the step fails after \(limit.map { "\($0)" } ?? "all") passes",
            at: node.position, suggestion: "ask for an output of the step")
    }

    /// Expressions are not evaluated there, and people think that they are.
    func warnAboutExpression(_ node: Node?, _ what: String) {
        guard sources != nil, let node, let text = node.text, TemplateScanner.containsExpression(text) else { return }
        problems.warning(
            .plainBraces, "expressions are not evaluated in \(what)", at: node.position, suggestion: "write it out")
    }
}

/// Expressions whose value no run can change.
enum ConstantExpression {
    /// Enough for whatever somebody writes, and far less than a second.
    private static let limits = CELLimits(cost: 200_000)
    private static let known = Set(CELExpression.knownFunctions)

    /// - Parameter variable: one that it may look at all the same.
    static func isConstant(_ expression: CELExpression, but variable: String? = nil) -> Bool {
        expression.references.allSatisfy { $0.path.first == variable }
            && expression.calledFunctions.allSatisfy { known.contains($0.name) }
    }

    static func value(of expression: CELExpression) -> CELValue? {
        guard isConstant(expression) else { return nil }
        return try? expression.evaluate(in: CELVariables([:]), limits: limits)
    }

    /// Why it has no value in any run; nil where it has one, or may.
    static func problem(with expression: CELExpression) -> CELError? {
        guard isConstant(expression) else { return nil }
        do throws(CELError) {
            _ = try expression.evaluate(in: CELVariables([:]), limits: limits)
            return nil
        } catch {
            switch error.code {
            // Told already, or only too much for here.
            case .unknownFunction, .undeclaredReference, .costExceeded, .resultTooLarge: return nil
            default: return error
            }
        }
    }

    /// Parts of an expression that have no value whatever the rest has: patterns that are none, conversions of
    /// literals.
    static func failingParts(of expression: CELExpression) -> [(message: String, offset: Int)] {
        let tree = expression.tree
        func literal(_ id: CELNode.ID) -> CELValue? {
            if case .literal(let value) = tree[id].kind { return value }
            return nil
        }
        var failing: [(String, Int)] = []
        for node in tree.nodes {
            switch node.kind {
            case .call("matches", let target, let arguments):
                guard let id = arguments.last, arguments.count == (target == nil ? 2 : 1),
                    case .string(let pattern)? = literal(id), let problem = PatternMatcher.problem(with: pattern)
                else { continue }
                failing.append(("the pattern of matches() is not RE2 syntax: \(problem)", tree[id].offset))
            case .call(let name, nil, let arguments) where conversions.contains(name):
                guard arguments.count == 1, let value = literal(arguments[0]),
                    let call = try? CELExpression(parsing: "\(name)(x)")
                else { continue }
                do throws(CELError) {
                    _ = try call.evaluate(in: CELVariables(["x": value]))
                } catch {
                    failing.append((error.message, node.offset))
                }
            case .binary(.divide, _, let right), .binary(.remainder, _, let right):
                guard literal(right) == .int(0) else { continue }
                failing.append(("division by zero", node.offset))
            default: continue
            }
        }
        return failing.map { (message: $0.0, offset: $0.1) }
    }

    private static let conversions: Set<String> = [
        "timestamp", "duration", "int", "uint", "double", "bool", "fromJSON",
    ]
}

/// `$HOME` and `${HOME}` in a text that no shell reads.
private enum PlainVariable {
    static func first(in text: String) -> String? {
        let bytes = Array(text.utf8)
        for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "$") {
            var rest = bytes[(index + 1)...]
            let isBraced = rest.first == UInt8(ascii: "{")
            if isBraced { rest = rest.dropFirst() }
            let name = rest.prefix { NameRules.isNamePart($0) && $0 != UInt8(ascii: "-") }
            guard let first = name.first, !CoreSchema.isDigit(first) else { continue }
            return isBraced
                ? "${\(String(decoding: name, as: UTF8.self))}" : "$\(String(decoding: name, as: UTF8.self))"
        }
        return nil
    }
}
