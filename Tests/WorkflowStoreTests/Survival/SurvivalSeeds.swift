import Glibc

/// The seeds of the tests that draw what they do.
///
/// More than those of every test run: `WORKFLOW_SURVIVAL_SEEDS=1-10000 swift test --skip-build --filter 'Survival'`.
enum SurvivalSeeds {
    static func range(_ standard: ClosedRange<UInt64>) -> ClosedRange<UInt64> {
        let bounds = (getenv("WORKFLOW_SURVIVAL_SEEDS").map { String(cString: $0) } ?? "").split(separator: "-")
            .compactMap { UInt64($0) }
        return bounds.count == 2 && bounds[0] <= bounds[1] ? bounds[0]...bounds[1] : standard
    }
}
