/// A value that many hold and none copies until one of them changes it.
///
/// A run of a million items holds a state for each of them, and another one for each that a rewind may bring back: most
/// are equal, and those that are the same cost a pointer.
package struct Shared<Value: Sendable & Equatable>: Sendable, Equatable {
    /// `@unchecked Sendable`: `value` is changed where `isKnownUniquelyReferenced` has said that nobody else can see it,
    /// and nowhere else.
    private final class Storage: @unchecked Sendable {
        var value: Value

        init(_ value: Value) {
            self.value = value
        }
    }

    private var storage: Storage

    package init(_ value: Value) {
        storage = Storage(value)
    }

    package var value: Value {
        _read { yield storage.value }
        _modify {
            if !isKnownUniquelyReferenced(&storage) { storage = Storage(storage.value) }
            yield &storage.value
        }
    }

    package static func == (a: Shared, b: Shared) -> Bool {
        a.storage === b.storage || a.storage.value == b.storage.value
    }
}

/// The states of a run's steps by number.
package struct StepStates: Sendable, Equatable, RandomAccessCollection {
    private var states: [Shared<StepState>]

    init(blank count: Int) {
        states = Array(repeating: Shared(StepState()), count: count)
    }

    package var startIndex: Int { 0 }
    package var endIndex: Int { states.count }

    package internal(set) subscript(number: Int) -> StepState {
        _read { yield states[number].value }
        _modify { yield &states[number].value }
    }

    /// The state as something to keep.
    func kept(_ number: Int) -> Shared<StepState> { states[number] }

    mutating func restore(_ number: Int, _ state: Shared<StepState>) {
        states[number] = state
    }

    mutating func append(blank count: Int) {
        states.append(contentsOf: repeatElement(Shared(StepState()), count: count))
    }
}
