/// A program that starts the command behind its own options and operands.
struct Starter: Sendable {
    var grammar: OptionGrammar
    /// Operands before the command: the time of `timeout`, the container of `docker exec`.
    var operands = 0
    /// `NAME=value` before the command.
    var takesAssignments = false
    /// Options are read behind the operands too, up to `--`.
    var readsOptionsBetween = false
    /// The word behind the program that decides whether it starts anything.
    var subcommands: [String: Starter] = [:]
    /// An option that names the program; what is behind the operands are its arguments.
    var programOption: String?
    /// What arrives at its standard input are arguments of the command.
    var takesArgumentsFromInput = false

    init(
        values: String = "", long: [String] = [], operands: Int = 0, assignments: Bool = false,
        readsOptionsBetween: Bool = false, subcommands: [String: Starter] = [:], programOption: String? = nil,
        takesArgumentsFromInput: Bool = false
    ) {
        grammar = OptionGrammar(values: values, longValues: long, stopsAtOperand: true)
        self.operands = operands
        takesAssignments = assignments
        self.readsOptionsBetween = readsOptionsBetween
        self.subcommands = subcommands
        self.programOption = programOption
        self.takesArgumentsFromInput = takesArgumentsFromInput
    }

    /// The words of the command that is started; nil where none is.
    func command(in words: ArraySlice<ShellWord>) -> ArraySlice<ShellWord>? {
        var rest = words
        var left = operands
        var program: String?
        while true {
            let arguments = grammar.read(rest)
            program = arguments.compactMap(programName).last ?? program
            guard let operand = arguments.first(where: { $0.kind == .operand }) else { return nil }
            let endsOptions = arguments.contains { $0.kind == .flag("--") && $0.index < operand.index }
            rest = rest[operand.index...]
            if !subcommands.isEmpty {
                guard let name = operand.word.text, let subcommand = subcommands[name] else { return nil }
                return subcommand.command(in: rest.dropFirst())
            }
            if takesAssignments, operand.word.assignedName != nil || operand.word.hasLateEquals {
                rest = rest.dropFirst()
            } else if left > 0, !(readsOptionsBetween && endsOptions) {
                left -= 1
                rest = rest.dropFirst()
                if left == 0, !readsOptionsBetween { break }
            } else {
                break
            }
        }
        if let program { return ([ShellWord(literal: program)] + rest)[...] }
        return rest.isEmpty ? nil : rest
    }

    /// `sh` of `--entrypoint sh` and `--entrypoint=sh`.
    private func programName(_ argument: OptionGrammar.Argument) -> String? {
        guard let programOption, argument.kind == .value(programOption), let text = argument.word.text else {
            return nil
        }
        return text.hasPrefix("\(programOption)=") ? String(text.dropFirst(programOption.count + 1)) : text
    }
}

extension Starter {
    private static let container = Starter(
        values: "acehlmpuvw",
        long: [
            "--name", "--env", "--env-file", "--volume", "--mount", "--network", "--net", "--entrypoint", "--user",
            "--workdir", "--publish", "--label", "--memory", "--cpus", "--restart", "--hostname", "--add-host",
            "--platform", "--pull", "--device", "--gpus", "--ulimit", "--cap-add", "--cap-drop", "--security-opt",
            "--tmpfs", "--log-driver", "--log-opt", "--dns", "--ip", "--pid", "--ipc", "--shm-size", "--stop-timeout",
            "--volumes-from", "--network-alias", "--userns", "--runtime", "--group-add", "--cidfile", "--index",
        ], operands: 1, programOption: "--entrypoint")
    private static let compose = Starter(
        values: "fp", long: ["--file", "--project-name", "--profile", "--env-file", "--project-directory", "--ansi"],
        subcommands: ["exec": container, "run": container])
    private static let docker = Starter(
        values: "cHl", long: ["--context", "--host", "--config", "--log-level"],
        subcommands: [
            "exec": container, "run": container, "create": container,
            "container": Starter(subcommands: ["exec": container, "run": container, "create": container]),
            "compose": compose,
        ])
    private static let kubectl: Starter = {
        let values = "ncfls"
        let long = [
            "--namespace", "--context", "--kubeconfig", "--container", "--filename", "--cluster", "--user", "--server",
            "--token", "--request-timeout", "--image", "--restart", "--overrides", "--labels", "--env", "--target",
            "--pod-running-timeout", "--as",
        ]
        let pod = Starter(values: values, long: long, operands: 1, readsOptionsBetween: true)
        return Starter(values: values, long: long, subcommands: ["exec": pod, "run": pod, "debug": pod])
    }()
    private static let namespace = Starter(subcommands: ["exec": Starter(operands: 1)])
    private static let plain = Starter()

