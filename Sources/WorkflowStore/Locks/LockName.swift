package import WorkflowCore

/// What runs exclude each other by. Names are compared byte by byte, as a database does.
package struct LockName: Sendable, Comparable {
    package enum Kind: String, Sendable, CaseIterable {
        /// Of a step: first come, first served among those who ask.
        case lock
        /// Of a whole run: runs queue for it in the order of their creation.
        case concurrency
    }

    package let kind: Kind
    /// 1 to 200 bytes of UTF-8 without U+0000.
    package let name: String

    package init(_ kind: Kind, _ name: String) {
        self.kind = kind
        self.name = name
    }

    package static func < (left: LockName, right: LockName) -> Bool {
        if left.kind != right.kind { return left.kind.rawValue < right.kind.rawValue }
        return left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
    }
}

extension LockName: Hashable {
    package static func == (left: LockName, right: LockName) -> Bool {
        left.kind == right.kind && left.name.utf8.elementsEqual(right.name.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(kind)
        for byte in name.utf8 { hasher.combine(byte) }
    }
}

/// Who has a lock, or waits for one.
package struct LockHolding: Sendable, Equatable {
    package let name: LockName
    package let run: UniqueID
    package let runID: RunID
    /// The step's instance, such as `drain[2]`; empty for the whole run.
    package let holder: String
    package let since: Timestamp

    package init(name: LockName, run: UniqueID, runID: RunID, holder: String, since: Timestamp) {
        self.name = name
        self.run = run
        self.runID = runID
        self.holder = holder
        self.since = since
    }

    /// Whether it is what the same run and holder has already.
    package func belongs(to run: UniqueID, _ holder: String) -> Bool {
        self.run == run && self.holder.utf8.elementsEqual(holder.utf8)
    }
}

/// Why a lock was not given.
package struct LockObstacle: Sendable, Equatable {
    package enum Reason: Sendable, Equatable {
        /// `by` has it.
        case held
        /// It is free, and `by`, an older run that a live process drives, has waited for it since.
        case queued
    }

    package let reason: Reason
    package let by: LockHolding

    package init(_ reason: Reason, by: LockHolding) {
        self.reason = reason
        self.by = by
    }
}
