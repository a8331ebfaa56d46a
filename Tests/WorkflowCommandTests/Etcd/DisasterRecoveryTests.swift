import Glibc
import JSON
import Testing

@Suite(
    "The recovery of a real etcd cluster", .serialized,
    .enabled(
        if: EtcdCluster.isInstalled || !EtcdCluster.mayBeSkipped,
        "no etcd in /usr/bin: install Debian's packages `etcd-server` and `etcd-client`"))
struct DisasterRecoveryTests {
    @Test(
        "Killed at random and resumed, it brings every key back and restores each member once", .timeLimit(.minutes(5)))
    func recovered() throws {
        let began = monotonicMilliseconds()
        let cluster = try EtcdCluster()
        let scene = try Scene()
        try cluster.seed()
        let before = try cluster.keys(of: cluster.members[0])
        #expect(before.count == 250)
        let oldID = try clusterID(cluster)

        var storm = RandomKills(of: "recovery", in: scene)
        let saved = try storm.drive(runCommand("recovery", cluster), kills: 4, within: 500)
        #expect(saved.status == 3, "\(storm.description): \(saved)")
        #expect(try scene.step("old_cluster_is_lost", of: "recovery")["status"]?.stringValue == "waiting")
        // Written after the snapshot, and lost with the cluster.
        #expect(try cluster.etcdctl("put", "too-late", "gone").status == 0)
        let oldServers = Set(cluster.servers.map(\.pid))
        #expect(oldServers.count == 3)
        try cluster.destroy()

        let approved = try scene.workflow(
            "approve", "recovery", "old_cluster_is_lost", "--reason", "two disks are gone")
        #expect(approved.status == 0, "\(approved)")
        let recovered = try storm.drive(nil, kills: 12, within: 400)
        #expect(recovered.status == 0, "\(storm.description): \(recovered)")
        let comment: Comment = "\(storm.description)"

        for member in cluster.members { #expect(try cluster.keys(of: member) == before, "\(member.name); \(comment)") }
        #expect(try clusterID(cluster) != oldID, comment)
        // One data folder for each member, all of one token, each served by one daemon; nothing half made is left.
        let token = try #require(scene.step("new_cluster", of: "recovery")["outputs"]?["token"]?.stringValue)
        let folders = try scene.tool("ls", "\(cluster.folder)/new").output.split(separator: "\n").map(String.init)
        #expect(
            folders == cluster.members.flatMap { ["\($0.name)-\(token)", "\($0.name)-\(token).log"] }.sorted(), comment)
        #expect(
            cluster.servers.map { $0.arguments[1] }.sorted()
                == cluster.members.map { "--data-dir=\(cluster.folder)/new/\($0.name)-\(token)" }, comment)
        try storm.expectNoneTwice()
        let steps = try scene.show("recovery")["steps"]?.arrayValue ?? []
        for name in ["restore", "start"] {
            let done = steps.filter {
                $0["name"]?.stringValue?.hasSuffix(".\(name)") == true && $0["status"]?.stringValue == "success"
            }
            #expect(done.count == 3, "\(name); \(comment)")
        }
        #expect(storm.kills >= 5, comment)
        print("etcd recovery: \(storm.description); \(monotonicMilliseconds() - began) ms")
    }

    @Test("It restores nothing over an address at which something serves", .timeLimit(.minutes(2)))
    func refuses() throws {
        let cluster = try EtcdCluster()
        let scene = try Scene()
        try cluster.seed()
        let before = cluster.servers.map(\.pid).sorted()
        let ended = try scene.workflow(runCommand("refused", cluster) + ["-p", "ask=false"])
        #expect(ended.status == 1, "\(ended)")
        #expect(ended.errors.contains("stop the old member first"), "\(ended)")
        #expect(cluster.servers.map(\.pid).sorted() == before)
        #expect(try cluster.etcdctl("endpoint", "health").status == 0)
    }

    private func runCommand(_ run: String, _ cluster: EtcdCluster) -> [String] {
        [
            "run", Repository.path("workflows/etcd-disaster-recovery.yaml"), "--run-id", run, "--quiet", "-p",
            cluster.parameter, "-p", "backup_dir=\(cluster.folder)/backup", "-p", "data_root=\(cluster.folder)/new",
        ]
    }

    private func clusterID(_ cluster: EtcdCluster) throws -> String {
        let got = try cluster.etcdctl("get", "none", "-w", "fields")
        return try #require(got.output.split(separator: "\n").first { $0.hasPrefix("\"ClusterID\"") }.map(String.init))
    }
}