    /// By the program's name. `find`, `ssh` and what takes a command line as one text are read elsewhere.
    static let all: [String: Starter] = {
        var table: [String: Starter] = [
            "sudo": Starter(
                values: "ughpCrtTUDR",
                long: [
                    "--user", "--group", "--host", "--prompt", "--close-from", "--role", "--type", "--command-timeout",
                    "--other-user", "--chdir", "--chroot",
                ], assignments: true),
            "runuser": Starter(values: "ugGswc", long: ["--user", "--group", "--supp-group", "--shell", "--command"]),
            "doas": Starter(values: "uCa"),
            "env": Starter(values: "uC", long: ["--unset", "--chdir"], assignments: true),
            "timeout": Starter(values: "ks", long: ["--kill-after", "--signal"], operands: 1),
            "nice": Starter(values: "n", long: ["--adjustment"]),
            "ionice": Starter(values: "cnpPu", long: ["--class", "--classdata", "--pid"]),
            "chrt": Starter(values: "TPDp", operands: 1),
            "taskset": Starter(operands: 1),
            "stdbuf": Starter(values: "ioe", long: ["--input", "--output", "--error"]),
            "time": Starter(values: "fo", long: ["--format", "--output"]),
            "strace": Starter(values: "eopsauEPOSXIb"),
            "ltrace": Starter(values: "eopsaunlxAF"),
            "unshare": Starter(
                values: "RSGw", long: ["--root", "--wd", "--setuid", "--setgid", "--propagation", "--map-user"]),
            "nsenter": Starter(values: "tSG", long: ["--target", "--setuid", "--setgid"]),
            "chroot": Starter(long: ["--userspec", "--groups"], operands: 1),
            "setpriv": Starter(long: ["--reuid", "--regid", "--groups", "--inh-caps", "--ambient-caps"]),
            "flock": Starter(values: "wE", long: ["--timeout", "--wait", "--conflict-exit-code"], operands: 1),
            "systemd-run": Starter(
                values: "upHME",
                long: [
                    "--unit", "--property", "--description", "--slice", "--uid", "--gid", "--nice", "--setenv",
                    "--on-active", "--on-boot", "--on-calendar", "--working-directory", "--machine", "--host",
                ]),
            "systemd-inhibit": Starter(long: ["--what", "--who", "--why", "--mode"]),
            "xargs": Starter(
                values: "InPLdsEa",
                long: [
                    "--max-args", "--max-procs", "--max-lines", "--delimiter", "--max-chars", "--arg-file", "--replace",
                ], takesArgumentsFromInput: true),
            "busybox": plain, "nohup": plain, "setsid": plain, "fakeroot": plain, "unbuffer": plain, "catchsegv": plain,
            "dumb-init": plain, "tini": Starter(values: "pe"), "linux64": plain, "linux32": plain, "caffeinate": plain,
            "setarch": Starter(operands: 1), "gosu": Starter(operands: 1), "su-exec": Starter(operands: 1),
            "chpst": Starter(values: "uUbe/noclmdprstf"), "proxychains": plain, "proxychains4": plain, "npx": plain,
            "bundle": Starter(subcommands: ["exec": plain]), "poetry": Starter(subcommands: ["run": plain]),
            "pipenv": Starter(subcommands: ["run": plain]), "uv": Starter(subcommands: ["run": plain]),
            "op": Starter(subcommands: ["run": plain]), "doppler": Starter(subcommands: ["run": plain]),
            "mise": Starter(subcommands: ["exec": plain, "x": plain]), "direnv": namespace,
            "conda": Starter(subcommands: ["run": Starter(values: "np", long: ["--name", "--prefix"])]),
            "ip": Starter(subcommands: ["netns": namespace]),
            "lxc": Starter(
                subcommands: [
                    "exec": Starter(long: ["--env", "--cwd", "--user"], operands: 1, readsOptionsBetween: true)
                ]),
            "incus": Starter(
                subcommands: [
                    "exec": Starter(long: ["--env", "--cwd", "--user"], operands: 1, readsOptionsBetween: true)
                ]),
            "lxc-attach": Starter(values: "nfPsve", long: ["--name"]), "multipass": namespace,
            "machinectl": Starter(long: ["--uid", "--setenv"], subcommands: ["shell": Starter(operands: 1)]),
            "toolbox": Starter(subcommands: ["run": Starter(values: "cdr", long: ["--container"])]),
            "docker-compose": compose, "podman-compose": compose,
        ]
        for name in ["docker", "podman", "nerdctl"] { table[name] = docker }
        for name in ["kubectl", "oc", "k3s"] { table[name] = kubectl }
        table["k3s"] = Starter(subcommands: ["kubectl": kubectl])
        return table
    }()
}
