import Testing

@Suite("Engine, supervisor and command, killed and stopped at any moment", .serialized)
struct KillStormTests {
    /// Kills of one run: more would leave no moment of it in which it goes on.
    private static let killsOfRun = 25

    @Test(
        "Every effect happens once and in order, whoever is killed, stopped or replaced",
        .timeLimit(.minutes(300)),
        arguments: StormDefinition.all.filter { KillSettings.storm ?? $0.name == $0.name })
    func storm(over definition: StormDefinition) throws {
        let wanted = max(1, KillSettings.killsWanted * definition.share / 100)
        let began = monotonicMilliseconds()
        var all = StormTally()
        var seed = KillSettings.seed
        while all.kills < wanted {
            var storm = try Storm(over: definition, run: "\(definition.name)-\(all.runs + 1)", seed: seed)
            try storm.rage(kills: min(wanted - all.kills, Self.killsOfRun))
            all.add(storm.tally)
            seed &+= 1
        }
        print(
            "storm over \(definition.name): \(all); \(monotonicMilliseconds() - began) ms, seed \(KillSettings.seed)")
    }
}
