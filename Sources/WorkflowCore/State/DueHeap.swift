/// Instants at which waits are over, with their steps, the earliest first.
///
/// A binary heap that nothing but the first is taken out of: an instant that was overtaken stays until it comes first.
package struct DueHeap: Sendable {
    private var items: [(due: Timestamp, step: Int)] = []

    package init() {}

    package var first: (due: Timestamp, step: Int)? { items.first }

    package mutating func insert(_ due: Timestamp, _ step: Int) {
        items.append((due, step))
        var child = items.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard items[child].due < items[parent].due else { return }
            items.swapAt(child, parent)
            child = parent
        }
    }

    package mutating func removeFirst() {
        guard let last = items.popLast(), !items.isEmpty else { return }
        items[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < items.count && items[child].due < items[least].due {
                least = child
            }
            guard least != parent else { return }
            items.swapAt(parent, least)
            parent = least
        }
    }
}
