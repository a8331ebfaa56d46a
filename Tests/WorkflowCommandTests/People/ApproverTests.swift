import Glibc
import JSON
import Testing

@Suite("Approvers are logins")
struct ApproverTests {
    private static let gate = """
        name: gate
        stages:
          - name: only
            steps:
              - name: go_live
                uses: approval
                with: {prompt: "Switch the traffic?", approvers: [ada, "uid:54321"]}
              - name: after
                run: echo "by ${{ steps.go_live.outputs.approved_by }}" >> "$SCENE/done"
        """

    /// The kernel lets a process without a login have one, if it may: then people can be told apart in a test.
    static let canLogIn: Bool = {
        guard
            let child = try? Started(
                ["/bin/sh", "-c", "echo 54321 > /proc/self/loginuid"], in: "/", environment: [:],
                capture: Started.nextCapture(in: "/tmp"))
        else { return false }
        return (try? child.finished().status) == 0 && hasNoLogin
    }()

    static let hasNoLogin = (fileText("/proc/self/loginuid") ?? "").hasPrefix("4294967295")

    private func loggedIn(_ id: Int, _ scene: Scene, _ words: String) throws -> Finished {
        try scene.start(
            command: [
                "/bin/sh", "-c", "echo \(id) > /proc/self/loginuid; exec '\(scene.binaries)/workflow' \(words)",
            ]
        ).finished()
    }

