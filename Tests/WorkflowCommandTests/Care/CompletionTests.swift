import Glibc
import JSON
import Testing

/// Completions as a shell asks for them: its own completion runs, with the script sourced.
@Suite("Completions")
struct CompletionTests {
    /// A store with a completed and a failed run, and the scripts of all shells.
    private func scene() throws -> Scene {
        let scene = try Scene()
        try scene.write(Definitions.two, to: "two.yaml")
        try scene.write(Definitions.failing, to: "fails.yaml")
        #expect(try scene.workflow("run", "two.yaml", "--run-id", "release-1", "-q").status == 0)
        #expect(try scene.workflow("run", "fails.yaml", "--run-id", "release-2", "-q").status == 1)
        for shell in ["bash", "zsh", "fish"] {
            let script = try scene.workflow("completions", shell)
            #expect(script.status == 0 && script.errors == "")
            try scene.write(script.output, to: "_workflow.\(shell)")
        }
        return scene
    }

    /// What bash offers for a line with the cursor behind it.
    private func bash(_ line: String, in folder: String, _ scene: Scene) throws -> [String] {
        try scene.write(
            """
            cd "$2" && source "$1/_workflow.bash"
            COMP_LINE="$3" COMP_POINT=${#3} COMP_WORDS=() COMPREPLY=()
            read -ra COMP_WORDS <<<"$3"
            [[ "$3" == *" " ]] && COMP_WORDS+=("")
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            _workflow workflow "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
            printf '%s\\n' "${COMPREPLY[@]}"
            """, to: "complete.bash")
        let asked = try scene.tool(
            "/usr/bin/env", "PATH=\(scene.binaries):/usr/bin:/bin", "bash", scene.file("complete.bash"), scene.path,
            folder, line)
        #expect(asked.status == 0 && asked.errors == "", "\(line): \(asked)")
        return asked.output.split(separator: "\n").map(String.init)
    }

    @Test("bash completes commands, runs, checkpoints and steps out of the store")
    func bash() throws {
        let scene = try scene()
        let checkpoints = try scene.checkpoints("release-1").map(\.id)
        let newest = try #require(scene.checkpoints("release-2").last?.id)
        let cases: [(String, [String])] = [
            ("workflow pru", ["prune"]),
            ("workflow show rel", ["release-2", "release-1"]),
            ("workflow show release-1", ["release-1"]),
            ("workflow show other", []),
            ("workflow resume ", ["release-2"]),
            ("workflow pause ", []),
            ("workflow resume --checkpoint ", [newest]),
            ("workflow checkpoint show \(checkpoints[0])", [checkpoints[0]]),
            ("workflow logs release-1 ", ["first", "second"]),
            ("workflow logs release-1 s", ["second"]),
            ("workflow resolve release-2 ", ["bad"]),
            ("workflow logs --store \(scene.store) release-1 s", ["second"]),
            ("workflow list --status f", ["failed"]),
            ("workflow completions ", ["bash", "fish", "zsh"]),
        ]
        for (line, offered) in cases {
            #expect(try bash(line, in: scene.path, scene).sorted() == offered.sorted(), "\(line)")
        }
    }

    @Test("Runs are offered to the commands that can do something with them, and parameters by name")
    func fitting() throws {
        let scene = try scene()
        func definition(_ step: String) -> String {
            """
            name: asks
            params:
              cluster: {type: string, default: a, description: "Where to: the cluster"}
              count: {type: integer, default: 1}
            stages: [{name: only, steps: [\(step)]}]
            """
        }
        try scene.write(definition("{name: go, uses: approval, with: {prompt: ok}}"), to: "gate.yaml")
        try scene.write(definition("{name: dns, uses: signal, with: {name: dns, timeout: 1h}}"), to: "dns.yaml")
        #expect(try scene.workflow("run", "gate.yaml", "--run-id", "release-3", "-q").status == 3)
        #expect(try scene.workflow("run", "dns.yaml", "--run-id", "release-4", "-q").status == 3)
        let cases: [(String, [String])] = [
            ("workflow approve ", ["release-3"]), ("workflow reject ", ["release-3"]),
            ("workflow signal ", ["release-4"]), ("workflow resolve ", ["release-2"]),
            ("workflow cancel ", ["release-2", "release-3", "release-4"]),
            ("workflow pause ", ["release-3", "release-4"]),
            ("workflow resume ", ["release-2", "release-3", "release-4"]),
            ("workflow run gate.yaml -p ", ["cluster=", "count="]), ("workflow plan gate.yaml -p cl", ["cluster="]),
            ("workflow run gate.yaml -p cluster=b -p c", ["count="]), ("workflow run two.yaml -p ", []),
            ("workflow run none.yaml -p ", []), ("workflow show \"release-3", ["release-3"]),
        ]
        for (line, offered) in cases {
            #expect(try bash(line, in: scene.path, scene).sorted() == offered, "\(line)")
        }
        // As the scripts of the other two shells ask: what a name is stands beside it.
        func asked(_ shell: String, _ words: String...) throws -> [String] {
            let found = try scene.workflow(
                ["---completion", words[0], "--", "positional@0", "\(words.count + 1)", "0", "workflow"] + words + [""],
                environment: ["SAP_SHELL": shell])
            return found.output.split(separator: "\n").map(String.init)
        }
        let zsh = try asked("zsh", "approve")
        #expect(zsh.contains("release-3:asks, waiting"), "\(zsh)")
        let fish = try asked("fish", "approve")
        #expect(fish == ["release-3\tasks, waiting"], "\(fish)")
    }

