internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowExecutors
internal import WorkflowViews

/// What a resume would do: as data, or as a list for people.
struct ResumePlanDocument {
    private static let namesMax = 40

    private let plan: ResumePlan
    private let commands: CommandTexts

    init(_ plan: ResumePlan, _ commands: CommandTexts) {
        self.plan = plan
        self.commands = commands
    }

    func text(as format: OutputFormat) -> String {
        switch format {
        case .text: lines.joined(separator: "\n")
        case .json, .yaml: document.text(as: format)
        }
    }

    private var forecast: ResumeForecast { plan.forecast }
    private var change: DefinitionChange { plan.change }

    // MARK: - Data

    private var document: Document {
        .members([
            "run": .string(plan.run.text),
            "workflow": .string(plan.workflow),
            "status": .string(plan.status.rawValue),
            "driven": .bool(plan.isDriven),
            "reused": names(change.reused),
            "repeated": names(change.repeated),
            "new": names(change.added),
            "pending": names(change.pending),
            "held_up": names(change.pending.filter(forecast.isHeldUp)),
            "rewritten": names(plan.rewritten),
            "orphaned": names(change.orphaned),
            "outrun": names(change.outrun),
            "approvals": .list(
                change.approvers.map {
                    .members([
                        "step": .string($0.step), "approvers": names($0.approvers),
                        "others": $0.others.map(names) ?? .null, "freed": names($0.freed),
                        "message": .string($0.told),
                    ])
                }),
            "verified_first": names(plan.verified),
            "effect_unknown": names(plan.unknown),
            "lacking": names(plan.lacking),
            "in_doubt": names { $0 == .ask },
            "probe_decides": names { $0 == .probe },
            "running": names { $0 == .goOn },
            "settled": names { if case .settle = $0 { true } else { false } },
            "waiting": names { if case .wait = $0 { true } else { false } },
            "failed": names { $0 == .fail },
            "cancelled": names { $0 == .cancel },
            "details": .list(
                forecast.steps.map {
                    .members([
                        "step": .string($0.name), "then": .string($0.course.word), "message": .string($0.message),
                    ])
                }),
        ])
    }

    private func names(_ names: [String]) -> Document { .list(names.map { .string($0) }) }

    private func names(where isMeant: (ResumeForecast.Course) -> Bool) -> Document {
        names(forecast.steps.filter { isMeant($0.course) }.map(\.name))
    }

    // MARK: - For people

    private var lines: [String] {
        let heading =
            plan.isDriven
            ? "\(plan.run.text) is \(plan.status.rawValue), and a process drives it: a resume is refused until that "
                + "leaves. "
                + "It would then"
            : "\(plan.run.text) is \(plan.status.rawValue). A resume would"
        guard plan.status.canBeResumed else {
            return ["\(plan.run.text) is \(plan.status.rawValue): there is nothing to resume"]
        }
        var lines =
            plan.lacking.isEmpty ? [] : ["A resume from here is refused: \(plan.lacking.joined(separator: "; ")).", ""]
        lines += [heading, ""]
        func add(_ verb: String, _ why: String, _ names: [String]) {
            guard !names.isEmpty else { return }
            lines.append("\(Table.padded(verb, to: 7)) \(names.count) (\(why)):")
            lines += names.prefix(Self.namesMax).map { "          " + DisplayLine.text(Array($0.utf8)) }
            if names.count > Self.namesMax {
                lines.append("          … and \(names.count - Self.namesMax) more; -o json has all")
            }
        }
        func told(_ isMeant: (ResumeForecast.Course) -> Bool) -> [String] {
            forecast.steps.filter { isMeant($0.course) }.map {
                let detail = [$0.course.detail, $0.message].filter { !$0.isEmpty }.joined(separator: ": ")
                return $0.name + (detail.isEmpty ? "" : "  " + detail)
            }
        }
        add("ask", "in doubt: a person decides, and nothing runs for it before", told { $0 == .ask })
        add("probe", "in doubt: its probe decides", told { $0 == .probe })
        add("follow", "still running: it is waited for", told { $0 == .goOn })
        add(
            "settle", "ended while no process drove the run; written down, and not run again by that",
            told { if case .settle = $0 { true } else { false } })
        add("fail", "in doubt, and its on_doubt counts it as failed", told { $0 == .fail })
        add("cancel", "the run is being cancelled", told { $0 == .cancel })
        add("wait", "it waits", told { if case .wait = $0 { true } else { false } })
        add("verify", "done; asked first, and nothing starts where one does not hold any more", plan.verified)
        add("reuse", "done, and written as before", change.reused)
        add(
            "keep", "done before, and what they come after runs again; --repeat-following repeats them", change.outrun)
        add("repeat", "done or in doubt, and run again", change.repeated)
        add("run", "new in the definition", change.added)
        add("run", "not done yet, and written otherwise than before", plan.rewritten.map(counted))
        let pending = change.pending.filter { !plan.rewritten.contains($0) }
        add("run", "not done yet", pending.filter { !forecast.isHeldUp($0) }.map(counted))
        add(
            "run", "not done yet; only after what needs an answer above", pending.filter(forecast.isHeldUp).map(counted)
        )
        add("answer", "the move decides about approvals, as their approvers may", change.approvers.map(\.told))
        add("leave", "gone from the definition; what they did stays", change.orphaned)
        return lines + decisions()
    }

    private func counted(_ name: String) -> String {
        let items = forecast.itemsToRun(name).map { "  \($0.open) of its \($0.all)" } ?? ""
        let isUnknown = plan.unknown.contains { $0.utf8.elementsEqual(name.utf8) }
        return name + items + (isUnknown ? "  its last attempt was cut off: what it did is not known" : "")
    }

    /// What decides the doubts that a person is asked about.
    private func decisions() -> [String] {
        let asked = forecast.steps.filter { $0.course == .ask }.map(\.name)
        guard !asked.isEmpty else { return [] }
        return ["", "To decide:"] + commands.decisions(plan.run, asked).map { "  " + $0 }
    }
}

extension ResumeForecast.Course {
    /// For programs.
    fileprivate var word: String {
        switch self {
        case .ask: "in_doubt"
        case .probe: "probe_decides"
        case .again: "repeated"
        case .fail: "failed"
        case .cancel: "cancelled"
        case .goOn: "running"
        case .settle: "settled"
        case .wait: "waiting"
        }
    }

    /// What the heading of its list does not say.
    fileprivate var detail: String {
        switch self {
        case .settle(let status): status.rawValue
        case .ask, .probe, .again, .fail, .cancel, .goOn, .wait: ""
        }
    }
}
