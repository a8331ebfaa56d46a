package import JSON

/// One instance of a step at run time: the step itself, one item of its `foreach`, or a step of a group's instance.
package struct StepInstance: Sendable, Equatable {
    // Short: there is one for each step and item, and no run has more than `RunState.instancesMax`.
    private let shortLine: Int32
    private let shortParent: Int32
    private let shortItem: Int32

    package var line: Int { Int(shortLine) }
    /// The number of the group or of the `foreach` that it belongs to.
    package var parent: Int? { shortParent < 0 ? nil : Int(shortParent) }
    /// Its position among the items of that `foreach`.
    package var item: Int? { shortItem < 0 ? nil : Int(shortItem) }

    init(line: Int, parent: Int?, item: Int?) {
        shortLine = Int32(clamping: line)
        shortParent = Int32(clamping: parent ?? -1)
        shortItem = Int32(clamping: item ?? -1)
    }
}

/// The inside of a step that holds others: a group, or a `foreach` with its items.
///
/// The counters follow from the phases of the steps inside; they let a decision look at nothing but what changed.
package struct Container: Sendable, Equatable {
    /// The numbers of its own steps.
    package let children: Range<Int>
    /// Empty for a group.
    package let items: [JSONValue]
    /// nil for a group, and where items are named by their positions.
    package let keys: [String]?
    /// The position of each key.
    let positions: ExactMap<Int>
    var unended = 0
    /// Steps inside that have failed and let nothing else start inside.
    var stoppers = 0
    /// Items that have failed.
    var failures = 0
    /// Steps with an attempt or a wait at any depth inside.
    var activeBelow = 0
    /// Items that take a place: those with a process, or in the middle of what they do.
    var underWay = 0
    /// Items that may begin, or begin again, when there is a place.
    var linedUp = 0
    /// Items that gave their place back until a delay is over, or a doubt is settled.
    var resting = 0
    /// The first item that was not looked at yet.
    var nextItem = 0
    /// The item that stands in the queue.
    var queued: Int?
    /// It was carried over from another definition, and goes on with what it holds when its turn comes again.
    var isCarried = false
    /// It stands in the list of containers to be looked at.
    var isNoticed = false

    init(children: Range<Int>, items: [JSONValue] = [], keys: [String]? = nil) {
        self.children = children
        self.items = items
        self.keys = keys
        var positions: ExactMap<Int> = [:]
        for (position, key) in (keys ?? []).enumerated() { positions[key] = position }
        self.positions = positions
        unended = children.count
    }

    /// The number of the item at a position, where items are named by theirs.
    func number(ofPosition position: Int) -> Int? {
        keys == nil && items.indices.contains(position) ? children.lowerBound + position : nil
    }

    /// The position of the item of that name; nil where there is none.
    func position(of name: Substring.UTF8View) -> Int? {
        guard keys == nil else { return positions[String(decoding: name, as: UTF8.self)] }
        // One name for one item: neither 01 nor +1 is the second.
        guard let first = name.first, name.count <= 9, first != UInt8(ascii: "0") || name.count == 1 else { return nil }
        var position = 0
        for byte in name {
            guard (48...57).contains(byte) else { return nil }
            position = position * 10 + Int(byte - 48)
        }
        return items.indices.contains(position) ? position : nil
    }

    /// False where it stands in the list already.
    mutating func notice() -> Bool {
        defer { isNoticed = true }
        return !isNoticed
    }

    /// Items that may rest at a time before no further one begins: each has a timer.
    static let restingMax = 1000

    /// The numbers of the items that were not looked at yet; nil where none may begin now: one at a time stands in the
    /// queue, and not more are under way than the limit.
    func upcomingItems(atOnce limit: Int) -> Range<Int>? {
        guard queued == nil, underWay + linedUp < limit, resting < Container.restingMax else { return nil }
        return children.lowerBound + nextItem..<children.upperBound
    }

    /// The first of them that can begin stands in the queue, or none is left.
    mutating func queue(_ item: Int?) {
        queued = item
        nextItem = item.map { $0 + 1 - children.lowerBound } ?? children.count
    }

    /// As it was when it was made, but for what is under way inside.
    mutating func resetCounters() {
        isCarried = false
        unended = children.count
        stoppers = 0
        failures = 0
        underWay = 0
        linedUp = 0
        resting = 0
        nextItem = 0
        queued = nil
    }
}
