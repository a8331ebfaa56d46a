/// A set of small integers that gives back the first of them first, in an order that the caller says each time.
///
/// A binary heap: insertion and removal cost O(log n). It is not a set by itself; the caller inserts each once.
struct IndexHeap: Sendable, Equatable {
    private var items: [Int] = []

    var isEmpty: Bool { items.isEmpty }
    var first: Int? { items.first }

    mutating func removeAll() {
        items.removeAll(keepingCapacity: true)
    }

    /// Drops all others. A sorted array is a heap.
    mutating func keep(by precedes: (Int, Int) -> Bool, where isWanted: (Int) -> Bool) {
        items = items.filter(isWanted).sorted(by: precedes)
    }

    func contains(where isWanted: (Int) -> Bool) -> Bool { items.contains(where: isWanted) }

    mutating func insert(_ item: Int, by precedes: (Int, Int) -> Bool = { $0 < $1 }) {
        items.append(item)
        var child = items.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard precedes(items[child], items[parent]) else { return }
            items.swapAt(child, parent)
            child = parent
        }
    }

    mutating func removeFirst(by precedes: (Int, Int) -> Bool = { $0 < $1 }) -> Int? {
        guard let first = items.first else { return nil }
        let last = items.removeLast()
        guard !items.isEmpty else { return first }
        items[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < items.count && precedes(items[child], items[least]) {
                least = child
            }
            guard least != parent else { return first }
            items.swapAt(parent, least)
            parent = least
        }
    }
}
