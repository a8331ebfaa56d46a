package import CEL

/// The smallest durable unit of a definition, with the definition's defaults applied.
package struct Step: Sendable, Equatable {
    package enum Action: Sendable, Equatable {
        case run(Script)
        indirect case sleep(Sleep)
        case group([Step])
        indirect case signal(SignalWait)
        indirect case approval(Approval)
        indirect case call(Call)
    }

    // A definition may have tens of thousands of steps: what few of them need stands apart.
    private var rare: Shared<Rare>?

    /// What most steps are without.
    private struct Rare: Sendable, Equatable {
        var description: String?
        var condition: Condition?
        var retry = RetryPolicy.none
        var probe: Script?
        var verify: Script?
        var undo: Script?
        var outputs: [OutputDeclaration] = []
        var environment: [EnvironmentVariable] = []
        var workingDirectory: Template?
        var foreach: Foreach?
        var loop: Loop?
        var pinnedEnvironment: [String] = []
        var locks: [Template] = []

        static let none = Shared(Rare())
    }

    /// `[A-Za-z_][A-Za-z0-9_-]*`, unique in the definition, 128 characters at most.
    package var name: String
    package var action: Action
    /// Positions in the list that this step stands in, ascending; empty means at once.
    package var needs: [Int]
    /// Of one attempt.
    package var timeout: Milliseconds
    /// From the stop signal to SIGKILL.
    package var killAfter: Milliseconds
    package var lockTimeout: Milliseconds
    /// The shell's program and arguments; the script's file is appended.
    package var shell: [String]
    package var onDoubt: DoubtPolicy
    package var isIdempotent: Bool
    package var continueOnError: Bool

    /// One line for people.
    package var description: String? {
        get { rare?.value.description }
        set { setRare(newValue != nil) { $0.description = newValue } }
    }

    package var condition: Condition? {
        get { rare?.value.condition }
        set { setRare(newValue != nil) { $0.condition = newValue } }
    }

    package var retry: RetryPolicy {
        get { rare?.value.retry ?? .none }
        set { setRare(newValue != .none) { $0.retry = newValue } }
    }

    package var probe: Script? {
        get { rare?.value.probe }
        set { setRare(newValue != nil) { $0.probe = newValue } }
    }

    package var verify: Script? {
        get { rare?.value.verify }
        set { setRare(newValue != nil) { $0.verify = newValue } }
    }

    package var undo: Script? {
        get { rare?.value.undo }
        set { setRare(newValue != nil) { $0.undo = newValue } }
    }

    package var outputs: [OutputDeclaration] {
        get { rare?.value.outputs ?? [] }
        set { setRare(!newValue.isEmpty) { $0.outputs = newValue } }
    }

    package var environment: [EnvironmentVariable] {
        get { rare?.value.environment ?? [] }
        set { setRare(!newValue.isEmpty) { $0.environment = newValue } }
    }

    package var workingDirectory: Template? {
        get { rare?.value.workingDirectory }
        set { setRare(newValue != nil) { $0.workingDirectory = newValue } }
    }

    package var foreach: Foreach? {
        get { rare?.value.foreach }
        set { setRare(newValue != nil) { $0.foreach = newValue } }
    }

    package var loop: Loop? {
        get { rare?.value.loop }
        set { setRare(newValue != nil) { $0.loop = newValue } }
    }

    /// Inherited variables that must not differ on resume.
    package var pinnedEnvironment: [String] {
        get { rare?.value.pinnedEnvironment ?? [] }
        set { setRare(!newValue.isEmpty) { $0.pinnedEnvironment = newValue } }
    }

    /// Names of the store's locks, all taken at once.
    package var locks: [Template] {
        get { rare?.value.locks ?? [] }
        set { setRare(!newValue.isEmpty) { $0.locks = newValue } }
    }

    /// - Parameter isNeeded: the change is one also where there is nothing rare yet.
    private mutating func setRare(_ isNeeded: Bool, _ change: (inout Rare) -> Void) {
        guard isNeeded || rare != nil else { return }
        var changed = rare ?? Rare.none
        // The only one now, unless another step holds it too.
        rare = nil
        change(&changed.value)
        rare = changed
    }

    package static func == (a: Step, b: Step) -> Bool {
        a.name == b.name && a.action == b.action && a.needs == b.needs && a.timeout == b.timeout
            && a.killAfter == b.killAfter && a.lockTimeout == b.lockTimeout && a.shell == b.shell
            && a.onDoubt == b.onDoubt && a.isIdempotent == b.isIdempotent && a.continueOnError == b.continueOnError
            && (a.rare ?? Rare.none) == (b.rare ?? Rare.none)
    }

    /// Whether its attempts are processes under supervisors.
    package var startsProcess: Bool {
        switch action {
        case .run, .call: true
        case .sleep, .group, .signal, .approval: false
        }
    }

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
        self.action = action
        self.needs = needs
        self.timeout = timeout
        self.killAfter = killAfter
        self.lockTimeout = lockTimeout
        self.shell = shell
        self.onDoubt = onDoubt
        self.isIdempotent = isIdempotent
        self.continueOnError = continueOnError
        self.description = description
        self.condition = condition
        self.retry = retry
        self.probe = probe
        self.verify = verify
        self.undo = undo
        self.outputs = outputs
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.foreach = foreach
        self.loop = loop
        self.pinnedEnvironment = pinnedEnvironment
        self.locks = locks
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
    /// Where one of the two is not empty, only these exit codes and failures of these codes are retried.
    package var exitCodes: [Int]
    package var codes: [String]

    package static let none = RetryPolicy(limit: 0)
    package static let defaultDelay = Milliseconds.seconds(1)
    package static let defaultMaxDelay = Milliseconds.minutes(5)

    package init(
        limit: Int, delay: Milliseconds = RetryPolicy.defaultDelay, backoff: Double = 2,
        maxDelay: Milliseconds = RetryPolicy.defaultMaxDelay, jitter: Double = 0, exitCodes: [Int] = [],
        codes: [String] = []
    ) {
        self.codes = codes
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
