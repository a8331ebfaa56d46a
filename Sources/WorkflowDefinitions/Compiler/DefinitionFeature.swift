/// A part of the language that an engine may not run yet. What is not switched on is refused by name.
package enum DefinitionFeature: String, Sendable, CaseIterable {
    case foreach
    case group
    case loop
    case signal
    case approval
    case sleepUntil = "sleep_until"
    case locks
    case concurrency

    /// How a definition asks for it.
    var written: String {
        switch self {
        case .foreach: "foreach"
        case .group: "steps (a group)"
        case .loop: "repeat"
        case .signal: "uses: signal"
        case .approval: "uses: approval"
        case .sleepUntil: "sleep until an instant"
        case .locks: "locks"
        case .concurrency: "concurrency"
        }
    }
}
