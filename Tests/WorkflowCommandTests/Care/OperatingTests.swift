import Glibc
import Testing

/// What the article about operating says can be done is done here as it stands.
@Suite("Operating")
struct OperatingTests {
    private static let article: String = {
        let path = Command.buildFolder.split(separator: "/").dropLast(3).joined(separator: "/")
        return fileText("/\(path)/Sources/WorkflowEngine/Documentation.docc/Operating.md") ?? ""
    }()

    /// The units in the article: their names and texts.
    private static let units: [(name: String, text: String)] = article.components(
        from: "```ini\n# /etc/systemd/system/"
    )
    .map { part in
        let lines = part.split(separator: "\n", omittingEmptySubsequences: false)
        let end = lines.firstIndex(of: "```") ?? lines.endIndex
        return (String(lines.first ?? ""), lines[1..<max(end, 1)].joined(separator: "\n") + "\n")
    }

    private static let hasSystemd = access("/usr/bin/systemd-analyze", X_OK) == 0

    @Test(
        "systemd takes the units", .enabled(if: hasSystemd, "systemd-analyze is not installed: apt-get install systemd")
    )
    func units() throws {
        #expect(
            Self.units.map(\.name) == [
                "workflow-resume.service", "workflow-resume.timer", "workflow-care.service", "workflow-care.timer",
            ])
        let scene = try Scene()
        for (name, text) in Self.units {
            // Verifying looks for the program.
            let parts = text.components(from: "/usr/local/bin/workflow", keepingFirst: true)
            try scene.write(parts.joined(separator: "\(scene.binaries)/workflow"), to: name, mode: 0o644)
        }
        let verified = try scene.tool(
            "/usr/bin/env", "systemd-analyze", "verify", "--man=no", "--recursive-errors=no",
            scene.file("workflow-resume.service"), scene.file("workflow-resume.timer"),
            scene.file("workflow-care.service"), scene.file("workflow-care.timer"))
        #expect(verified.status == 0, "\(verified)")
        for (name, _) in Self.units {
            #expect(!verified.errors.contains(name), "\(verified)")
        }
    }

    @Test("The commands of the units run, where there is nothing to do and where there is")
    func commands() throws {
        let scene = try Scene()
        try scene.write(Definitions.two, to: "two.yaml")
        let store = ["WORKFLOW_STORE": scene.store]
        #expect(try scene.workflow(["resume", "--all", "--no-wait", "--quiet"], environment: store).status == 66)
        #expect(try scene.workflow(["run", "two.yaml", "-q"], environment: store).status == 0)
        for line in Self.units.flatMap({ $0.text.split(separator: "\n") }) where line.hasPrefix("ExecStart=") {
            let command = line.dropFirst("ExecStart=".count)
                .components(from: "/usr/local/bin/workflow", keepingFirst: true).joined(
                    separator: "\(scene.binaries)/workflow"
                )
                .components(from: "/var/backups/workflow", keepingFirst: true).joined(separator: scene.path)
                .components(from: "%%", keepingFirst: true).joined(separator: "%")
            let done = try scene.tool("/usr/bin/env", "WORKFLOW_STORE=\(scene.store)", "bash", "-euc", command)
            #expect(done.status == 0, "\(command): \(done)")
        }
    }
}

extension StringProtocol {
    /// What stands behind each `separator`; with what stands before the first.
    fileprivate func components(from separator: String, keepingFirst: Bool = false) -> [String] {
        var parts: [String] = []
        var part = ""
        var rest = Substring(self)
        while !rest.isEmpty {
            if rest.hasPrefix(separator) {
                parts.append(part)
                part = ""
                rest = rest.dropFirst(separator.count)
            } else if let first = rest.popFirst() {
                part.append(first)
            }
        }
        parts.append(part)
        return keepingFirst ? parts : Array(parts.dropFirst())
    }
}
