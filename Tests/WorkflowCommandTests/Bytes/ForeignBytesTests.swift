import Glibc
import JSON
import Testing

/// Names and values that are not UTF-8 arrive with their bytes, or are refused by name.
@Suite("Bytes that are not UTF-8")
struct ForeignBytesTests {
    @Test("A variable reaches the step byte for byte, also through a detached driver and a resume")
    func variables() throws {
        let folder = try TestFolder()
        try folder.write(
            "w.yaml",
            """
            name: bytes
            stages:
              - name: only
                steps:
                  - {name: a, run: 'printf %s "$DATA" | od -An -tx1 > seen; printf %s "$OVER" > over; exit "$(cat \
            status)"', env: {OVER: mine}}
            """)
        for (number, arguments) in ["--run-id a", "--run-id b --detach"].enumerated() {
            try folder.write("status", "0")
            let result = try Self.shell(
                #"export DATA=$'caf\xe9' OVER=$'\xff'; exec "$WF" run w.yaml \#(arguments)"#, in: folder)
            #expect(result == 0)
            try eventually("the step has run") {
                folder.text("over") == "mine" && folder.text("seen")?.hasSuffix("\n") == true
            }
            #expect(folder.text("seen") == " 63 61 66 e9\n", "\(number)")
            unlink(folder.path("seen"))
            unlink(folder.path("over"))
        }
        try folder.write("status", "1")
        #expect(try Self.shell(#"exec "$WF" run w.yaml --run-id c"#, in: folder) == 1)
        try folder.write("status", "0")
        #expect(try Self.shell(#"export DATA=$'\x80'; exec "$WF" resume c"#, in: folder) == 0)
        #expect(folder.text("seen") == " 80\n")
    }

    @Test("A program is found in a PATH part that is not UTF-8")
    func path() throws {
        let folder = try TestFolder()
        try folder.write(
            "w.yaml",
            """
            name: tool
            stages: [{name: only, steps: [{name: a, run: mytool, shell: [mysh, -e]}]}]
            """)
        let status = try Self.shell(
            """
            mkdir $'b\\xe9'; printf '#!/bin/sh\\necho ran > ran\\n' > $'b\\xe9/mytool'; ln -s /bin/sh $'b\\xe9/mysh'
            chmod +x $'b\\xe9/mytool'; export PATH="$PWD/"$'b\\xe9':$PATH; exec "$WF" run w.yaml
            """, in: folder)
        #expect(status == 0)
        #expect(folder.text("ran") == "ran\n")
    }

    @Test(
        "A folder of such a name is refused, and no other folder appears",
        arguments: ["run w.yaml", "list", "resume r", "doctor"])
    func workingFolder(_ arguments: String) throws {
        let folder = try TestFolder()
        try folder.write("w.yaml", "name: w\nstages: [{name: only, steps: [{name: a, run: \"touch HERE\"}]}]\n")
        let status = try Self.shell(
            """
            mkdir in; cp w.yaml in; (cd in; "$WF" run w.yaml --run-id r) 2>/dev/null; mv in $'caf\\xe9'; ls | od -c > \
            before
            cd $'caf\\xe9'; "$WF" \(arguments) 2>../error; status=$?; cd ..; ls | od -c > after; exit $status
            """, in: folder)
        #expect(status == 65)
        #expect(folder.text("error")?.contains(#"caf\xE9"#) == true, "\(folder.text("error") ?? "")")
        #expect(folder.names().filter { $0.utf8.starts(with: "caf".utf8) }.count == 1)
    }

    @Test(
        "An argument or a store of such a name is refused by name",
        arguments: [
            #"run w.yaml -p $'s=\xe9'"#, #"run w.yaml --label $'k=\xe9'"#, #"run w.yaml --store $'st-\xe9'"#,
            #"run $'w\xe9.yaml'"#, #"list --store $'st-\xe9'"#, #"eval $'"\xe9"'"#, #"validate $'w\xe9.yaml'"#,
        ])
    func arguments(_ arguments: String) throws {
        let folder = try TestFolder()
        try folder.write("w.yaml", "name: w\nstages: [{name: only, steps: [{name: a, run: \"true\"}]}]\n")
        let status = try Self.shell(#"cp w.yaml $'w\xe9.yaml'; "$WF" \#(arguments) 2>error"#, in: folder)
        #expect(status == 64)
        #expect(folder.text("error")?.contains(#"\xE9"#) == true, "\(folder.text("error") ?? "")")
        #expect(folder.names().filter { $0.hasPrefix("st-") || $0 == ".workflow" }.isEmpty)
    }

    @Test("A store named by the environment is refused by name")
    func storeVariable() throws {
        let folder = try TestFolder()
        try folder.write("w.yaml", "name: w\nstages: [{name: only, steps: [{name: a, run: \"true\"}]}]\n")
        let status = try Self.shell(#"export WORKFLOW_STORE=$'st-\xe9'; "$WF" run w.yaml 2>error"#, in: folder)
        #expect(status == 64)
        #expect(folder.text("error")?.contains(#"WORKFLOW_STORE=st-\xE9"#) == true)
        #expect(folder.names().filter { $0.hasPrefix("st-") || $0 == ".workflow" }.isEmpty)
    }

    @Test("A secret that is not UTF-8 is refused by name", arguments: ["env: TOK", "file: tok", "command: cat tok"])
    func secrets(_ source: String) throws {
        let folder = try TestFolder()
        try folder.write("tok", bytes: Array("token-".utf8) + [0xE9])
        try folder.write(
            "w.yaml",
            "name: w\nsecrets: {token: {\(source)}}\nstages: [{name: only, steps: [{name: a, run: \"true\"}]}]\n")
        #expect(try Self.shell(#"export TOK=$'token-\xe9'; "$WF" run w.yaml 2>error"#, in: folder) == 65)
        #expect(folder.text("error")?.contains("UTF-8") == true, "\(folder.text("error") ?? "")")
    }

    /// Runs a script of bash in the folder, with the program as `$WF`. Returns its exit status.
    private static func shell(_ script: String, in folder: TestFolder) throws -> Int32 {
        try folder.write("script.sh", script)
        let arguments = [
            "env", "-i", "-C", folder.path, "PATH=/usr/local/bin:/usr/bin:/bin", "HOME=\(folder.path)",
            "WF=\(Command.program)", "bash", "script.sh",
        ]
        let pointers = arguments.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        var pid: pid_t = 0
        guard posix_spawn(&pid, "/usr/bin/env", nil, nil, pointers, environ) == 0 else { return -1 }
        var status: Int32 = 0
        guard waitpid(pid, &status, 0) == pid, status & 0x7F == 0 else { return -1 }
        return status >> 8 & 0xFF
    }
}
