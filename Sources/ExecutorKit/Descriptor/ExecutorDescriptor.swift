package import CEL
internal import JSON

/// What an executor says of itself: `PROGRAM describe` prints it, and everything else is known from it alone.
package struct ExecutorDescriptor: Sendable, Equatable {
    /// The group in `uses: GROUP/OPERATION`: small letters, digits and `-`, 64 at most.
    package var group: String
    /// The executor's own version, one line for people.
    package var version: String
    /// Sorted by name.
    package var operations: [Operation]

    /// The protocol that this version speaks.
    package static let protocolNumber: Int64 = 1
    /// The longest answer to `describe`.
    package static let bytesMax = 1 << 20

    package init(group: String, version: String, operations: [Operation]) {
        self.group = group
        self.version = version
        self.operations = operations.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    package func operation(_ name: String) -> Operation? {
        operations.first { $0.name.isSame(as: name) }
    }

    /// One thing that an executor can do.
    package struct Operation: Sendable, Equatable {
        package var name: String
        /// One line for people.
        package var summary: String
        /// Of the step's `with`: always an object.
        package var with: JSONSchema
        /// Sorted by name.
        package var outputs: [Output]
        package var effect: OperationEffect
        /// In the order of `Verb`.
        package var supports: [Verb]
        package var stop: StopPolicy?
        /// Programs that the operation starts, sorted by name.
        package var needs: [Need]
        /// YAML text of a step.
        package var example: String?

        package init(
            name: String, summary: String, with: JSONSchema, outputs: [Output] = [], effect: OperationEffect,
            supports: [Verb] = [], stop: StopPolicy? = nil, needs: [Need] = [], example: String? = nil
        ) {
            self.name = name
            self.summary = summary
            self.with = with
            self.outputs = outputs.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
            self.effect = effect
            self.supports = Verb.allCases.filter(supports.contains)
            self.stop = stop
            self.needs = needs.sorted { $0.program.utf8.lexicographicallyPrecedes($1.program.utf8) }
            self.example = example
        }
    }

    package struct Output: Sendable, Equatable {
        package var name: String
        package var schema: JSONSchema

        package init(name: String, schema: JSONSchema) {
            self.name = name
            self.schema = schema
        }
    }

    /// A program that has to be there, in one of the versions of a range.
    package struct Need: Sendable, Equatable {
        package var program: String
        package var range: VersionRange

        package init(program: String, range: VersionRange) {
            self.program = program
            self.range = range
        }
    }

    /// What an operation may support beside `run`.
    package enum Verb: String, Sendable, CaseIterable { case plan, probe, verify, undo }
}

/// What an operation does to the world when it is repeated, which decides what becomes of an attempt in doubt.
package enum OperationEffect: Sendable, Equatable {
    case word(Word)
    /// An expression over `with` that gives one of the words.
    case computed(CELExpression)

    package enum Word: String, Sendable, CaseIterable {
        /// It only reads.
        case none
        /// Doing it again changes nothing more.
        case idempotent
        /// The target itself remembers the idempotency key.
        case keyed
        /// Doing it again may do it twice: a person decides.
        case unsafe

        /// Whether an attempt in doubt is repeated without asking.
        package var isRepeatable: Bool { self != .unsafe }
    }
}

/// How an attempt is brought to an end: `{signal: INT, to: leader, grace: 10m, kill: never}`.
package struct StopPolicy: Sendable, Equatable {
    /// Asks it to end.
    package enum Signal: String, Sendable, CaseIterable {
        case term = "TERM"
        case int = "INT"
        case hup = "HUP"
        case quit = "QUIT"
        case usr1 = "USR1"
        case usr2 = "USR2"

        /// Its number on Linux.
        package var number: Int32 {
            switch self {
            case .hup: 1
            case .int: 2
            case .quit: 3
            case .usr1: 10
            case .usr2: 12
            case .term: 15
            }
        }
    }

    /// What the signal reaches: the direct process alone, or all of its session.
    package enum Receiver: String, Sendable, CaseIterable { case leader, group }

    /// What follows after the grace. `never`: the attempt runs on and is shown as not ending until a person has it
    /// killed.
    package enum Kill: String, Sendable, CaseIterable { case group, leader, never }

    package var signal: Signal
    package var to: Receiver
    /// From the signal to the kill; nil: the step's `kill_after`.
    package var graceMilliseconds: Int64?
    package var kill: Kill

    package static let `default` = StopPolicy(signal: .term, to: .group, graceMilliseconds: nil, kill: .group)

    package init(signal: Signal, to: Receiver, graceMilliseconds: Int64?, kill: Kill) {
        self.signal = signal
        self.to = to
        self.graceMilliseconds = graceMilliseconds
        self.kill = kill
    }
}