    @Test("Where no store is, and where one is damaged, nothing is offered, said or made")
    func silence() throws {
        let scene = try scene()
        #expect(mkdir(scene.file("empty"), 0o700) == 0)
        #expect(try bash("workflow show --store \(scene.file("empty/none")) ", in: scene.path, scene) == [])
        #expect(try bash("workflow show ", in: "/", scene) == [])
        #expect(!scene.exists("empty/.workflow"))
        try scene.write("no database", to: ".workflow/store.db")
        unlink("\(scene.store)/store.db-wal")
        #expect(try bash("workflow show ", in: scene.path, scene) == [])
    }

    /// Steps whose names are commands, quotes, and what else a shell would make something of.
    private static let hostileNames = [
        "$(touch PWNED)", "`touch PWNED`", "a;touch PWNED", "b&&touch PWNED", "x'y", "q\"r", "s p", "*", "${PATH}",
        "~root",
        "a>PWNED", "c\\d", "!!", "#e",
    ]

    private func hostileScene() throws -> Scene {
        let scene = try scene()
        let items = try Self.hostileNames.map {
            String(decoding: try JSONValue.string($0).compactBytes(), as: UTF8.self)
        }
        .joined(separator: ", ")
        try scene.write(
            """
            name: hostile
            params: {targets: {type: array, default: [\(items)]}}
            stages:
              - name: only
                steps:
                  - {name: fan, foreach: {items: "${{ params.targets }}", as: t, key: t, continue_on_error: true}, \
            run: 'false'}
            """, to: "hostile.yaml")
        let run = try scene.workflow("run", "hostile.yaml", "--run-id", "hostile", "-q")
        #expect(run.status == 1, "\(run)")
        return scene
    }

    @Test("Names are data to bash: nothing of them is run, and they come as they are")
    func hostileNames() throws {
        let scene = try hostileScene()
        let expected = Self.hostileNames.map { "fan[\($0)]" }
        for command in ["logs", "resolve"] {
            let offered = try bash("workflow \(command) hostile ", in: scene.path, scene)
            #expect(Set(expected).isSubset(of: Set(offered)), "\(command): \(offered)")
        }
        #expect(try bash("workflow logs hostile fan[a;", in: scene.path, scene) == ["fan[a;touch PWNED]"])
        #expect(try bash(#"workflow logs hostile fan\[a\;"#, in: scene.path, scene) == ["fan[a;touch PWNED]"])
        #expect(!scene.exists("PWNED"))
    }

