package import WorkflowCore

/// Where an engine has the values of secrets from: asked at each start of a driver, and never journaled.
package protocol SecretSource: Sendable {
    /// - Parameter folder: the run's own: relative files and commands mean the same in every resume.
    func available(of secrets: [Secret], in folder: String, _ environment: EngineEnvironment) -> FoundSecrets
}

/// What a look for secrets has found.
package struct FoundSecrets: Sendable {
    /// By name.
    package var values: [String: String] = [:]
    /// Why each of the others cannot be had.
    package var missing: [EngineError] = []

    package init() {}
}

/// Secrets as definitions name them: variables of the environment, files, and what commands print.
package struct SystemSecrets: SecretSource {
    package init() {}

    package func available(
        of secrets: [Secret], in folder: String, _ environment: EngineEnvironment
    ) -> FoundSecrets {
        SecretResolver(environment, workingDirectory: folder).available(of: secrets)
    }
}

extension Engine {
    /// The source of secrets, in the folder of one run.
    struct RunSecrets {
        let engine: Engine
        let folder: String

        /// - Throws: naming the secret and its source, never its value.
        func values(of secrets: [Secret]) throws(EngineError) -> [String: String] {
            let found = available(of: secrets)
            if let first = found.missing.first { throw first }
            return found.values
        }

        func available(of secrets: [Secret]) -> FoundSecrets {
            engine.secrets.available(of: secrets, in: folder, engine.environment)
        }
    }

    func secretResolver(in folder: String? = nil) -> RunSecrets {
        RunSecrets(engine: self, folder: folder ?? environment.workingDirectory)
    }
}
