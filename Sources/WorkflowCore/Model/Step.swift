package import CEL

/// The smallest durable unit of a definition, with the definition's defaults applied.
package struct Step: Sendable, Equatable {
    package enum Action: Sendable, Equatable {
        case run(Script)
        case sleep(Sleep)
        case group([Step])
        case signal(SignalWait)
        case approval(Approval)
    }

    /// `[A-Za-z_][A-Za-z0-9_-]*`, unique in the definition, 128 characters at most.
    package var name: String
    /// One line for people.
    package var description: String?
    package var action: Action
    /// Positions in the list that this step stands in, ascending; empty means at once.
    package var needs: [Int]
    package var condition: Condition?
    package var retry: RetryPolicy
    /// Of one attempt.
    package var timeout: Milliseconds
    /// From SIGTERM to SIGKILL.
    package var killAfter: Milliseconds
    package var onDoubt: DoubtPolicy
    package var isIdempotent: Bool
    package var probe: Script?
    package var verify: Script?
    package var undo: Script?
    package var outputs: [OutputDeclaration]
    package var environment: [EnvironmentVariable]
    /// The shell's program and arguments; the script's file is appended.
    package var shell: [String]
    package var workingDirectory: Template?
    package var continueOnError: Bool
    package var foreach: Foreach?
    package var loop: Loop?
    /// Inherited variables that must not differ on resume.
    package var pinnedEnvironment: [String]
    /// Names of the store's locks, all taken at once.
    package var locks: [Template]
    package var lockTimeout: Milliseconds

    package static let defaultTimeout = Milliseconds.hours(1)
    package static let defaultKillAfter = Milliseconds.seconds(10)
    package static let probeTimeout = Milliseconds.seconds(30)
    package static let defaultShell = ["bash", "-euo", "pipefail"]

    package init(
        name: String, description: String? = nil, action: Action, needs: [Int] = [], condition: Condition? = nil,
        retry: RetryPolicy = .none, timeout: Milliseconds = Step.defaultTimeout,
        killAfter: Milliseconds = Step.defaultKillAfter, onDoubt: DoubtPolicy = .ask, isIdempotent: Bool = false,
        probe: Script? = nil, verify: Script? = nil, undo: Script? = nil, outputs: [OutputDeclaration] = [],
        environment: [EnvironmentVariable] = [], shell: [String] = Step.defaultShell, workingDirectory: Template? = nil,
        continueOnError: Bool = false,
        foreach: Foreach? = nil, loop: Loop? = nil, pinnedEnvironment: [String] = [], locks: [Template] = [],
        lockTimeout: Milliseconds = Step.defaultTimeout
    ) {
        self.name = name
        self.description = description
        self.action = action
        self.needs = needs
        self.condition = condition
        self.retry = retry
        self.timeout = timeout
        self.killAfter = killAfter
        self.onDoubt = onDoubt
        self.isIdempotent = isIdempotent
        self.probe = probe
        self.verify = verify
        self.undo = undo
        self.outputs = outputs
        self.environment = environment
        self.shell = shell
        self.workingDirectory = workingDirectory
        self.continueOnError = continueOnError
        self.foreach = foreach
        self.loop = loop
        self.pinnedEnvironment = pinnedEnvironment
        self.locks = locks
        self.lockTimeout = lockTimeout
    }
}

/// When a step runs: its expression, and whether that asks for `failure()` or `always()`.
package struct Condition: Sendable, Equatable {
    package var expression: CELExpression
    /// True: the step may start although something has failed. False: `success()` is understood.
    package var runsAfterFailure: Bool

    package init(expression: CELExpression, runsAfterFailure: Bool) {
        self.expression = expression
        self.runsAfterFailure = runsAfterFailure
    }
}

/// How a failed attempt is followed by another.
package struct RetryPolicy: Sendable, Equatable {
    /// Further attempts, 0 to 100.
    package var limit: Int
    package var delay: Milliseconds
    /// The factor from one delay to the next, 1 to 100.
    package var backoff: Double
    package var maxDelay: Milliseconds
    /// The part of a delay that is drawn at random, 0 to 1.
    package var jitter: Double
    /// Where it is not empty, only these exit codes are retried.
    package var exitCodes: [Int]

    package static let none = RetryPolicy(limit: 0)
    package static let defaultDelay = Milliseconds.seconds(1)
    package static let defaultMaxDelay = Milliseconds.minutes(5)

    package init(
        limit: Int, delay: Milliseconds = RetryPolicy.defaultDelay, backoff: Double = 2,
        maxDelay: Milliseconds = RetryPolicy.defaultMaxDelay, jitter: Double = 0, exitCodes: [Int] = []
    ) {
        self.limit = limit
        self.delay = delay
        self.backoff = backoff
        self.maxDelay = maxDelay
        self.jitter = jitter
        self.exitCodes = exitCodes
    }
}

/// What happens to a step whose outcome is unknown when no probe could tell.
package enum DoubtPolicy: String, Sendable, CaseIterable { case retry, ask, fail }

package struct OutputDeclaration: Sendable, Equatable {
    package var name: String
    package var kind: Parameter.Kind

    package init(name: String, kind: Parameter.Kind) {
        self.name = name
        self.kind = kind
    }
}

/// A durable wait: for a length of time, or until an instant.
package enum Sleep: Sendable, Equatable {
    case duration(Milliseconds)
    /// Text that gives a duration.
    case computedDuration(Template)
    /// Text that gives an instant (RFC 3339).
    case until(Template)
}

/// One instance of a step for each item.
package struct Foreach: Sendable, Equatable {
    package var items: ValueTemplate
    package var variable: String
    package var key: CELExpression?
    package var maxParallel: Int?
    package var continueOnError: Bool

    package init(
        items: ValueTemplate, variable: String, key: CELExpression?, maxParallel: Int?, continueOnError: Bool
    ) {
        self.items = items
        self.variable = variable
        self.key = key
        self.maxParallel = maxParallel
        self.continueOnError = continueOnError
    }
}

/// A bounded repetition of a step or group.
package struct Loop: Sendable, Equatable {
    package var until: CELExpression
    /// 1 to 10,000.
    package var limit: Int
    package var delay: Milliseconds

    package init(until: CELExpression, limit: Int, delay: Milliseconds) {
        self.until = until
        self.limit = limit
        self.delay = delay
    }
}

package enum TimeoutPolicy: String, Sendable, CaseIterable { case fail, skip }

/// A wait for a message from outside.
package struct SignalWait: Sendable, Equatable {
    package var name: Template
    package var timeout: Milliseconds
    package var onTimeout: TimeoutPolicy

    package init(name: Template, timeout: Milliseconds, onTimeout: TimeoutPolicy) {
        self.name = name
        self.timeout = timeout
        self.onTimeout = onTimeout
    }
}

/// A wait for a person's verdict.
package struct Approval: Sendable, Equatable {
    package var prompt: Template
    package var approvers: [Template]
    package var timeout: Milliseconds
    package var onTimeout: TimeoutPolicy

    package init(prompt: Template, approvers: [Template], timeout: Milliseconds, onTimeout: TimeoutPolicy) {
        self.prompt = prompt
        self.approvers = approvers
        self.timeout = timeout
        self.onTimeout = onTimeout
    }
}