    @Test(
        "TAB in a shell at its terminal runs nothing, and what lands on the line is quoted",
        .enabled(if: isInstalled("zsh"), "zsh is not installed: apt-get install zsh"),
        arguments: ["bash", "zsh"])
    func hostileTab(_ shell: String) throws {
        let scene = try hostileScene()
        #expect(mkdir(scene.file("functions"), 0o700) == 0)
        #expect(try scene.tool("cp", scene.file("_workflow.zsh"), scene.file("functions/_workflow")).status == 0)
        // The item with the semicolon is the only one that begins so; behind it Enter is pressed, as a person would.
        try scene.write(
            #"""
            cd $1; zmodload zsh/zpty
            case $3 in
            bash) zpty shell 'bash --norc --noprofile -i'; set_up="PATH=$2:/usr/bin:/bin; source _workflow.bash";;
            zsh) zpty shell 'zsh -f -i'
              set_up="PATH=$2:/usr/bin:/bin; fpath=($1/functions \$fpath); autoload -U compinit; compinit -u -D";;
            esac
            zpty -w shell $set_up
            zpty -w shell 'echo rea""dy'
            zpty -r shell text '*ready*'
            for line in 'workflow logs hostile fan' 'workflow resolve hostile ' 'workflow logs hostile '; do
              zpty -w -n shell $line$'\t\t'
              sleep 1
              zpty -w -n shell $'\C-c'
            done
            zpty -w -n shell $'workflow logs hostile "fan[a;\t'
            sleep 1
            zpty -w -n shell $'\C-c'
            zpty -w -n shell $'workflow logs hostile fan\\[a\\;\t'
            sleep 1
            zpty -w -n shell $'\n'
            zpty -w shell 'echo do""ne'
            zpty -r shell text '*done*'
            print -r -- $text
            zpty -d shell
            """#, to: "press.zsh")
        let asked = try scene.tool(
            "timeout", "60", "zsh", "-f", scene.file("press.zsh"), scene.path, scene.binaries, shell)
        #expect(asked.status == 0, "\(asked)")
        #expect(!scene.exists("PWNED"), "\(asked)")
    }

    @Test("What is offered is bounded")
    func bounds() throws {
        let scene = try scene()
        let items = (1...250).map { "'i\($0)'" }.joined(separator: ", ")
        try scene.write(
            """
            name: many
            stages:
              - name: planning
                steps:
                  - name: each
                    foreach: {items: "${{ [\(items)] }}", as: i, max_parallel: 20}
                    steps: [{name: nothing, run: "true"}]
            """, to: "many.yaml")
        let run = try scene.workflow(["run", "many.yaml", "--run-id", "many", "-q"], seconds: 120)
        #expect(run.status == 0, "\(run)")
        #expect(try bash("workflow logs many ", in: scene.path, scene).count == 200)
    }

    private static func isInstalled(_ shell: String) -> Bool { access("/usr/bin/\(shell)", X_OK) == 0 }

    /// It asks for names through its `commandline`, which it has at a terminal alone.
    @Test("fish completes commands", .enabled(if: isInstalled("fish"), "fish is not installed: apt-get install fish"))
    func fish() throws {
        let scene = try scene()
        func offered(_ line: String) throws -> [String] {
            let asked = try scene.tool(
                "/usr/bin/env", "-C", scene.path, "PATH=\(scene.binaries):/usr/bin:/bin", "fish", "--no-config", "-c",
                "source _workflow.fish; complete -C '\(line)'")
            #expect(asked.status == 0, "\(asked)")
            return asked.output.split(separator: "\n").map { String($0.prefix { $0 != "\t" }) }.sorted()
        }
        #expect(try offered("workflow pru") == ["prune"])
        #expect(try offered("workflow checkpoint ex") == ["export"])
    }

    @Test("zsh completes the same", .enabled(if: isInstalled("zsh"), "zsh is not installed: apt-get install zsh"))
    func zsh() throws {
        let scene = try scene()
        #expect(mkdir(scene.file("functions"), 0o700) == 0)
        #expect(try scene.tool("cp", scene.file("_workflow.zsh"), scene.file("functions/_workflow")).status == 0)
        // A terminal of its own: the line is typed, completed, and printed instead of run.
        try scene.write(
            """
            cd $1; zmodload zsh/zpty
            zpty shell 'PS1= zsh -f -i'
            zpty -w shell "PATH=$2:/usr/bin:/bin; PS1=; fpath=($1/functions \\$fpath); autoload -U compinit; compinit \
            -u -D"
            zpty -w shell "shown() { print -r -- \\"line:\\$BUFFER:\\"; BUFFER=; zle accept-line }; zle -N shown; \
            bindkey '^X' shown"
            zpty -w shell 'print -r -- rea''dy'
            zpty -r shell text '*ready*'
            zpty -w -n shell $'workflow show release-1\\b\\t1\\C-x' 
            zpty -r shell text '*line:*:*'
            print -r -- ${${text##*line:}%%:*}
            zpty -w -n shell $'workflow logs release-1 sec\\t\\C-x'
            zpty -r shell text '*line:*:*'
            print -r -- ${${text##*line:}%%:*}
            zpty -d shell
            """, to: "complete.zsh")
        let asked = try scene.tool("timeout", "30", "zsh", "-f", scene.file("complete.zsh"), scene.path, scene.binaries)
        #expect(asked.status == 0, "\(asked)")
        #expect(
            asked.output.split(separator: "\n").map { $0.trimmingSuffix(while: { $0 == " " }) }
                == ["workflow show release-1", "workflow logs release-1 second"], "\(asked)")
    }
}

extension Substring {
    fileprivate func trimmingSuffix(while isTrimmed: (Character) -> Bool) -> String {
        var text = self
        while let last = text.last, isTrimmed(last) { text.removeLast() }
        return String(text)
    }
}
