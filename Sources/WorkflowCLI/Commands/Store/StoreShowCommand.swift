internal import ArgumentParser
internal import JSON
internal import Workflow
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowExecutors
internal import WorkflowStore
internal import WorkflowStoreSQLite
internal import WorkflowViews

struct StoreShowCommand: WorkflowCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show where the store is, how it knows people, and what was decided about it.",
        discussion: """
              workflow store show
              workflow store show -o json
            """)

    @OptionGroup var output: FormatOption
    @OptionGroup var store: StoreOption

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        let session = try Session.open(store.url, .existing, in: process)
        return try await session.closing { () async throws(CommandFailure) in
            let acts = try await CommandFailure.telling { () async throws(EngineError) in
                try await session.engine.acts()
            }
            let adoptions: [StoreAdoption]
            do throws(StoreError) {
                adoptions = try await session.runtime.opened.sqlite?.adoptions() ?? []
            } catch {
                throw CommandFailure(error)
            }
            let decisions = (acts.map(Decision.init) + adoptions.map(Decision.init)).sorted { $0.at < $1.at }
            let identity = StoreIdentity(acts)
            if output.format == .text {
                for line in lines(session, identity, decisions) { console.data(line) }
            } else {
                console.data(document(session, identity, decisions).text(as: output.format))
            }
            return .completed
        }
    }

    private func lines(_ session: Session, _ identity: StoreIdentity, _ decisions: [Decision]) -> [String] {
        var table = Table()
        table.add(["store", session.store.place])
        table.add(["id", session.store.id.text])
        table.add(["owner", session.environment.user])
        table.add(["identity", identity.rawValue])
        var list = Table(["WHEN", "WHO", "WHAT", "WHY"])
        for decision in decisions {
            list.add([
                decision.at.text, shown(decision.actor.told), shown(decision.what), shown(decision.reason ?? ""),
            ])
        }
        return table.lines() + (decisions.isEmpty ? [] : [""] + list.lines())
    }

    private func document(_ session: Session, _ identity: StoreIdentity, _ decisions: [Decision]) -> Document {
        .members([
            "store": .string(session.store.place), "id": .string(session.store.id.text),
            "owner": .string(session.environment.user), "identity": .string(identity.rawValue),
            "decisions": .list(
                decisions.map { decision in
                    .members([
                        "at": .string(decision.at.text), "actor": .string(decision.actor.name),
                        "who": .string(decision.actor.told),
                        "by": decision.actor.by.map { Document($0.payload) } ?? .null,
                        "what": .string(decision.what), "reason": .text(decision.reason),
                    ])
                }),
        ])
    }

    private func shown(_ text: String) -> String { DisplayLine.text(Array(text.utf8)) }
}

/// What a person decided about the store.
private struct Decision {
    let at: Timestamp
    let actor: Actor
    /// `set identity=claimed`.
    let what: String
    let reason: String?

    init(_ act: StoreAct) {
        at = act.at
        actor = act.actor
        reason = act.payload["reason"]?.stringValue
        if let name = act.payload["name"]?.stringValue, let value = act.payload["value"]?.stringValue {
            what = "\(act.kind) \(name)=\(value)"
        } else {
            what = act.kind
        }
    }

    init(_ adoption: StoreAdoption) {
        at = adoption.at
        actor = Actor(name: adoption.actor)
        what = "adopt, before: \(adoption.from.text)"
        reason = adoption.reason
    }
}
