internal import WorkflowViews

/// Sizes for people: `512 bytes`, `4.2 MiB`.
enum ByteCount {
    static func text(_ bytes: Int64) -> String {
        var unit = 0
        var tenths = bytes
        let names = ["bytes", "KiB", "MiB", "GiB", "TiB"]
        guard bytes >= 1024 else { return Counted.text(bytes, "byte") }
        // Tenths of a unit, rounded down.
        var whole = bytes
        while whole >= 1024, unit < names.count - 1 {
            tenths = whole % 1024 * 10 / 1024
            whole /= 1024
            unit += 1
        }
        return "\(whole).\(tenths) \(names[unit])"
    }
}
