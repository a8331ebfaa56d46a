import Glibc
import JSON
import Testing

@Suite("Runs that a step starts")
struct NestedRunTests {
    /// A scene with `inner.yaml`, whose step writes `began`, waits until there is `go`, and writes `deployed`.
    private func scene(inner keys: String = "", step: String = "") throws -> Scene {
        let scene = try Scene()
        try scene.write(
            """
            name: inner
            \(keys)
            stages:
              - name: only
                steps:
                  - name: work
                    \(step)
                    run: |
                      echo "$WORKFLOW_RUN_ID" >> "$SCENE/began"
                      until [ -e "$SCENE/go" ]; do sleep 0.02; done
                      echo "$WORKFLOW_RUN_ID" >> "$SCENE/deployed"
            """, to: "inner.yaml")
        return scene
    }

    private func outer(
        _ scene: Scene, _ command: String, keys: String = "", step: String = "", name: String = "outer"
    ) throws {
        try scene.write(
            """
            name: \(name)
            \(keys)
            stages:
              - name: only
                steps:
                  - name: start
                    \(step)
                    run: '\(command)'
            """, to: "\(name).yaml")
    }

    private func inner(_ scene: Scene, _ options: String = "--run-id kid -q") -> String {
        "\(scene.binaries)/workflow run inner.yaml \(options)"
    }

