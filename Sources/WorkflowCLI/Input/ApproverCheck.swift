internal import Glibc
internal import JSON
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowStore

/// Whether a run would be refused for its approvers: the engine's rule, asked before there is a run, or a store.
struct ApproverCheck {
    let definition: Definition
    let parameters: [String: JSONValue]
    let process: ProcessEnvironment

    /// What `run` says, in the store that it would use; nil where the run may start.
    func refusal(store option: String?) async -> CommandFailure? {
        guard refusal(under: .login) != nil else { return nil }
        return refusal(under: await identity(store: option) ?? .login)
    }

    /// The same where there is no store yet; one that there is answers by itself.
    func refusalOfNewStore(_ option: String?) async -> CommandFailure? {
        guard let refusal = refusal(under: .login), await identity(store: option) == nil else { return nil }
        return refusal
    }

    private func refusal(under identity: StoreIdentity) -> CommandFailure? {
        ApproverRule(owner: process.user, ownerID: Int(geteuid()), identity: identity)
            .problem(of: definition, parameters: parameters, startedBy: process.actor().known(by: identity))
            .map { CommandFailure(EngineError($0, owner: process.user)) }
    }

    /// nil where there is no store, or none that can be read: what is wrong with it is told by who uses it.
    private func identity(store option: String?) async -> StoreIdentity? {
        guard let session = try? Session.open(option, .readOnly, in: process) else { return nil }
        return try? await session.closing { () async throws(CommandFailure) in
            try await CommandFailure.telling { () async throws(EngineError) in try await session.engine.identity() }
        }
    }
}
