/// A workflow as its author wrote it, checked and with defaults applied to every step.
package struct Definition: Sendable, Equatable {
    /// `[a-z][a-z0-9-]*`, 128 characters at most.
    package var name: String
    package var description: String?
    package var parameters: [Parameter]
    package var environment: [EnvironmentVariable]
    package var secrets: [Secret]
    /// Steps of one run that may run at once, 1 or more.
    package var maxParallel: Int
    package var concurrency: ConcurrencyGroup?
    /// At least one, in order.
    package var stages: [Stage]
    /// Owed work, run once per ending.
    package var onExit: [Step]

    package static let defaultMaxParallel = 8

    package init(
        name: String, description: String? = nil, parameters: [Parameter] = [],
        environment: [EnvironmentVariable] = [], secrets: [Secret] = [],
        maxParallel: Int = Definition.defaultMaxParallel, concurrency: ConcurrencyGroup? = nil, stages: [Stage],
        onExit: [Step] = []
    ) {
        self.name = name
        self.description = description
        self.parameters = parameters
        self.environment = environment
        self.secrets = secrets
        self.maxParallel = maxParallel
        self.concurrency = concurrency
        self.stages = stages
        self.onExit = onExit
    }
}

/// An ordered phase of a run; entered when the one before it is complete.
package struct Stage: Sendable, Equatable {
    package var name: String
    /// One line for people.
    package var description: String?
    package var environment: [EnvironmentVariable]
    package var steps: [Step]
    package var onFailure: ReturnPolicy?

    package init(
        name: String, description: String? = nil, environment: [EnvironmentVariable] = [], steps: [Step],
        onFailure: ReturnPolicy? = nil
    ) {
        self.name = name
        self.description = description
        self.environment = environment
        self.steps = steps
        self.onFailure = onFailure
    }
}

/// Where a failed stage goes back to, and how many times in one run.
package struct ReturnPolicy: Sendable, Equatable {
    /// The name of this or an earlier stage.
    package var stage: String
    /// 1 to 100.
    package var limit: Int

    package init(stage: String, limit: Int) {
        self.stage = stage
        self.limit = limit
    }
}

/// Runs of one group never overlap.
package struct ConcurrencyGroup: Sendable, Equatable {
    package enum Conflict: String, Sendable, CaseIterable { case queue, fail }
    package var group: Template
    package var onConflict: Conflict

    package init(group: Template, onConflict: Conflict) {
        self.group = group
        self.onConflict = onConflict
    }
}

/// One name and the text, possibly with expressions, that it holds.
package struct EnvironmentVariable: Sendable, Equatable {
    package var name: String
    package var value: Template

    package init(name: String, value: Template) {
        self.name = name
        self.value = value
    }
}

/// A value that never enters the journal; resolved at each start.
package struct Secret: Sendable, Equatable {
    package enum Source: Sendable, Equatable {
        case environment(String)
        case file(String)
        case command(String)
    }
    package var name: String
    package var source: Source

    package init(name: String, source: Source) {
        self.name = name
        self.source = source
    }
}
