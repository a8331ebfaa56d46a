import Glibc

/// How much the tests that kill at random kill, and when: asked for in the environment.
enum KillSettings {
    /// `WORKFLOW_TEST_KILLS`: the kills of all storms of `KillStormTests` together. The storms over a cluster or a
    /// database grow by the same factor.
    static let killsWanted = number("WORKFLOW_TEST_KILLS") ?? 100
    /// `WORKFLOW_TEST_SEED`: other victims, other moments.
    static let seed = number("WORKFLOW_TEST_SEED").map { UInt64(bitPattern: Int64($0)) } ?? 20_260_202
    /// `WORKFLOW_TEST_STORM`: one storm alone, by its definition's name.
    static let storm = getenv("WORKFLOW_TEST_STORM").map { String(cString: $0) }

    /// So many kills where a test run of 100 has `count`; never fewer.
    static func scaled(_ count: Int) -> Int { max(count, count * max(killsWanted, 0) / 100) }

    private static func number(_ name: String) -> Int? { getenv(name).flatMap { Int(String(cString: $0)) } }
}
