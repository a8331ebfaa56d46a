package import WorkflowCore

// Ids count per UTC day and store, from 001, and grow past 999.

extension RunID {
    /// `run-2026-02-02-001`
    package init(day: String, count: Int64) {
        self.init("run-\(day)-\(threeDigits(count))")
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
