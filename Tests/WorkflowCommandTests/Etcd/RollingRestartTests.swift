import Glibc
import JSON
import Testing

@Suite(
    "The rolling restart of a real etcd cluster", .serialized,
    .enabled(
        if: EtcdCluster.isInstalled || !EtcdCluster.mayBeSkipped,
        "no etcd in /usr/bin: install Debian's packages `etcd-server` and `etcd-client`"))
struct RollingRestartTests {
    @Test(
        "Killed at random and resumed, it restarts each member once, and never has two of them down",
        .timeLimit(.minutes(5)))
    func restarted() throws {
        let began = monotonicMilliseconds()
        let cluster = try EtcdCluster()
        let scene = try Scene()
        try cluster.seed()
        let keys = try cluster.keys(of: cluster.members[0])
        let before = cluster.servers.sorted { $0.arguments[1] < $1.arguments[1] }
        let watch = try Watch(cluster)

        var storm = RandomKills(of: "rolling", in: scene)
        let ended = try storm.drive(runCommand("rolling", cluster), kills: 15, within: 400)
        let comment: Comment = "\(storm.description)"
        #expect(ended.status == 0, "\(comment): \(ended)")
        try eventually("the watch has seen the end") { try watch.isAllUp() }
        let counts = try watch.counts()
        #expect(counts.min() == 2, "members up, as seen from outside: \(Set(counts).sorted()); \(comment)")

        // Other processes, of the same command lines, with the same data.
        let after = cluster.servers.sorted { $0.arguments[1] < $1.arguments[1] }
        #expect(after.map(\.arguments) == before.map(\.arguments), comment)
        #expect(Set(after.map(\.pid)).isDisjoint(with: before.map(\.pid)), comment)
        for member in cluster.members { #expect(try cluster.keys(of: member) == keys, "\(member.name); \(comment)") }
        // Each was stopped once: who runs now is who was started in the run's one start.
        try storm.expectNoneTwice()
        #expect(storm.kills >= 5, comment)
        print(
            "etcd rolling restart: \(comment), \(counts.count) looks from outside; \(monotonicMilliseconds() - began) "
                + "ms"
        )
    }

    @Test("It does not begin while a member is down", .timeLimit(.minutes(2)))
    func refuses() throws {
        let cluster = try EtcdCluster()
        let scene = try Scene()
        let victim = try #require(cluster.servers.first)
        #expect(kill(victim.pid, SIGKILL) == 0)
        try eventually("it is down") { cluster.servers.count == 2 }
        let before = cluster.servers.map(\.pid).sorted()
        let ended = try scene.workflow(runCommand("refused", cluster))
        #expect(ended.status == 1, "\(ended)")
        #expect(ended.errors.contains("nothing was restarted"), "\(ended)")
        #expect(cluster.servers.map(\.pid).sorted() == before)
        #expect(try scene.step("restart", of: "refused")["status"]?.stringValue == "pending")
    }

    private func runCommand(_ run: String, _ cluster: EtcdCluster) -> [String] {
        [
            "run", Repository.path("workflows/etcd-rolling-restart.yaml"), "--run-id", run, "--quiet", "-p",
            cluster.parameter,
        ]
    }
}

/// Looks from outside, many times a second, how many members take connections.
private struct Watch {
    private let watcher: Started

    init(_ cluster: EtcdCluster) throws {
        let script = """
            while :; do
              up=0
              for at; do if (exec 3<> "/dev/tcp/${at%:*}/${at#*:}") 2> /dev/null; then up=$((up + 1)); fi; done
              echo "$up"
              sleep 0.02
            done
            """
        let addresses = cluster.members.compactMap { $0.client.split(separator: "/").last.map(String.init) }
        watcher = try Started(
            ["/bin/bash", "-c", script, "watch"] + addresses, in: "/", environment: ["PATH": "/usr/bin:/bin"],
            capture: Started.nextCapture(in: "/tmp"))
    }

    func counts() throws -> [Int] {
        try #require(watcher.isRunning, "the watch has ended: \(watcher.errors)")
        return watcher.output.split(separator: "\n").compactMap { Int($0) }
    }

    func isAllUp() throws -> Bool { try counts().last == 3 }
}
