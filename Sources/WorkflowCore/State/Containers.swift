/// The insides of a run's groups and `foreach`es, by the number of the step that holds them.
///
/// A step of an item asks for what holds it at each of its changes: a place in an array is found without hashing.
package struct Containers: Sendable, Equatable {
    /// By step, the place of its inside; -1 where there is none. As long as the largest number needs.
    private var places: [Int32] = []
    private var insides: [Container?] = []
    private var holders: [Int] = []

    package subscript(step: Int) -> Container? {
        _read {
            if step < places.count, places[step] >= 0 { yield insides[Int(places[step])] } else { yield nil }
        }
        _modify {
            yield &insides[place(of: step)]
        }
    }

    private mutating func place(of step: Int) -> Int {
        if step >= places.count {
            places.append(contentsOf: repeatElement(-1, count: max(step + 1, places.count * 2) - places.count))
        }
        if places[step] < 0 {
            places[step] = Int32(clamping: insides.count)
            insides.append(nil)
            holders.append(step)
        }
        return Int(places[step])
    }

    mutating func removeAll() {
        self = Containers()
    }

    /// In the order in which they were first entered.
    package func contains(where isWanted: (_ step: Int, Container) -> Bool) -> Bool {
        zip(holders, insides).contains { step, inside in inside.map { isWanted(step, $0) } ?? false }
    }

    package static func == (a: Containers, b: Containers) -> Bool {
        let count = max(a.places.count, b.places.count)
        return (0..<count).allSatisfy { a[$0] == b[$0] }
    }
}
