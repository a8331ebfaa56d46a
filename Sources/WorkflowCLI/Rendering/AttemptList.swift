internal import WorkflowCore
internal import WorkflowExecutors
internal import WorkflowViews

/// Attempts as a table, in the order in which they began. Of many, those that did not succeed and the newest ones.
struct AttemptList {
    private static let rowsMax = 100
    private static let stepWidthMax = 32

    private let attempts: [AttemptAccount]
    private let screen: Screen
    private let namesStep: Bool

    /// - Parameter namesStep: false where all of them are of one step.
    init(_ attempts: [AttemptAccount], screen: Screen, namesStep: Bool = true) {
        self.attempts = attempts
        self.screen = screen
        self.namesStep = namesStep
    }

    func lines() -> [String] {
        guard !attempts.isEmpty else { return ["no attempt has begun"] }
        let withDay = attempts.contains { $0.startedAt.day != screen.now.day }
        let shown = shownPlaces()
        var table = Table((namesStep ? ["STEP"] : []) + ["ATTEMPT", "BEGAN (UTC)", "TOOK", "OUTCOME", "WHY"])
        for place in shown {
            let attempt = attempts[place]
            let step = screen.cut(text(attempt.step), to: Self.stepWidthMax)
            table.add(
                (namesStep ? [step] : []) + [
                    String(attempt.number), attempt.startedAt.clock(withDay: withDay), took(attempt),
                    attempt.word, why(attempt),
                ])
        }
        var lines = table.lines().map { screen.fitted($0) }
        if shown.count < attempts.count {
            lines.append(
                "… \(attempts.count - shown.count) more, which succeeded or are older: -o json has all of them")
        }
        return lines
    }

    private func shownPlaces() -> [Int] {
        guard attempts.count > Self.rowsMax else { return Array(attempts.indices) }
        let notable = attempts.indices.filter { !attempts[$0].hasSucceeded }.suffix(Self.rowsMax / 2)
        let newest = attempts.indices.suffix(Self.rowsMax - notable.count)
        return Set(notable).union(newest).sorted()
    }

    private func took(_ attempt: AttemptAccount) -> String {
        if let end = attempt.doubtSince ?? attempt.endedAt {
            return attempt.doubtSince == nil ? end.since(attempt.startedAt).spoken : "?"
        }
        return screen.now.since(attempt.startedAt).spoken
    }

    private func why(_ attempt: AttemptAccount) -> String {
        var parts: [String] = []
        switch attempt.outcome {
        case .running:
            switch attempt.question {
            case .signal(let name)?: parts.append("for the signal \(name)")
            case .approval(let prompt, _)?: parts.append("for approval: \(prompt)")
            case nil: if let wait = attempt.wait { parts.append("until \(wait.due.text)") }
            }
        case .voided: parts.append("it never began")
        case .succeeded(.probe): parts.append("its probe found it done")
        case .succeeded(.resolution): parts.append("resolved as done")
        case .succeeded: break
        case .passed(let pass): parts.append("pass \(pass)")
        case .failed(let failure):
            parts.append(failure.message)
            if let retry = attempt.retry { parts.append("again after \(retry.length.spoken)") }
        case .inDoubt: break
        case .skipped: parts.append("nobody answered in time, or it was passed over")
        case .cancelled: break
        case .leftBehind: parts.append("the run was rewound behind it")
        }
        if let reason = attempt.doubtReason { parts.insert("in doubt: \(reason)", at: 0) }
        if let probe = attempt.probes.last { parts.append("probe: \(probe.verdict.text)") }
        let isTold = attempt.resolution == .done && attempt.outcome == .succeeded(.resolution)
        if let resolution = attempt.resolution, !isTold { parts.append("resolved: \(resolution.rawValue)") }
        if let losses = attempt.losses { parts.append(losses.text) }
        if let found = attempt.foundAt { parts.append("nobody drove the run then: its end was found at \(found.text)") }
        return text(parts.joined(separator: "; "))
    }

    private func text(_ text: String) -> String { DisplayLine.text(Array(text.utf8)) }
}

extension AttemptAccount {
    var hasSucceeded: Bool {
        switch outcome {
        case .succeeded, .passed: true
        case .running, .voided, .failed, .inDoubt, .skipped, .cancelled, .leftBehind: false
        }
    }
}
