internal import CEL
internal import JSON

/// An approval that a move to another definition takes from its approvers, or asks of others.
package struct ApproverChange: Sendable, Equatable {
    package var step: String
    /// Who could answer it before.
    package var approvers: [String]
    /// Who can answer it then; empty: anybody; nil: it is gone.
    package var others: [String]?
    /// Steps that waited for it, and do not any more.
    package var freed: [String] = []

    /// For people: `go asks lin, not ada`.
    package var told: String {
        let before = approvers.joined(separator: ", ")
        guard let others else { return "\(step) no longer asks \(before)" }
        if others.isEmpty { return "\(step) asks anybody, not \(before)" }
        if !others.elementsEqual(approvers, by: { $0.isSame(as: $1) }) {
            return "\(step) asks \(others.joined(separator: ", ")), not \(before)"
        }
        return freed.isEmpty
            ? "what \(step) asks of \(before), or what decides it, is written otherwise"
            : "\(freed.joined(separator: ", ")) no longer comes after \(step), which asks \(before)"
    }
}

extension RunState {
    /// The approvals that have not been given, or are to be given again, whose approvers would not be heard any more.
    ///
    /// - Parameter repeated: what the move repeats.
    func approverChanges(to other: Program, repeated: [String]) -> [ApproverChange] {
        let again = Set(repeated.map(ExactText.init))
        let comparison = DefinitionComparison(self, other, repeated: repeated)
        var seen: Set<Int> = []
        return program.topLevel.flatMap { approvalsLeft(inside: $0, again: again) }.compactMap { left in
            guard seen.insert(left.line).inserted else { return nil }
            return change(of: left, in: other, comparison, again: again)
        }
    }

    private func change(
        of left: ApprovalLeft, in other: Program, _ comparison: DefinitionComparison, again: Set<ExactText>
    ) -> ApproverChange? {
        var change = ApproverChange(step: left.step, approvers: left.approvers)
        guard let line = other.number(ofStep: program.lines[left.line].step.name),
            case .approval(let before) = program.lines[left.line].step.action,
            case .approval(let after) = other.lines[line].step.action
        else { return change }
        let pair = LinePair(line: left.line, otherLine: line)
        let namesSame =
            before.approvers == after.approvers
            && comparison.readSame(before.approvers.flatMap(\.expressions), at: pair)
        change.others = namesSame ? left.approvers : after.writtenApprovers
        change.freed = freedSteps(behind: pair, in: other, comparison, again: again)
        guard namesSame, change.freed.isEmpty, isDecidedAlike(pair, in: other, comparison) else { return change }
        return nil
    }

    /// The approval, and what holds it, are passed on the same conditions: the words of the question alone may differ.
    private func isDecidedAlike(_ pair: LinePair, in other: Program, _ comparison: DefinitionComparison) -> Bool {
        guard let pairs = comparison.pairAndHolders(pair) else { return false }
        return pairs.allSatisfy {
            program.lines[$0.line].step.isSameButForPrompt(other.lines[$0.otherLine].step)
        } && comparison.readSame(pairs)
    }

    /// What came after the approval and does not any more, and what comes after it and would start although it is
    /// rejected.
    private func freedSteps(
        behind approval: LinePair, in other: Program, _ comparison: DefinitionComparison, again: Set<ExactText>
    ) -> [String] {
        let after = other.lines(following: [approval.otherLine])
        return program.lines(following: [approval.line]).sorted().compactMap { line in
            let name = program.lines[line].step.name
            guard let otherLine = other.number(ofStep: name), other.lines[otherLine].stage != nil,
                number(ofStep: name).map({ !steps[$0].hasEnded || again.contains(ExactText(name)) }) ?? true
            else { return nil }
            let isFreed =
                !after.contains(otherLine)
                || startsDespiteRejection(
                    LinePair(line: line, otherLine: otherLine), of: approval, in: other, comparison)
            return isFreed ? name : nil
        }
    }

    /// It would start once the approval is rejected, and would not have, or under other conditions.
    private func startsDespiteRejection(
        _ pair: LinePair, of approval: LinePair, in other: Program, _ comparison: DefinitionComparison
    ) -> Bool {
        guard let after = other.conditions(ofLine: pair.otherLine, onFailureOf: approval.otherLine) else {
            return false
        }
        guard let before = program.conditions(ofLine: pair.line, onFailureOf: approval.line) else { return true }
        return !before.allSatisfy { condition in
            after.contains {
                $0.expression == condition.expression
                    && comparison.readsSameValues(
                        condition.expression, at: LinePair(line: condition.line, otherLine: $0.line))
            }
        }
    }
}

extension Program {
    /// What has to hold for a line to start after another one has failed; nil where it does not start.
    ///
    /// The outermost step around it that does not hold the other one decides whether it starts after a failure. A stage
    /// behind a failed one is not entered.
    fileprivate func conditions(
        ofLine line: Int, onFailureOf failed: Int
    ) -> [(line: Int, expression: CELExpression)]? {
        guard lines[line].stage == lines[failed].stage else { return nil }
        var holders: Set<Int> = []
        var holder = lines[failed].parent
        while let current = holder {
            holders.insert(current)
            holder = lines[current].parent
        }
        var conditions: [(line: Int, expression: CELExpression)] = []
        var current = line
        while true {
            if let expression = lines[current].step.condition?.expression, !expression.holdsAfterFailure {
                conditions.append((line: current, expression: expression))
            }
            guard let parent = lines[current].parent, !holders.contains(parent) else { break }
            current = parent
        }
        return lines[current].runsAfterFailure ? conditions : nil
    }
}

extension CELExpression {
    /// It is `always()` or `failure()`, and nothing else.
    fileprivate var holdsAfterFailure: Bool {
        guard case .call(let name, nil, let arguments) = root.kind, arguments.isEmpty else { return false }
        return name == "always" || name == "failure"
    }
}

extension Step {
    /// The environment is compared as far as it is read.
    fileprivate func isSameButForPrompt(_ other: Step) -> Bool {
        withoutPrompt.isWrittenAs(other.withoutPrompt)
    }

    private var withoutPrompt: Step {
        var step = self
        step.environment = []
        if case .approval(var approval) = action {
            approval.prompt = Template(text: "")
            step.action = .approval(approval)
        }
        return step
    }
}

// MARK: - In the journal

extension ApproverChange {
    var payload: JSONValue {
        object(
            ["step": .string(step), "approvers": .array(approvers.map { .string($0) })],
            [
                "others": others.map { .array($0.map { .string($0) }) },
                "freed": freed.isEmpty ? nil : .array(freed.map { .string($0) }),
            ])
    }

    init(_ reader: PayloadReader) throws(FactError) {
        self.init(
            step: try reader.text("step"), approvers: try reader.textList("approvers"),
            others: reader.members["others"] == nil ? nil : try reader.textList("others"),
            freed: reader.members["freed"] == nil ? [] : try reader.textList("freed"))
    }
}
