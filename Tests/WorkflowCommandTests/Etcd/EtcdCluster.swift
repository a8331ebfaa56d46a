import Glibc
import JSON
import Testing

/// An etcd cluster of three on loopback, from Debian's packages `etcd-server` and `etcd-client`; every etcd that works
/// in its folder is ended with the value, whoever has started it.
final class EtcdCluster: Sendable {
    struct Member: Sendable {
        let name: String
        let client: String
        let peer: String
        let dataFolder: String
    }

    let folder: String
    let members: [Member]

    private static let clusters = Counter()

    static let isInstalled = ["etcd", "etcdctl"].allSatisfy { access("/usr/bin/\($0)", X_OK) == 0 }

    /// Where they are missing, these tests are skipped; on a build machine they fail instead, since nobody reads its
    /// skips.
    static let mayBeSkipped = getenv("CI").map { String(cString: $0) } != "true"

    /// Starts the members and waits until they are healthy.
    init() throws {
        try #require(Self.isInstalled, "no etcd in /usr/bin: install Debian's packages `etcd-server` and `etcd-client`")
        var template = Array("/tmp/workflow-etcd-XXXXXX".utf8CString)
        let folder = String(cString: try #require(mkdtemp(&template)))
        self.folder = folder
        // An address of its own, out of the sixteen million of loopback: a port that is free while a member is down
        // must not be given to a connection that goes out from 127.0.0.1, nor to another test.
        let process = getpid()
        let host = "127.\(100 + Self.clusters.next() % 100).\(process >> 8 & 0xFF).\(process & 0xFF)"
        let ports = try Self.freePorts(6, at: host)
        members = (0..<3).map { number in
            Member(
                name: "m\(number + 1)", client: "http://\(host):\(ports[number])",
                peer: "http://\(host):\(ports[number + 3])", dataFolder: "\(folder)/old/m\(number + 1)")
        }
        do {
            for member in members { try start(member) }
            try eventually("the cluster is healthy") { try etcdctl("endpoint", "health").status == 0 }
        } catch {
            remove()
            throw error
        }
    }

    deinit { remove() }

    private func remove() {
        try? killMembers()
        _ = try? Self.run(["/bin/rm", "-rf", folder], [:])
    }

    /// As an operator would: as a daemon, with its log in a file.
    private func start(_ member: Member) throws {
        let cluster = members.map { "\($0.name)=\($0.peer)" }.joined(separator: ",")
        let script = """
            mkdir -p "$2/old"
            log=$1; shift 2
            exec setsid --fork "$@" < /dev/null >> "$log" 2>&1
            """
        let started = try Self.run(
            [
                "/bin/sh", "-euc", script, "start", "\(folder)/\(member.name).log", folder, "etcd",
                "--data-dir=\(member.dataFolder)", "--name=\(member.name)", "--listen-client-urls=\(member.client)",
                "--advertise-client-urls=\(member.client)", "--listen-peer-urls=\(member.peer)",
                "--initial-advertise-peer-urls=\(member.peer)", "--initial-cluster=\(cluster)",
                "--initial-cluster-token=old", "--initial-cluster-state=new",
            ], [:])
        try #require(started.status == 0, "\(started)")
    }

    /// Ports that were free a moment ago: bound all at once, so that they differ.
    private static func freePorts(_ count: Int, at host: String) throws -> [UInt16] {
        var ports: [UInt16] = []
        var sockets: [Int32] = []
        defer { for socket in sockets { close(socket) } }
        for _ in 0..<count {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            try #require(descriptor >= 0)
            sockets.append(descriptor)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = inet_addr(host)
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let error = withUnsafeMutablePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, length) == 0 ? getsockname(descriptor, $0, &length) : -1
                }
            }
            try #require(error == 0, "no free port: errno \(errno)")
            ports.append(UInt16(bigEndian: address.sin_port))
        }
        return ports
    }

    // MARK: - What a test asks

    /// The parameter `members` of the definitions.
    var parameter: String {
        let members = members.map {
            #"{"name": "\#($0.name)", "client": "\#($0.client)", "#
                + #""peer": "\#($0.peer)", "data_dir": "\#($0.dataFolder)"}"#
        }
        return "members=[\(members.joined(separator: ", "))]"
    }

    /// Asks all members, or only those of these addresses.
    func etcdctl(_ arguments: String..., at endpoints: [String]? = nil) throws -> Finished {
        try Self.run(["/usr/bin/etcdctl"] + arguments, endpoints ?? members.map(\.client))
    }

    /// Every key with its value and its revision, as one member has it, without asking the others.
    func keys(of member: Member) throws -> [String] {
        let got = try etcdctl("get", "", "--prefix", "--consistency=s", "-w", "json", at: [member.client])
        try #require(got.status == 0, "\(got)")
        return try (got.json["kvs"]?.arrayValue ?? []).map {
            let value = try #require($0["value"]?.stringValue)
            return try "\(#require($0["key"]?.stringValue)) \(value) \(#require($0["mod_revision"]?.intValue))"
        }
    }

    /// Some hundreds of keys with a history: written, overwritten, deleted.
    func seed() throws {
        for round in 1...4 {
            let puts = (1...100).map { "put key-\(round % 3)-\($0) \"value \($0) of round \(round)\"" }
            try transact(puts)
        }
        try transact((1...50).map { "del key-2-\($0)" })
    }

    private func transact(_ operations: [String]) throws {
        let done = try Self.run(
            ["/bin/sh", "-c", #"printf '\n%s\n\n\n' "$1" | etcdctl txn"#, "txn", operations.joined(separator: "\n")],
            members.map(\.client))
        try #require(done.status == 0 && done.output.contains("SUCCESS"), "\(done)")
    }

    // MARK: - Processes

    /// Every etcd that works in this folder, with its arguments.
    var servers: [(pid: pid_t, arguments: [String])] {
        var found: [(pid_t, [String])] = []
        guard let proc = opendir("/proc") else { return [] }
        defer { closedir(proc) }
        while let entry = readdir(proc) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let pid = pid_t(name), let text = fileText("/proc/\(pid)/cmdline"),
                text.hasPrefix("etcd\0"), text.contains("\0--data-dir=\(folder)/"), !isZombie(pid)
            else { continue }
            found.append((pid, text.split(separator: "\0").map(String.init)))
        }
        return found
    }

    /// `kill -9` of every etcd in this folder.
    func killMembers() throws {
        try eventually("no member lives") {
            let all = servers
            for server in all { _ = kill(server.pid, SIGKILL) }
            return all.isEmpty
        }
    }

    /// The disaster: every member and its data.
    func destroy() throws {
        try killMembers()
        #expect(try Self.run(["/bin/rm", "-rf", "\(folder)/old"], [:]).status == 0)
    }

    private static func run(_ command: [String], _ endpoints: [String]) throws -> Finished {
        try run(command, endpoints.isEmpty ? [:] : ["ETCDCTL_ENDPOINTS": endpoints.joined(separator: ",")])
    }

    private static func run(_ command: [String], _ environment: [String: String]) throws -> Finished {
        let all = ["PATH": "/usr/bin:/bin", "HOME": "/", "ETCDCTL_API": "3"].merging(environment) { $1 }
        return try Started(command, in: "/", environment: all, capture: Started.nextCapture(in: "/tmp"))
            .finished(within: 60)
    }
}
