package import WorkflowCore
package import WorkflowEngine
internal import WorkflowStore

/// What is waited for, as data: the members `waits` of a run, `attention` and `locks` share these.
package enum WaitDocument {
    /// One element of a run's `waits`.
    package static func of(_ awaited: Awaited, in view: RunView, _ commands: CommandTexts) -> Document {
        .map(
            members(awaited) + [
                member("holder", view.holder(of: awaited).map { holder($0, commands) } ?? .null),
                member(
                    "commands",
                    list(
                        commands.answers(
                            awaited, of: view.record.id, view.holder(of: awaited), isDriven: view.isDriven,
                            view.identity)
                    )
                ),
            ])
    }

    package static func members(_ awaited: Awaited?) -> [Document.Member] {
        var prompt: String?
        var approvers: [String] = []
        var signal: String?
        switch awaited?.what {
        case .approval(let text, let names): (prompt, approvers) = (text, names)
        case .signal(let name): signal = name
        case .doubt, .drift, .turn, .locks, .retry, .time, nil: break
        }
        return [
            member("kind", .text(awaited?.kind.rawValue)), member("step", .text(awaited?.step)),
            member("since", .text(awaited?.since?.text)), member("until", .text(awaited?.until?.text)),
            member("message", .text(awaited?.message)), member("prompt", .text(prompt)),
            member("approvers", .list(approvers.map { .string($0) })), member("signal", .text(signal)),
            member("locks", .list((awaited?.locks ?? []).map { .string($0.name) })),
        ]
    }

    package static func holder(_ holder: LockHolder, _ commands: CommandTexts) -> Document {
        .members([
            "kind": .string(holder.holding.name.kind.rawValue), "name": .string(holder.holding.name.name),
            "run": .string(holder.run.text), "step": .text(holder.step),
            "since": .string(holder.holding.since.text), "driven": .bool(holder.standing == .driven),
            "hindrance": .text(holder.hindrance),
            "commands": .list(holder.commands(suffix: commands.suffix).map { .string($0) }),
        ])
    }

    package static func list(_ commands: [(command: String, meaning: String)]) -> Document {
        .list(commands.map { .members(["command": .string($0.command), "meaning": .string($0.meaning)]) })
    }

    package static func member(_ key: String, _ value: Document) -> Document.Member {
        Document.Member(key: key, value: value)
    }
}

extension CommandTexts {
    /// What answers something that a run waits for, each with what it means; none where only time does.
    ///
    /// - Parameters:
    ///   - isDriven: a process is there that goes on with the answer.
    ///   - identity: whether the store takes names on trust.
    package func answers(
        _ awaited: Awaited, of run: RunID, _ holder: LockHolder?, isDriven: Bool, _ identity: StoreIdentity
    ) -> [(command: String, meaning: String)] {
        let step = awaited.step ?? ""
        let more = isDriven ? "" : " --resume"
        if awaited.isOver, !isDriven {
            return [(resume(run), "go on: its time is over, and no answer counts any more")]
        }
        switch awaited.what {
        case .doubt: return resolutions(run, step)
        case .drift: return resolutionsOfDrift(run, step, isPast: false)
        case .approval:
            let flags = awaited.claim(identity) + more
            return [(approve(run, step, flags), "let it go on"), (reject(run, step, flags), "let it fail")]
        case .signal(let name): return [(signal(run, name, more), "or with --data JSON")]
        case .turn, .locks:
            return (holder?.commands(suffix: suffix) ?? []).map {
                ($0, $0.hasPrefix("workflow cancel") ? "end the run that has it" : "let the run go on that has it")
            }
        case .retry, .time: return isDriven ? [] : [(resume(run), "go on when it is time")]
        }
    }
}

extension RunView {
    /// What an answer to an approval has to say besides, with a space in front: see `Awaited.claim`.
    package func claim(_ number: Int) -> String {
        state.awaited.first { $0.number == number }?.claim(identity) ?? ""
    }
}
