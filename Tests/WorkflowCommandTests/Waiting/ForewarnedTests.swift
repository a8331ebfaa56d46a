import Glibc
import JSON
import Testing

/// What would stop a resume, or what it would do without asking, is in its plan.
@Suite("A plan says what stops the resume")
struct ForewarnedTests {
    @Test("Steps whose verify is asked before anything starts")
    func verify() throws {
        let scene = try Scene()
        try scene.write(
            """
            name: v
            stages:
              - name: s
                steps:
                  - {name: made, run: 'touch "$SCENE/made"', verify: 'test -e "$SCENE/made" || exit 3'}
                  - {name: plain, run: "true"}
                  - {name: boom, run: "false"}
            """, to: "v.yaml")
        #expect(try scene.workflow("run", "v.yaml", "--run-id", "v").status == 1)
        #expect(
            try scene.workflow("resume", "v", "--plan", "-o", "json").json["verified_first"]?.arrayValue == ["made"])
        let text = try scene.workflow("resume", "v", "--plan").output
        #expect(text.contains("asked first, and nothing starts where one does not hold any more"), "\(text)")
    }

    @Test(
        "A step whose last attempt was cut off runs again, and what that did is not known",
        arguments: [("sleep 60", "timeout: 1s,", true), ("kill -9 $$", "", true), ("exit 4", "", false)])
    func unknown(_ script: String, _ keys: String, _ isUnknown: Bool) throws {
        let scene = try Scene()
        try scene.write(
            "name: u\nstages: [{name: s, steps: [{name: cut, \(keys) run: '\(script)'}]}]\n", to: "u.yaml")
        #expect(try scene.workflow("run", "u.yaml", "--run-id", "u").status == 1)
        let plan = try scene.workflow("resume", "u", "--plan", "-o", "json").json
        #expect(plan["effect_unknown"]?.arrayValue == (isUnknown ? ["cut"] : []))
        #expect(try scene.workflow("resume", "u", "--plan").output.contains("was cut off") == isUnknown)
    }

    @Test("A secret that is not set here")
    func lacking() throws {
        let scene = try Scene()
        try scene.write(
            """
            name: l
            secrets: {token: {env: TOKEN}, file: {file: secret.txt}, printed: {command: 'touch "$SCENE/asked"; echo \
            abcd'}}
            stages: [{name: s, steps: [{name: boom, run: "false"}]}]
            """, to: "l.yaml")
        try scene.write("file-value\n", to: "secret.txt")
        #expect(try scene.workflow(["run", "l.yaml", "--run-id", "l"], environment: ["TOKEN": "hunter2"]).status == 1)
        unlink("\(scene.path)/asked")
        unlink("\(scene.path)/secret.txt")
        let plan = try scene.workflow("resume", "l", "--plan")
        #expect(plan.status == 0, "\(plan)")
        #expect(plan.output.contains("A resume from here is refused: secret"), "\(plan)")
        let lacking = try scene.workflow("resume", "l", "--plan", "-o", "json").json["lacking"]?.arrayValue ?? []
        #expect(lacking.count == 2, "\(lacking)")
        // A plan starts nothing.
        #expect(!scene.exists("asked"))
    }

    @Test("Of an approval or a signal whose time is over, only going on is offered", arguments: ["approval", "signal"])
    func over(_ kind: String) throws {
        let scene = try Scene()
        let with = kind == "approval" ? "prompt: Go?" : "name: dns"
        try scene.write(
            """
            name: o
            stages: [{name: s, steps: [{name: gate, uses: \(kind == "approval" ? "approval" : "signal"), with: \
            {\(with), timeout: 1s}}]}]
            """, to: "o.yaml")
        #expect(try scene.workflow("run", "o.yaml", "--run-id", "o", "--no-wait").status == 3)
        try eventually("its time is over") {
            let items = try scene.workflow("attention", "-o", "json").json.arrayValue ?? []
            let item = items.first { $0["kind"]?.stringValue == kind }
            return item?["command"]?.stringValue?.hasPrefix("workflow resume") ?? false
        }
        let shown = try scene.workflow("show", "o").output
        #expect(
            shown.contains("no answer counts any more")
                && !shown.contains("workflow \(kind == "approval" ? "approve" : "signal")"))
    }
}
