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
            ? "what \(step) asks of \(before) is written otherwise"
            : "\(freed.joined(separator: ", ")) no longer comes after \(step), which asks \(before)"
    }
}

extension RunState {
    /// The approvals that have not been given, or are to be given again, whose approvers would not be heard any more.
    ///
    /// - Parameter repeated: what the move repeats.
    func approverChanges(to other: Program, repeated: [String]) -> [ApproverChange] {
        let again = Set(repeated.map(ExactText.init))
        var told: Set<Int> = []
        return program.topLevel.flatMap { approvalsLeft(inside: $0, again: again) }.compactMap { left in
            guard told.insert(left.line).inserted else { return nil }
            return change(of: left, in: other)
        }
    }

    private func change(of left: ApprovalLeft, in other: Program) -> ApproverChange? {
        var change = ApproverChange(step: left.step, approvers: left.approvers)
        guard let line = other.number(ofStep: program.lines[left.line].step.name),
            case .approval(let before) = program.lines[left.line].step.action,
            case .approval(let after) = other.lines[line].step.action
        else { return change }
        let namesSame =
            before.approvers == after.approvers && (before.isConstant || seesTheSame(left.line, line, other))
        change.others = namesSame ? left.approvers : after.writtenApprovers
        change.freed = freed(from: left.line, line, other)
        return namesSame && change.freed.isEmpty && letsPassTheSame(left.line, line, other) ? nil : change
    }

    /// Expressions in both give the same, as far as it is the definitions that decide.
    private func seesTheSame(_ line: Int, _ otherLine: Int, _ other: Program) -> Bool {
        func levels(_ program: Program, _ line: Int) -> [[EnvironmentVariable]] {
            let stage = program.lines[line].stage.map { program.definition.stages[$0].environment }
            return [program.definition.environment, stage ?? [], program.lines[line].step.environment]
        }
        return levels(program, line) == levels(other, otherLine)
    }

    /// Both are passed on the same conditions: the words of the question alone may differ.
    private func letsPassTheSame(_ line: Int, _ otherLine: Int, _ other: Program) -> Bool {
        guard program.lines[line].step.isPassedAs(other.lines[otherLine].step) else { return false }
        switch (program.lines[line].parent, other.lines[otherLine].parent) {
        case (nil, nil): return true
        case (let parent?, let otherParent?):
            return program.lines[parent].step.name.isSame(as: other.lines[otherParent].step.name)
                && letsPassTheSame(parent, otherParent, other)
        case (_, _): return false
        }
    }

    private func freed(from line: Int, _ otherLine: Int, _ other: Program) -> [String] {
        let after = other.lines(following: [otherLine])
        return program.lines(following: [line]).sorted().compactMap { following in
            let name = program.lines[following].step.name
            guard let there = other.number(ofStep: name), !after.contains(there), other.lines[there].stage != nil,
                number(ofStep: name).map({ !steps[$0].hasEnded }) ?? true
            else { return nil }
            return name
        }
    }
}

extension Approval {
    fileprivate var isConstant: Bool { approvers.allSatisfy { $0.constant != nil } }
}

extension Step {
    fileprivate func isPassedAs(_ other: Step) -> Bool { unprompted.isWrittenAs(other.unprompted) }

    private var unprompted: Step {
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
