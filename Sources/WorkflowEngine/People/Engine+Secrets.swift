package import WorkflowCore

extension Engine {
    /// Says no to names of people and the like that hold the value of a secret of the run: they are journaled as they
    /// are.
    ///
    /// A secret that cannot be had here is not looked for; the run's driver has it, and masks.
    ///
    /// - Parameter texts: each with what it is, for the message.
    package func refuseSecrets(in texts: [(place: String, text: String)], of run: RunID) async throws(EngineError) {
        let loader = RunLoader(store: store)
        let state = try await loader.state(of: try await loader.record(run))
        let resolver = secretResolver(in: state.created?.context.workingDirectory)
        var values: [String: String] = [:]
        for secret in state.program.definition.secrets {
            values[secret.name] = (try? resolver.values(of: [secret]))?[secret.name]
        }
        let secrets = SecretsInRequests(values)
        for (place, text) in texts { try secrets.refuse(text, place) }
    }
}
