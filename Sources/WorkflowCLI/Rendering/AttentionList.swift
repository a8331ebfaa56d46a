internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowExecutors
internal import WorkflowStore
internal import WorkflowViews

/// What waits for somebody, for people or as data: whom, since when, and the command that settles it.
///
/// ```
/// run-2026-02-02-001 (deploy): go_live waits for approval: Switch the traffic?
///   since 2026-02-02T10:15:30.123Z, 3h ago; for ada, lin
///     workflow approve run-2026-02-02-001 go_live --resume      # let it go on
/// ```
struct AttentionList {
    let items: [AttentionItem]
    let commands: CommandTexts
    let screen: Screen

    // MARK: - For people

    func lines() -> [String] {
        var lines: [String] = []
        for group in grouped() {
            if !lines.isEmpty { lines.append("") }
            lines += told(group)
        }
        return lines
    }

    /// Items of one step that wait for the same are told together.
    private func grouped() -> [(name: String?, items: [AttentionItem])] {
        var groups: [(name: String?, items: [AttentionItem])] = []
        var rest = items[...]
        while let first = rest.first {
            let alike = rest.prefix { $0.run == first.run && $0.kind == first.kind }
            rest = rest.dropFirst(alike.count)
            guard first.kind == .inDoubt || first.kind == .retrying else {
                groups += alike.map { (nil, [$0]) }
                continue
            }
            for (name, steps) in ItemPattern.grouped(alike.compactMap(\.step)) {
                groups.append((name, alike.filter { $0.step.map(steps.contains) ?? false }))
            }
        }
        return groups
    }

    private func told(_ group: (name: String?, items: [AttentionItem])) -> [String] {
        guard let first = group.items.first else { return [] }
        let name = shown(group.name ?? first.step ?? "")
        let count = group.items.count > 1 ? " (\(group.items.count) items)" : ""
        var lines = ["\(first.run.text) (\(shown(first.workflow))): " + headline(first, name + count)]
        let since = group.items.compactMap(\.since).min()
        let details = [
            since.map { "since \($0.text), \($0.spoken(at: screen.now))" }, "for " + shown(first.whom),
            first.awaited?.until.map { "until \($0.text)" },
        ]
        lines.append("  " + details.compactMap { $0 }.joined(separator: "; "))
        if group.items.count > 1, first.kind == .inDoubt {
            return lines + commands.decisions(first.run, group.items.compactMap(\.step)).map { "    " + $0 }
        }
        return lines + commands.choices(choices(first), within: screen)
    }

    private func headline(_ item: AttentionItem, _ name: String) -> String {
        switch item.kind {
        case .inDoubt: return "\(name) is in doubt: " + shown(item.awaited?.message ?? "")
        case .drifted: return "\(name) has " + shown(item.awaited?.message ?? "drifted")
        case .approval:
            guard case .approval(let prompt, _) = item.awaited?.what else { return "\(name) waits for approval" }
            return "\(name) waits for approval: " + shown(prompt)
        case .signal:
            guard case .signal(let signal) = item.awaited?.what else { return "\(name) waits for a signal" }
            return "\(name) waits for the signal " + shown(signal)
        case .queued:
            let what = shown(item.awaited.map(\.spoken) ?? "")
            let whose = item.holder.map { ", which \($0.run.text) has" + ($0.hindrance.map { "; \(shown($0))" } ?? "") }
            return (name.isEmpty ? "" : name + " ") + "waits for \(what)" + (whose ?? "")
        case .retrying:
            guard case .retry(let failure) = item.awaited?.what else { return "\(name) is tried again" }
            return "\(name) is tried again: " + shown(failure)
        case .asked:
            let what = item.request.map { "\(shown($0.spoken)), by \(shown($0.actor.told))" } ?? ""
            return "\(what): recorded, and done when a process drives the run"
        case .notEnding: return "\(name) is not ending: it was asked to, and its stop policy has nothing kill it"
        case .interrupted: return "\(item.status.rawValue), and no process drives it"
        case .stopped: return "\(item.status.rawValue); a person stopped it, and no process goes on with it by itself"
        case .due: return "its time has come, and no process drives it"
        case .owed:
            let lock = item.holder?.holding.name
            let what = lock?.kind == .concurrency ? "the concurrency group" : "the lock"
            return
                "holds \(what) \(shown(lock?.name ?? "")); \(shown(item.holder?.hindrance ?? "no process drives it"))"
        }
    }

    private func choices(_ item: AttentionItem) -> [(command: String, meaning: String)] {
        if let awaited = item.awaited {
            return commands.answers(awaited, of: item.run, item.holder, isDriven: item.isDriven, item.identity)
        }
        if item.kind == .owed, let holder = item.holder {
            return holder.commands(suffix: commands.suffix).map {
                ($0, $0.hasPrefix("workflow cancel") ? "end the run" : "let the run go on")
            }
        }
        if item.kind == .notEnding {
            return [(commands.cancel(item.run, takesReason: false, kills: true), "end the run, and kill what runs")]
        }
        return [(commands.resume(item.run), "go on")]
    }

    // MARK: - Data

    var document: Document { .list(items.map(document)) }

    private func document(_ item: AttentionItem) -> Document {
        let choices = choices(item)
        let shared = WaitDocument.members(item.awaited).filter { !["kind", "step", "since"].contains($0.key) }
        return .map(
            [
                WaitDocument.member("run", .string(item.run.text)),
                WaitDocument.member("workflow", .string(item.workflow)),
                WaitDocument.member("status", .string(item.status.rawValue)),
                WaitDocument.member("driven", .bool(item.isDriven)),
                WaitDocument.member("kind", .string(item.kind.rawValue)),
                WaitDocument.member("step", .text(item.step)),
                WaitDocument.member("since", .text(item.since?.text)),
                WaitDocument.member("waits_for", .string(item.whom)),
                WaitDocument.member("request", .text(item.request?.spoken)),
            ] + shared + [
                WaitDocument.member("holder", item.holder.map { WaitDocument.holder($0, commands) } ?? .null),
                WaitDocument.member("command", .text(choices.first?.command)),
                WaitDocument.member("commands", WaitDocument.list(choices)),
            ])
    }

    private func shown(_ text: String) -> String { DisplayLine.text(Array(text.utf8)) }
}

extension AttentionItem {
    /// Whom it waits for, in a few words.
    var whom: String {
        switch kind {
        case .inDoubt, .drifted, .stopped, .notEnding: return "a person"
        case .approval:
            guard case .approval(_, let approvers) = awaited?.what, !approvers.isEmpty else { return "a person" }
            return approvers.joined(separator: ", ")
        case .signal: return "a person or a program"
        case .queued: return holder.map(\.run.text) ?? (isDriven ? "its turn" : "a process that drives it")
        case .retrying: return isDriven ? "time" : "a process that drives it"
        case .asked, .interrupted, .due: return "a process that drives it"
        case .owed:
            if case .waiting(let awaited)? = holder?.standing, awaited.needsAnswer { return awaited.spoken }
            return "a process that drives it"
        }
    }
}
