/// A definition that storms are let loose on, and what is to be true of its effects.
struct StormDefinition: Sendable, CustomStringConvertible {
    /// A step, or an item's, with an effect in the ledger.
    struct Part: Sendable {
        let name: String
        /// The parts whose effects come before it starts.
        var needs: [String] = []
        /// How many effects it has: one in each pass.
        var passes = 1
        /// It may be repeated, so that an effect may come again under the same key.
        var isIdempotent = false
        var onReturn = OnReturn.stays
    }

    /// What a return to an earlier stage means for a part. A kill may end a step in failure, and its stage with it.
    enum OnReturn: Sendable {
        /// It stands before the stage that is returned to.
        case stays
        /// It was done, and is done again under new keys.
        case doneAgain
        /// It is what failed: with its effect, or before that.
        case hadFailed
    }

    let name: String
    /// Of a hundred kills, so many are for it.
    let share: Int
    /// In the storm's folder, or absolute.
    let file: String
    /// The YAML of `file`; nil where the repository has it.
    let text: String?
    let parts: [Part]
    /// Further arguments of `run`.
    var arguments: [String] = []
    /// What a person gives as outputs of a step that is known to be done.
    var outputs: [String] = []
    /// Steps run one at a time.
    var isSequential = false
    /// The ledger is written by what stands in the place of the shell.
    var replacesShell = false

    var description: String { name }

    static let all = [sequential, parallel, groups, quickstart, fanOut]

    /// Forty steps, one after another; each fifth of them may be repeated, the others have a probe.
    static let sequential: StormDefinition = {
        var parts: [Part] = []
        var text = "name: sequential\nstages:\n"
        for number in 1...40 {
            if number % 20 == 1 {
                text += "  - name: \(number == 1 ? "provisioning" : "configuring")\n    steps:\n"
            }
            let part = Part(name: "s\(number)", needs: parts.suffix(1).map(\.name), isIdempotent: number % 5 == 0)
            text += step(part, "act 0.0\(number % 4)", margin: 6)
            parts.append(part)
        }
        return StormDefinition(
            name: "sequential", share: 30, file: "sequential.yaml", text: text, parts: parts, isSequential: true)
    }()

    /// One step, then four at once, and so on.
    static let parallel: StormDefinition = {
        var parts: [Part] = []
        var text = "name: parallel\nmax_parallel: 4\nstages:\n  - name: provisioning\n    steps:\n"
        var last: [String] = []
        for wave in 1...12 {
            let names = wave % 3 == 1 ? ["w\(wave)"] : (1...4).map { "w\(wave)_\($0)" }
            for name in names {
                let part = Part(name: name, needs: last)
                text += step(part, "act 0.02", needs: last, margin: 6)
                parts.append(part)
            }
            last = names
        }
        return StormDefinition(name: "parallel", share: 25, file: "parallel.yaml", text: text, parts: parts)
    }()

    /// Items, each with steps of its own, one of which goes round.
    static let groups: StormDefinition = {
        let nodes = (1...6).map { "n\($0)" }
        var parts = [Part(name: "draw")]
        var text = """
            name: groups
            params: {nodes: {type: array, default: [\(nodes.joined(separator: ", "))]}}
            stages:
              - name: provisioning
                steps:

            """
        text += step(parts[0], "act 0.01", margin: 6)
        text += """
                  - name: upgrade
                    foreach: {items: "${{ params.nodes }}", as: node, key: node, max_parallel: 3}
                    steps:

            """
        text += step(Part(name: "drain"), "act 0.02", margin: 10)
        text += step(
            Part(name: "healthy"), "act 0.01; passes",
            more: ["repeat: {until: \"steps.healthy.outputs.passes >= 3\", limit: 9}"],
            probe: "; passes", margin: 10)
        text += step(Part(name: "back"), "act", margin: 10)
        for node in nodes {
            parts.append(Part(name: "upgrade[\(node)].drain", needs: ["draw"]))
            parts.append(Part(name: "upgrade[\(node)].healthy", needs: ["upgrade[\(node)].drain"], passes: 3))
            parts.append(Part(name: "upgrade[\(node)].back", needs: ["upgrade[\(node)].healthy"]))
        }
        let last = Part(name: "last", needs: nodes.map { "upgrade[\($0)].back" })
        text += step(last, "act", margin: 6)
        parts.append(last)
        return StormDefinition(name: "groups", share: 20, file: "groups.yaml", text: text, parts: parts)
    }()

    /// As it is shipped; what a kill leaves in doubt is for a person.
    static let quickstart: StormDefinition = {
        var parts: [Part] = []
        for name in ["draw_plan", "create_network", "create_nodes", "install", "smoke_test"] {
            parts.append(Part(name: name, needs: parts.suffix(1).map(\.name)))
        }
        parts[3].onReturn = .doneAgain
        parts[4].onReturn = .hadFailed
        return StormDefinition(
            name: "quickstart", share: 10, file: Repository.path("workflows/quickstart.yaml"), text: nil, parts: parts,
            outputs: ["network=10.20.0.0/16", "network_id=net-1", "names=[\"demo-1\"]", "healthy=true"],
            isSequential: true, replacesShell: true)
    }()

    /// As it is shipped, over forty targets.
    static let fanOut: StormDefinition = {
        let targets = (1...40).map { "t\($0)" }
        let list = targets.map { "\"\($0)\"" }.joined(separator: ",")
        return StormDefinition(
            name: "fan-out", share: 15, file: Repository.path("workflows/fan-out.yaml"), text: nil,
            parts: targets.map { Part(name: "apply[\($0)]") },
            arguments: ["-p", "targets=[\(list)]", "-p", #"command=. "$SCENE/act.sh"; act 0.05"#])
    }()

    private static func step(
        _ part: Part, _ command: String, needs: [String]? = nil, more: [String] = [], probe: String = "", margin: Int
    ) -> String {
        var lines = ["name: \(part.name)", "shell: [sh, -eu]", "timeout: 30s", "kill_after: 500ms"]
        if let needs { lines.append("needs: [\(needs.joined(separator: ", "))]") }
        lines.append("retry: {limit: 50, delay: 10ms, max_delay: 10ms}")
        lines.append(
            part.isIdempotent ? "idempotent: true" : "probe: . \"$SCENE/probe.sh\"; . \"$SCENE/act.sh\"\(probe)")
        lines += more
        lines.append("run: . \"$SCENE/act.sh\"; \(command)")
        let space = String(repeating: " ", count: margin)
        return space + "- " + lines.joined(separator: "\n\(space)  ") + "\n"
    }
}