    @Test(
        "Where nothing tells people apart, a run with approvers is refused with 65, and the message says the way",
        .enabled(if: hasNoLogin))
    func refused() throws {
        for approvers in ["[ada]", "[root]", "['uid:0', ada]", "['${{ params.who }}']"] {
            let scene = try Scene()
            try scene.write(
                Self.gate.replacing(#"[ada, "uid:54321"]"#, with: approvers)
                    .replacing("stages:", with: "params: {who: {type: string, default: ada}}\nstages:"),
                to: "gate.yaml")
            for more in [[], ["--detach"]] {
                let run = try scene.workflow(["run", "gate.yaml", "--run-id", "g"] + more)
                #expect(run.status == 65, "\(run)")
                #expect(run.errors.contains("step go_live names approvers"), "\(run)")
                #expect(run.errors.contains("workflow store set identity=claimed"), "\(run)")
                #expect(try scene.workflow("show", "g").status == 66)
            }
        }
    }

    @Test(
        "A store that takes names says who set it, in each decision too; taken back, --as is refused with 77",
        .enabled(if: hasNoLogin))
    func claimed() throws {
        let scene = try Scene()
        try scene.write(Self.gate, to: "gate.yaml")
        #expect(try scene.workflow("store", "set", "identity=claimed", "--reason", "one account").status == 0)
        #expect(try scene.workflow("run", "gate.yaml", "--run-id", "g").status == 3)
        let shown = try scene.workflow("store", "show", "-o", "json").json
        #expect(shown["identity"] == "claimed")
        #expect(shown["decisions"]?[0]?["reason"] == "one account")
        #expect(shown["decisions"]?[0]?["by"]?["pid"]?.intValue != nil)
        let me = try #require(shown["owner"]?.stringValue)
        #expect(try scene.workflow("store", "show").output.contains("set identity=claimed"))
        #expect(try scene.workflow("approve", "g", "go_live").status == 77)
        #expect(try scene.workflow("approve", "g", "go_live", "--as", "eve").status == 77)
        #expect(try scene.workflow("approve", "g", "go_live", "--as", "uid:54321").status == 0)

        #expect(try scene.workflow("run", "gate.yaml", "--run-id", "h").status == 3)
        #expect(try scene.workflow("store", "set", "identity=login").status == 0)
        for verb in ["approve", "reject"] {
            let refused = try scene.workflow(verb, "h", "go_live", "--as", "ada")
            #expect(refused.status == 77, "\(refused)")
            #expect(refused.errors.contains("\(me) cannot \(verb) step go_live as ada"), "\(refused)")
        }
        let decisions = try scene.workflow("show", "g", "--decisions", "-o", "json").json["decisions"]?.arrayValue ?? []
        let approved = try #require(decisions.first { $0["what"] == "approved" })
        #expect(approved["who"]?.stringValue == "uid:54321, typed by \(me) (identity: claimed)")
        #expect(try scene.workflow("store", "set", "identity=maybe").status == 64)
        #expect(try scene.workflow("store", "set", "colour=red").status == 64)
    }

    @Test("Where names are taken on trust, every printed answer says whose it is, and works as it is printed")
    func printedClaims() throws {
        let scene = try claimingScene()
        try scene.write(
            Self.gate.replacing(#"[ada, "uid:54321"]"#, with: "[o'brien, ada]"), to: "gate.yaml")
        var run = 0
        for verb in ["approve", "reject"] {
            for place in ["run", "show", "step", "attention", "json", "doctor"] {
                run += 1
                let name = "g\(run)"
                let started = try scene.workflow("run", "gate.yaml", "--run-id", name)
                #expect(started.status == 3)
                let text =
                    switch place {
                    case "run": started.errors
                    case "show": try scene.workflow("show", name).output
                    case "step": try scene.workflow("show", name, "go_live").output
                    case "attention": try scene.workflow("attention").output
                    case "json":
                        (try scene.show(name)["waits"]?.arrayValue?.first?["commands"]?.arrayValue ?? [])
                            .compactMap { $0["command"]?.stringValue }.joined(separator: "\n")
                    default: try scene.workflow("doctor").output
                    }
                // `doctor` names the first way alone.
                let found = text.split(separator: "\n").first { $0.contains("workflow \(verb) \(name) ") }
                guard let found else {
                    #expect(place == "doctor" && verb == "reject", "\(verb) in \(place): \(text)")
                    #expect(try scene.workflow("cancel", name).status == 0)
                    continue
                }
                let typed = found[(found.firstRange(of: "workflow \(verb)")?.lowerBound ?? found.startIndex)...]
                    .prefix { $0 != "`" }.replacing(" --resume", with: "")
                #expect(
                    typed.contains(#"--as 'o'\''brien'"#) || typed.contains("--as \"o'brien\""), "\(place): \(typed)")
                let path = scene.binaries
                let answered = try scene.start(command: ["/bin/sh", "-c", "PATH='\(path)':$PATH; \(typed)"]).finished()
                #expect(answered.status == 0, "\(place): \(typed): \(answered)")
            }
        }
        // Without a list, and where logins count, nobody has to say a name.
        try scene.write(Self.gate.replacing(#", approvers: [ada, "uid:54321"]"#, with: ""), to: "open.yaml")
        let open = try scene.workflow("run", "open.yaml", "--run-id", "open")
        #expect(open.status == 3 && !open.errors.contains("--as"), "\(open)")
    }

    @Test("A rejected approval is not got round: its own commands ask again or end it, and resolve takes an approver")
    func rejected() throws {
        let scene = try claimingScene()
        try scene.write(Self.gate, to: "gate.yaml")
        #expect(try scene.workflow("run", "gate.yaml", "--run-id", "g").status == 3)
        #expect(try scene.workflow("reject", "g", "go_live", "--as", "ada").status == 0)
        let failed = try scene.workflow("resume", "g")
        #expect(failed.status == 1, "\(failed)")
        #expect(!failed.errors.contains("its effect is in place"), "\(failed)")
        #expect(!failed.errors.contains("workflow resolve"), "\(failed)")
        #expect(failed.errors.contains("# ask again"), "\(failed)")
        #expect(failed.errors.contains("workflow cancel g --reason"), "\(failed)")
        for way in ["--skip", "--done", "--retry"] {
            for names in [[], ["--as", "eve"]] {
                let resolved = try scene.workflow(["resolve", "g", "go_live", way, "--reason", "x"] + names)
                #expect(resolved.status == 77, "\(resolved)")
            }
        }
        #expect(!scene.exists("done"))
        #expect(try scene.workflow("resolve", "g", "go_live", "--skip", "--reason", "x", "--as", "ada").status == 0)
        #expect(try scene.step("go_live", of: "g")["status"] == "skipped")
    }

    @Test(
        "Who logged in approves, over a change of user; who did not cannot, nor a name that is only claimed",
        .enabled(if: canLogIn))
    func logins() throws {
        let scene = try Scene()
        try scene.write(Self.gate, to: "gate.yaml")
        let run = try loggedIn(12345, scene, "run gate.yaml --run-id g")
        #expect(run.status == 3, "\(run)")
        #expect(try scene.workflow("approve", "g", "go_live").status == 77)
        #expect(try loggedIn(12345, scene, "approve g go_live").status == 77)
        #expect(try loggedIn(12345, scene, "approve g go_live --as ada").status == 77)
        #expect(try loggedIn(54321, scene, "approve g go_live --as ada").status == 77)
        let approved = try loggedIn(54321, scene, "approve g go_live --reason 'seen it'")
        #expect(approved.status == 0, "\(approved)")
        #expect(try scene.workflow("resume", "g").status == 0)
        #expect(scene.lines("done") == ["by uid:54321"])
        let decisions = try scene.workflow("show", "g", "--decisions", "-o", "json").json["decisions"]?.arrayValue ?? []
        let verdict = try #require(decisions.first { $0["what"] == "approved" })
        #expect(verdict["actor"] == "login:uid:54321")
        #expect(verdict["by"]?["audit_uid"] == 54321)
        #expect(verdict["who"]?.stringValue?.hasPrefix("uid:54321, as ") == true)
    }

    @Test(
        "Who is no approver does not move the run past the approval, nor is shown how; an approver does, and is told"
    )
    func moves() throws {
        let scene = try claimingScene()
        try scene.write(Self.gate, to: "gate.yaml")
        #expect(try scene.workflow("run", "gate.yaml", "--run-id", "g").status == 3)
        let edits = [
            Self.gate.replacing(#"approvers: [ada, "uid:54321"]"#, with: "timeout: 1h"),
            Self.gate.replacing("[ada,", with: "[eve,"),
            Self.gate.replacing("uses: approval", with: "run: 'true'")
                .replacing(
                    #"        with: {prompt: "Switch the traffic?", approvers: [ada, "uid:54321"]}"# + "\n", with: ""),
        ]
        for (number, edit) in edits.enumerated() {
            let edited = edit.replacing("${{ steps.go_live.outputs.approved_by }}", with: "hand")
            try scene.write(edited, to: "e\(number).yaml")
            for more in [["--plan"], []] {
                for who in [[], ["--as", "eve"]] {
                    let moved = try scene.workflow(["resume", "g", "--definition", "e\(number).yaml"] + more + who)
                    #expect(moved.status == 77, "\(number): \(moved)")
                    #expect(moved.errors.contains("step go_live"), "\(moved)")
                }
            }
        }
        #expect(!scene.exists("done"))
        let planned = try scene.workflow(
            "resume", "g", "--definition", "e1.yaml", "--plan", "--as", "ada", "-o", "json")
        #expect(planned.status == 0, "\(planned)")
        let plan = try planned.json
        #expect(plan["approvals"]?[0]?["step"] == "go_live")
        #expect(plan["approvals"]?[0]?["others"] == ["eve", "uid:54321"])
        #expect(plan["waiting"] == [], "\(plan)")
        #expect(plan["rewritten"]?.arrayValue?.contains("go_live") == true, "\(plan)")
        let text = try scene.workflow("resume", "g", "--definition", "e1.yaml", "--plan", "--as", "ada")
        #expect(text.output.contains("go_live asks eve, uid:54321, not ada, uid:54321"), "\(text)")
        #expect(text.output.split(separator: "\n").count { $0 == "          go_live" } == 1, "\(text)")
        #expect(try scene.workflow("resume", "g", "--definition", "e1.yaml", "--as", "ada").status == 3)
        let decisions = try scene.workflow("show", "g", "--decisions", "-o", "json").json["decisions"]?.arrayValue ?? []
        let decision = try #require(decisions.first { $0["what"] == "moved to definition" })
        #expect(decision["reason"]?.stringValue?.contains("go_live asks eve, uid:54321") == true, "\(decision)")
        try scene.expectVerified("g")
    }

    @Test(
        "plan says what run says of approvers, with its exit status; a refused run makes no store",
        .enabled(if: hasNoLogin))
    func planned() throws {
        for (approvers, isRefused) in [
            ("[ada]", true), ("[root]", true), ("['${{ params.who }}']", true), ("[]", true),
        ] {
            let scene = try Scene()
            let text = Self.gate.replacing(#"[ada, "uid:54321"]"#, with: approvers)
                .replacing("stages:", with: "params: {who: {type: string, default: ada}}\nstages:")
            try scene.write(text, to: "gate.yaml")
            let run = try scene.workflow("run", "gate.yaml")
            let plan = try scene.workflow("plan", "gate.yaml")
            #expect(run.status == 65 && plan.status == 65 && isRefused, "\(run) \(plan)")
            #expect(
                run.errors.split(separator: "\n").allSatisfy {
                    plan.errors.contains($0) || $0.contains("cannot be run")
                })
            #expect(!scene.exists(".workflow"), "\(approvers)")
        }
        let scene = try Scene()
        try scene.write(Self.gate, to: "gate.yaml")
        let validated = try scene.workflow("validate", "gate.yaml")
        #expect(validated.status == 0 && validated.errors.contains("`workflow run` refuses it here"), "\(validated)")
        try scene.write(
            Self.gate.replacing("uses: approval", with: "if: 'false'\n        uses: approval"), to: "off.yaml")
        #expect(try scene.workflow("plan", "off.yaml").status == 0)
        #expect(try scene.workflow("run", "off.yaml", "--run-id", "off").status != 65)
        #expect(try scene.workflow("store", "set", "identity=claimed").status == 0)
        #expect(try scene.workflow("plan", "gate.yaml").status == 0)
        #expect(try scene.workflow("validate", "gate.yaml").errors.isEmpty)
    }

    @Test("Approvers of a parameter are names, or the run is refused")
    func parameters() throws {
        let scene = try claimingScene()
        let text = Self.gate.replacing(#"[ada, "uid:54321"]"#, with: #"["${{ params.who }}"]"#)
            .replacing("stages:", with: "params: {who: {type: TYPE}}\nstages:")
        try scene.write(text.replacing("TYPE", with: "string"), to: "one.yaml")
        try scene.write(text.replacing("TYPE", with: "array"), to: "many.yaml")
        for (file, value) in [
            ("one.yaml", ""), ("one.yaml", "ada, lin"), ("one.yaml", "user:ada"), ("many.yaml", "[]"),
            ("many.yaml", #"["ada", ""]"#), ("many.yaml", #"["ada", 3]"#),
        ] {
            let run = try scene.workflow("run", file, "-p", "who=\(value)")
            #expect(run.status == 65, "\(run)")
            #expect(run.errors.contains("step go_live: "), "\(run)")
        }
        #expect(try scene.workflow("run", "one.yaml", "-p", "who=login:ada", "--run-id", "a").status == 3)
        #expect(try scene.workflow("approve", "a", "go_live", "--as", "ada").status == 0)
        #expect(try scene.workflow("run", "many.yaml", "-p", #"who=["ada", "lin"]"#, "--run-id", "b").status == 3)
        #expect(try scene.workflow("approve", "b", "go_live", "--as", "eve").status == 77)
        #expect(try scene.workflow("approve", "b", "go_live", "--as", "lin").status == 0)
    }
}