    @Test("Parent and child know each other, in the journal, in the store, and for people")
    func known() throws {
        let scene = try scene()
        try outer(scene, inner(scene))
        try scene.write("", to: "go")
        let run = try scene.workflow("run", "outer.yaml", "--run-id", "o")
        #expect(run.status == 0, "\(run)")
        #expect(try scene.show("kid")["parent_run"] == .string("o"))
        #expect(try scene.show("o")["parent_run"] == .null)
        #expect(
            try scene.show("o")["children"] == .array([.object(["run": "kid", "status": "completed"])]))
        let created = try #require(try scene.journal("kid").first)
        #expect(created["payload"]?["parent_run"] == .string("o"))
        let listed = try JSONValue(parsing: scene.workflow("list", "-o", "json").output).arrayValue ?? []
        #expect(listed.first { $0["run"] == .string("o") }?["children"] == .array(["kid"]))
        #expect(listed.first { $0["run"] == .string("kid") }?["parent_run"] == .string("o"))
        #expect(try scene.workflow("show", "o").output.contains("kid, completed"))
        #expect(try scene.workflow("show", "kid").output.contains("of which a step started it"))
        try scene.expectVerified("kid")
    }

    @Test(
        "A child ends with its parent's cancel, and nothing starts it again",
        arguments: ["--run-id kid -q", "--run-id kid --detach", "--run-id kid --detach; sleep 60"])
    func cancelled(_ options: String) throws {
        let scene = try scene()
        // A detached one is left behind: the parent is held by its own step.
        let isAlone = options == "--run-id kid --detach"
        try outer(scene, inner(scene, options) + (isAlone ? "; sleep 60" : ""))
        let engine = try scene.start("run", "outer.yaml", "--run-id", "o")
        try scene.await("began")
        let cancel = try scene.workflow("cancel", "o")
        #expect(cancel.status == 0 && cancel.errors.contains("kid"), "\(cancel)")
        _ = try engine.finished(within: 60)
        #expect(try scene.status("o") == "cancelled")
        try eventually("the child is cancelled") { try scene.status("kid") == "cancelled" }
        try scene.write("", to: "go")
        #expect(try scene.workflow("resume", "--all", "--no-wait").status == 0)
        #expect(!scene.exists("deployed"))
    }

    @Test("A child ends with the timeout of the step that started it")
    func timedOut() throws {
        let scene = try scene()
        try outer(scene, inner(scene), step: "timeout: 2s")
        let run = try scene.workflow("run", "outer.yaml", "--run-id", "o")
        #expect(run.status == 1, "\(run)")
        #expect(try scene.status("kid") == "cancelled")
        try scene.write("", to: "go")
        _ = try scene.workflow("resume", "--all", "--no-wait")
        #expect(!scene.exists("deployed"))
    }

    @Test("Grandchildren end too, and an independent run does not")
    func generations() throws {
        let scene = try scene()
        try outer(scene, inner(scene), name: "middle")
        try outer(scene, "\(scene.binaries)/workflow run middle.yaml --run-id m -q")
        let engine = try scene.start("run", "outer.yaml", "--run-id", "o")
        try scene.await("began")
        #expect(try scene.workflow("cancel", "o").status == 0)
        _ = try engine.finished(within: 60)
        try eventually("both have ended") {
            try scene.status("m") == "cancelled" && scene.status("kid") == "cancelled"
        }

        let other = try self.scene()
        try outer(other, inner(other, "--run-id kid --independent --detach") + "; sleep 60")
        let second = try other.start("run", "outer.yaml", "--run-id", "o")
        try other.await("began")
        #expect(try other.show("kid")["parent_run"] == .null)
        #expect(try other.workflow("cancel", "o").status == 0)
        _ = try second.finished(within: 60)
        try other.write("", to: "go")
        try eventually("it goes on") { other.exists("deployed") }
    }

    @Test("An interrupted child whose parent has ended is named and left alone")
    func left() throws {
        let scene = try scene()
        try outer(scene, inner(scene, "--run-id kid --detach"))
        #expect(try scene.workflow("run", "outer.yaml", "--run-id", "o").status == 0)
        try scene.await("began")
        try scene.killEverything()
        let all = try scene.workflow("resume", "--all", "--no-wait")
        #expect(all.errors.contains("kid is left as it is") && all.errors.contains("workflow cancel kid"), "\(all)")
        #expect(try scene.show("kid")["driven"] == .bool(false))
    }

    @Test(
        "A child that would wait for what its parent holds is refused at once",
        arguments: [
            ("concurrency: {group: deploy}", ""), (#"concurrency: {group: "dep${{ 'lo' }}y"}"#, ""),
            ("concurrency: {group: '${{ run.name == \"inner\" ? \"deploy\" : run.name }}'}", ""),
            ("concurrency: {group: '${{ run.id == \"kid\" ? \"deploy\" : run.id }}', on_conflict: fail}", ""),
            ("", "locks: [deploy]"), ("", #"locks: ["dep${{ 'lo' }}y"]"#),
            ("", #"locks: ["${{ run.id == 'kid' ? 'deploy' : 'other' }}"]"#),
        ], [1, 2])
    func refused(_ keys: (workflow: String, step: String), _ levels: Int) throws {
        let scene = try scene(inner: keys.workflow, step: keys.step)
        let starter = levels == 1 ? inner(scene) : "\(scene.binaries)/workflow run middle.yaml --run-id m -q"
        let step = "\(starter); echo \"status $?\" >> \"$SCENE/ended\"; true"
        if levels == 2 {
            try outer(
                scene, "set +e; " + inner(scene) + "; s=$?; echo \"status $s\" >> \"$SCENE/ended\"", name: "middle")
        }
        try outer(
            scene, "set +e; " + (levels == 1 ? step : starter),
            keys: keys.workflow.isEmpty ? "" : "concurrency: {group: deploy}",
            step: keys.step.isEmpty ? "" : "locks: [deploy]")
        let run = try scene.workflow(["run", "outer.yaml", "--run-id", "o"], seconds: 30)
        #expect(run.status == 0, "\(run)")
        #expect(scene.lines("ended").first == "status 75", "\(scene.lines("ended"))")
        let said = try scene.workflow("logs", levels == 1 ? "o" : "m").output
        #expect(said.contains("deploy") && said.contains("which o has"), "\(said)")
        #expect(!scene.exists("began"))
        // It was not made, or it has ended: nothing is left that waits for ever.
        for run in try scene.workflow("list", "-o", "json").json.arrayValue ?? [] where run["run"] == "kid" {
            #expect(run["status"] == "failed", "\(run)")
            let error = try scene.show("kid")["error"]
            #expect(error?["code"] == "held_by_parent", "\(error ?? .null)")
            #expect(error?["message"]?.stringValue?.contains("which o has") == true, "\(error ?? .null)")
        }
    }

    @Test("A detached child too, whose group only its name tells, ends by itself")
    func refusedLater() throws {
        let scene = try scene(inner: "concurrency: {group: '${{ run.id.startsWith(\"run-\") ? \"deploy\" : run.id }}'}")
        try outer(
            scene,
            "id=$(" + inner(scene, "--detach -q") + "); echo $id > \"$SCENE/kid\"; "
                + "until \(scene.binaries)/workflow list --status failed | grep -q $id; do sleep 0.05; done",
            keys: "concurrency: {group: deploy}")
        let run = try scene.workflow(["run", "outer.yaml", "--run-id", "o"], seconds: 30)
        #expect(run.status == 0, "\(run)")
        let kid = try #require(scene.lines("kid").first)
        #expect(try scene.show(kid)["error"]?["code"] == "held_by_parent")
        #expect(!scene.exists("began"))
    }

    @Test("Another group, and another store, are not affected")
    func unaffected() throws {
        let scene = try scene(inner: "concurrency: {group: other}", step: "locks: [other]")
        try scene.write("", to: "go")
        try outer(
            scene, inner(scene), keys: "concurrency: {group: deploy}", step: "locks: [deploy]")
        #expect(try scene.workflow("run", "outer.yaml", "--run-id", "o").status == 0)
        let elsewhere = try self.scene(inner: "concurrency: {group: deploy}")
        try elsewhere.write("", to: "go")
        try outer(
            elsewhere, inner(elsewhere, "--run-id kid -q --store \(elsewhere.file("second"))"),
            keys: "concurrency: {group: deploy}")
        let run = try elsewhere.workflow("run", "outer.yaml", "--run-id", "o")
        #expect(run.status == 0, "\(run)")
        let kid = try elsewhere.workflow("show", "kid", "-o", "json", "--store", elsewhere.file("second"))
        #expect(try JSONValue(parsing: kid.output)["parent_run"] == .null)
    }
}

@Suite("What a step may not decide")
struct StepDecisionTests {
    /// A run with a gate, and a run whose step tries to answer it.
    private func scene(_ attempt: String) throws -> Scene {
        let scene = try Scene()
        try scene.write(
            """
            name: gated
            stages:
              - name: only
                steps:
                  - name: gate
                    uses: approval
                    with: {prompt: go, timeout: 1h}
            """, to: "gated.yaml")
        try scene.write(
            """
            name: sly
            stages:
              - name: only
                steps:
                  - name: try
                    run: |
                      W=\(scene.binaries)/workflow
                      \(attempt)
            """, to: "sly.yaml")
        #expect(try scene.workflow("run", "gated.yaml", "--run-id", "g", "--no-wait").status == 3)
        return scene
    }

    @Test(
        "No process below a step answers, whatever it did to hide where it comes from",
        arguments: [
            #"$W approve g gate > "$SCENE/said" 2>&1 && s=0 || s=$?; echo $s > "$SCENE/status""#,
            #"env -u WORKFLOW_RUN_ID $W reject g gate > "$SCENE/said" 2>&1 && s=0 || s=$?; echo $s > "$SCENE/status""#,
            #"env -i PATH="$PATH" setsid -w $W approve g gate --store "$PWD/.workflow" "#
                + #"> "$SCENE/said" 2>&1 && s=0 || s=$?; echo $s > "$SCENE/status""#,
            #"(env -i W="$W" SCENE="$SCENE" setsid sh -c 'touch "$SCENE/apart"; "#
                + #"sleep 1; "$W" approve g gate --store .workflow > "$SCENE/said" 2>&1; echo $? > "$SCENE/status"' "#
                + #"> /dev/null 2>&1 &); while [ ! -e "$SCENE/apart" ]; do sleep 0.05; done"#,
            #"$W resolve g gate --done --reason x > "$SCENE/said" 2>&1 && s=0 || s=$?; echo $s > "$SCENE/status""#,
            #"$W store set identity=claimed > "$SCENE/said" 2>&1 && s=0 || s=$?; echo $s > "$SCENE/status""#,
            #"$W store adopt --reason x > "$SCENE/said" 2>&1 && s=0 || s=$?; echo $s > "$SCENE/status""#,
        ])
    func answers(_ attempt: String) throws {
        let scene = try scene(attempt)
        let run = try scene.workflow("run", "sly.yaml", "--run-id", "s")
        #expect(run.status == 0, "\(run)")
        try eventually("the attempt is over") { scene.lines("status").first != nil }
        #expect(scene.lines("status") == ["77"], "\(scene.lines("said"))")
        #expect(scene.lines("said").joined().contains("a shell that no step has started"), "\(scene.lines("said"))")
        #expect(try scene.status("g") == "waiting")
        // A person may.
        #expect(try scene.workflow("approve", "g", "gate").status == 0)
    }

    @Test("No step overrides the rules of its own run, and the token of a person reaches none")
    func ownRun() throws {
        let scene = try scene(
            #"""
            for o in "--on-doubt retry" "--definition sly.yaml"; do
              env -u WORKFLOW_RUN_ID $W resume s $o > "$SCENE/said" 2>&1 && s=0 || s=$?; echo $s >> "$SCENE/status"
            done
            echo "token ${WORKFLOW_TOKEN-none}" > "$SCENE/token"
            """#.split(separator: "\n").joined(separator: "\n          "))
        let run = try scene.workflow(
            ["run", "sly.yaml", "--run-id", "s"], environment: ["WORKFLOW_TOKEN": "s3cret-token"])
        #expect(run.status == 0, "\(run)")
        #expect(scene.lines("status") == ["77", "77"], "\(scene.lines("said"))")
        #expect(scene.lines("token") == ["token none"])
    }
}
