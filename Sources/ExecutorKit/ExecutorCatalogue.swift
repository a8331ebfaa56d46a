/// The executors that a definition may call, as values: who asked their programs, and when, is no matter of it.
package struct ExecutorCatalogue: Sendable {
    package struct Entry: Sendable, Equatable {
        package var descriptor: ExecutorDescriptor
        /// Where it is from, for people.
        package var place: String

        package init(_ descriptor: ExecutorDescriptor, place: String = "built in") {
            self.descriptor = descriptor
            self.place = place
        }
    }

    /// What is known of a name.
    package enum Answer: Sendable, Equatable {
        case operation(ExecutorDescriptor.Operation)
        /// With the groups that there are.
        case noSuchGroup([String])
        /// With the operations that the group has.
        case noSuchOperation([String])
        /// The group's program was asked, and its answer is of no use.
        case broken(String)
        /// Nothing was asked.
        case notAsked
    }

    /// Whether a group that is not in it is unknown, or was not asked for.
    package var isAsked: Bool
    private var entries: [String: Entry] = [:]
    private var failures: [String: String] = [:]
    /// Groups whose programs are there, asked or not.
    private var present: [String]

    package init(_ entries: [Entry] = [], present: [String] = [], isAsked: Bool = true) {
        self.isAsked = isAsked
        self.present = present
        for entry in entries { add(entry) }
    }

    /// Every name is taken as it is written: nothing was asked.
    package static let notAsked = ExecutorCatalogue(isAsked: false)

    package mutating func add(_ entry: Entry) { entries[entry.descriptor.group] = entry }

    package mutating func add(failure: String, ofGroup group: String) { failures[group] = failure }

    package func entry(_ group: String) -> Entry? { entries[group] }

    /// Sorted; with those that were not asked.
    package var groups: [String] {
        Set(Array(entries.keys) + Array(failures.keys) + present).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    package func look(up name: ExecutorName) -> Answer {
        if let entry = entries[name.group] {
            return entry.descriptor.operation(name.operation).map(Answer.operation)
                ?? .noSuchOperation(entry.descriptor.operations.map(\.name))
        }
        if let failure = failures[name.group] { return .broken(failure) }
        return isAsked ? .noSuchGroup(groups) : .notAsked
    }
}
