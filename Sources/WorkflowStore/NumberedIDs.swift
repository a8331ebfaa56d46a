package import WorkflowCore

// Ids count per UTC day and store, from 001, and grow past 999.

extension RunID {
    /// `run-2026-02-02-001`
    package init(day: String, count: Int64) {
        self.init("run-\(day)-\(threeDigits(count))")
    }
}

extension RunID {
    /// The day and the count of an id that a store could give; nil for any other.
    ///
    /// When a run is removed whose id somebody chose, the store counts on behind it. Counts of more than nine digits
    /// are nobody's day: they are left alone, so that no choice can use a day up.
    package var dayAndCount: (day: String, count: Int64)? {
        guard text.hasPrefix("run-") else { return nil }
        let day = text.dropFirst(4).prefix(10)
        guard Timestamp(text: day + "T00:00:00.000Z") != nil else { return nil }
        let digits = text.dropFirst(15)
        guard (3...9).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let count = Int64(digits), count > 0, RunID(day: String(day), count: count) == self
        else { return nil }
        return (String(day), count)
    }
}

extension CheckpointID {
    /// `chk-2026-02-02-001`
    package init(day: String, count: Int64) {
        self.init("chk-\(day)-\(threeDigits(count))")
    }
}

private func threeDigits(_ count: Int64) -> String {
    let digits = String(count)
    return String(repeating: "0", count: max(0, 3 - digits.count)) + digits
}
