package import JSON

// What steps and runs wait for besides time: locks, groups of runs, signals and people.

/// What a waiting step wants to be told.
package enum Question: Sendable, Equatable {
    case signal(name: String)
    /// Without approvers anybody may answer.
    case approval(prompt: String, approvers: [String])
}

/// A step waits until all of these are free.
package struct LocksRequested: Sendable, Equatable {
    package var step: String
    package var locks: [String]
    package var wait: Wait

    package init(step: String, locks: [String], wait: Wait) {
        self.step = step
        self.locks = locks
        self.wait = wait
    }
}

package struct LocksTaken: Sendable, Equatable {
    package var step: String

    package init(step: String) { self.step = step }
}

/// The run waits until no other run of the group is under way.
package struct ConcurrencyRequested: Sendable, Equatable {
    package var group: String

    package init(group: String) { self.group = group }
}

package struct ConcurrencyTaken: Sendable, Equatable {
    package var group: String

    package init(group: String) { self.group = group }
}

/// Kept until a step asks for it.
package struct SignalReceived: Sendable, Equatable {
    package var name: String
    package var data: JSONValue
    package var reason: String?

    package init(name: String, data: JSONValue, reason: String? = nil) {
        self.name = name
        self.data = data
        self.reason = reason
    }
}

/// A person's verdict on a step that asked for it.
package struct StepJudged: Sendable, Equatable {
    package var step: String
    package var reason: String?

    package init(step: String, reason: String?) {
        self.step = step
        self.reason = reason
    }
}

/// Whether the effect of a step that had succeeded still holds.
package struct VerifyFinished: Sendable, Equatable {
    package var step: String
    package var verdict: ProbeVerdict
    package var message: String

    package init(step: String, verdict: ProbeVerdict, message: String) {
        self.step = step
        self.verdict = verdict
        self.message = message
    }
}

/// Somebody asked for what could not be done any more when the driver came to it.
package struct RequestRefused: Sendable, Equatable {
    /// `pause`, `cancel`, `resolve`, …
    package var request: String
    package var code: String
    package var message: String

    package init(request: String, code: String, message: String) {
        self.request = request
        self.code = code
        self.message = message
    }
}

extension Question {
    var payload: JSONValue {
        switch self {
        case .signal(let name): .object(["signal": .string(name)])
        case .approval(let prompt, let approvers):
            .object(["approval": .string(prompt), "approvers": .array(approvers.map { .string($0) })])
        }
    }

    init(_ reader: PayloadReader) throws(FactError) {
        if reader.members["signal"] != nil {
            self = .signal(name: try reader.text("signal"))
        } else {
            self = .approval(prompt: try reader.text("approval"), approvers: try reader.textList("approvers"))
        }
    }
}

extension LocksRequested {
    var payload: JSONValue {
        .object([
            "step": .string(step), "locks": .array(locks.map { .string($0) }), "wait": wait.payload,
        ])
    }

    init(_ reader: PayloadReader) throws(FactError) {
        self.init(
            step: try reader.text("step"), locks: try reader.textList("locks"), wait: try Wait(reader.inner("wait")))
    }
}
