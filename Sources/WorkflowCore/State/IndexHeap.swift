/// A set of small integers that gives back the smallest first: steps that may start, in the definition's order.
///
/// A binary heap: insertion and removal cost O(log n). It is not a set by itself; the caller inserts each once.
struct IndexHeap: Sendable, Equatable {
    private var items: [Int] = []

    var smallest: Int? { items.first }
    var isEmpty: Bool { items.isEmpty }

    mutating func removeAll() {
        items.removeAll(keepingCapacity: true)
    }

    /// Drops all others. An ascending array is a heap.
    mutating func keep(where isWanted: (Int) -> Bool) {
        items = items.filter(isWanted).sorted()
    }

    func contains(where isWanted: (Int) -> Bool) -> Bool { items.contains(where: isWanted) }

    mutating func insert(_ item: Int) {
        items.append(item)
        var child = items.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard items[child] < items[parent] else { return }
            items.swapAt(child, parent)
            child = parent
        }
    }

    mutating func removeSmallest() -> Int? {
        guard let smallest = items.first else { return nil }
        let last = items.removeLast()
        guard !items.isEmpty else { return smallest }
        items[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < items.count && items[child] < items[least] {
                least = child
            }
            guard least != parent else { return smallest }
            items.swapAt(parent, least)
            parent = least
        }
    }
}
