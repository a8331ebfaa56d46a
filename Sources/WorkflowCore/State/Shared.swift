/// A value that many hold and none copies until one of them changes it.
///
/// A run of a million items holds a state for each of them, and another one for each that a rewind may bring back: most
/// are equal, and those that are the same cost a pointer.
///
/// `@unchecked Sendable`: what it holds is changed where `isKnownUniquelyReferenced` has said that nobody else can see
/// it, and nowhere else.
package struct Shared<Value: Sendable & Equatable>: @unchecked Sendable, Equatable {
    /// The value stands behind the object, where no access is checked at run time: `value` below is the only way to it.
    private final class Storage: ManagedBuffer<Void, Value> {
        static func holding(_ value: Value) -> Storage {
            let storage = Storage.create(minimumCapacity: 1) { _ in }
            storage.withUnsafeMutablePointerToElements { $0.initialize(to: value) }
            // `create` of a final class gives an instance of that class.
            return unsafeDowncast(storage, to: Storage.self)
        }

        var place: UnsafeMutablePointer<Value> { withUnsafeMutablePointerToElements { $0 } }

        deinit {
            _ = withUnsafeMutablePointerToElements { $0.deinitialize(count: 1) }
        }
    }

    private var storage: Storage

    package init(_ value: Value) {
        storage = Storage.holding(value)
    }

    package var value: Value {
        _read {
            yield storage.place.pointee
            // The object lives as long as what was lent.
            extendLifetime(storage)
        }
        _modify {
            if !isKnownUniquelyReferenced(&storage) { storage = Storage.holding(storage.place.pointee) }
            yield &storage.place.pointee
            extendLifetime(storage)
        }
    }

    package static func == (a: Shared, b: Shared) -> Bool {
        a.storage === b.storage || a.value == b.value
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
