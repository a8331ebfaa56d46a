internal import JSON

// The stored forms of the payloads, and parts of payloads, that have more than two members.

extension RunCreated {
    var payload: JSONValue {
        object(
            [
                "run": .string(run.text), "workflow": .string(workflow), "definition": .string(definitionHash),
                "params": .object(parameters), "labels": .object(labels.mapValues { .string($0) }),
                "user": .string(context.user), "host": .string(context.host), "umask": .int(Int64(context.umask)),
                "working_directory": .string(context.workingDirectory),
                "environment": .object([
                    "salt": .string(context.environmentSalt),
                    "hashes": .object(context.environmentHashes.mapValues { .string($0) }),
                ]),
                "engine_version": .string(engineVersion),
            ],
            [
                "forked_from": forkedFrom.map { .string($0) }, "origin": origin?.payload,
                "parent_run": parent.map { .string($0.run.text) },
                "parent_attempt": parent?.attempt.map { .string($0.text) }, "file": file.map { .string($0) },
                "executors": executors.isEmpty ? nil : .array(executors.map(\.payload)),
            ])
    }

    init(_ reader: PayloadReader) throws(FactError) {
        let environment = try reader.inner("environment")
        self.init(
            run: try reader.id("run"), workflow: try reader.text("workflow"),
            definitionHash: try reader.text("definition"), parameters: try reader.object("params"),
            labels: try reader.texts("labels"),
            context: ExecutionContext(
                user: try reader.text("user"), host: try reader.text("host"), umask: try reader.count("umask"),
                workingDirectory: try reader.text("working_directory"),
                environmentSalt: try environment.text("salt"), environmentHashes: try environment.texts("hashes")),
            engineVersion: try reader.text("engine_version"), forkedFrom: try reader.optionalText("forked_from"),
            origin: try reader.optional("origin").map { (o) throws(FactError) in try RunOrigin(o) },
            parent: try reader.optionalText("parent_run").map { (run) throws(FactError) in
                ParentRun(
                    run: RunID(run),
                    attempt: reader.members["parent_attempt"] == nil ? nil : try reader.id("parent_attempt"))
            }, file: try reader.optionalText("file"), executors: try CalledExecutor.list(reader))
    }
}

extension RunOrigin {
    var payload: JSONValue { .object(["run": .string(run), "uuid": .string(uuid.text)]) }

    init(_ reader: PayloadReader) throws(FactError) {
        self.init(run: try reader.text("run"), uuid: try reader.id("uuid"))
    }
}

extension DriverAttached {
    var payload: JSONValue {
        object(
            [
                "reason": .string(reason.rawValue), "host": .string(host.host), "boot": .string(host.boot),
                "pid": .int(Int64(processID)), "engine_version": .string(engineVersion),
                "changes": .array(changes.map { .string($0) }),
            ], ["on_doubt": onDoubt.map { .string($0.rawValue) }, "note": note.map { .string($0) }])
    }

    init(_ reader: PayloadReader) throws(FactError) {
        self.init(
            reason: try reader.value("reason"),
            host: HostIdentity(host: try reader.text("host"), boot: try reader.text("boot")),
            processID: try reader.count("pid"), engineVersion: try reader.text("engine_version"),
            onDoubt: reader.members["on_doubt"] == nil ? nil : try reader.value("on_doubt"),
            changes: try reader.textList("changes"), note: try reader.optionalText("note"))
    }
}

extension AttemptStarted {
    var payload: JSONValue {
        object(
            [
                "step": .string(step), "attempt": .int(Int64(attempt)), "id": .string(id.text),
                "key": .string(idempotencyKey),
            ],
            [
                "host": host.map { .string($0.host) }, "boot": host.map { .string($0.boot) }, "wait": wait?.payload,
                "question": question?.payload,
            ])
    }

    init(_ reader: PayloadReader) throws(FactError) {
        var host: HostIdentity?
        if reader.members["host"] != nil {
            host = HostIdentity(host: try reader.text("host"), boot: try reader.text("boot"))
        }
        self.init(
            step: try reader.text("step"), attempt: try reader.count("attempt"), id: try reader.id("id"),
            idempotencyKey: try reader.text("key"), host: host,
            wait: try reader.optional("wait").map { (w) throws(FactError) in try Wait(w) },
            question: try reader.optional("question").map { (q) throws(FactError) in try Question(q) })
    }
}

extension Wait {
    var payload: JSONValue {
        .object(["due": .string(due.text), "length_ms": .int(length.count)])
    }

    init(_ reader: PayloadReader) throws(FactError) {
        self.init(due: try reader.time("due"), length: Milliseconds(try reader.integer("length_ms")))
    }
}

extension Failure {
    var payload: JSONValue {
        object(
            ["kind": .string(kind.rawValue), "code": .string(code), "message": .string(message)],
            [
                "exit_code": exitCode.map { .int(Int64($0)) },
                "retry": advice?.retry.map { .string($0.rawValue) },
                "after_ms": advice?.after.map { .int($0.count) },
                "effect": advice?.effect.map { .string($0.rawValue) },
            ])
    }

    init(_ reader: PayloadReader) throws(FactError) {
        var exitCode: Int?
        if reader.members["exit_code"] != nil { exitCode = Int(try reader.integer("exit_code")) }
        self.init(
            kind: try reader.value("kind"), code: try reader.text("code"), message: try reader.text("message"),
            exitCode: exitCode,
            advice: FailureAdvice(
                retry: reader.members["retry"] == nil ? nil : try reader.value("retry"),
                after: reader.members["after_ms"] == nil ? nil : Milliseconds(try reader.integer("after_ms")),
                effect: reader.members["effect"] == nil ? nil : try reader.value("effect")))
    }
}
