internal import WorkflowCore
internal import WorkflowStore
internal import WorkflowStoreSQLite
internal import WorkflowViews

/// What `doctor` says about a store.
struct StoreExamination {
    let session: Session

    func findings() async throws(CommandFailure) -> [Finding] {
        let store: StoreDiagnostics
        let adopted: StoreAdoption?
        let sqlite = try session.requireSQLite("doctor")
        do throws(StoreError) {
            store = try await sqlite.diagnostics()
            adopted = try await sqlite.adoptions().last
        } catch {
            throw CommandFailure(error)
        }
        return [
            Finding(.ok, "store", "\(session.store.place), format \(store.format)"), identity(adopted),
            version(store), journalMode(store), integrity(store), writing(store), access(store), sizes(store),
            requests(store),
            removals(store), leftovers(store),
        ]
    }

    private func identity(_ adopted: StoreAdoption?) -> Finding {
        let id = session.store.id.text
        guard let adopted else { return Finding(.ok, "identity", id) }
        return Finding(
            .ok, "identity",
            "\(id), adopted \(adopted.at.text) by \(adopted.actor) as a copy of \(adopted.from.text): \(adopted.reason)"
        )
    }

    private func version(_ store: StoreDiagnostics) -> Finding {
        guard store.hasLogResetBug else { return Finding(.ok, "sqlite", store.sqliteVersion) }
        return Finding(
            .ok, "sqlite",
            "\(store.sqliteVersion), which has the WAL-reset bug; this program keeps clear of it, other programs that "
                + "write to store.db do not")
    }

    private func journalMode(_ store: StoreDiagnostics) -> Finding {
        store.journalMode.lowercased() == "wal"
            ? Finding(.ok, "journal mode", "wal")
            : Finding(
                .problem, "journal mode", store.journalMode,
                "another program has changed it; close that program and start any command that writes")
    }

    private func integrity(_ store: StoreDiagnostics) -> Finding {
        guard let first = store.damage.first else { return Finding(.ok, "integrity", "every page was read") }
        return Finding(
            .problem, "integrity", "\(first)" + (store.damage.count > 1 ? " (and \(store.damage.count - 1) more)" : ""),
            "copy the folder aside (`cp -a`) and restore store.db from a backup, as `workflow backup --help` says")
    }

    private func writing(_ store: StoreDiagnostics) -> Finding {
        guard let error = store.writeError else { return Finding(.ok, "writing", "durable (synchronous=FULL)") }
        return Finding(.problem, "writing", error.message)
    }

    private func access(_ store: StoreDiagnostics) -> Finding {
        guard let first = store.openToOthers.first else { return Finding(.ok, "access", "its owner alone") }
        let more = store.openToOthers.count > 1 ? " and \(store.openToOthers.count - 1) more" : ""
        return Finding(
            .warning, "access", "other users may write \(first)\(more)",
            "whoever writes there decides what runs as you: `chmod -R go-w "
                + "\(CommandTexts.quoted(session.store.place))`"
        )
    }

    private func sizes(_ store: StoreDiagnostics) -> Finding {
        let text =
            "database \(ByteCount.text(store.databaseBytes)), log \(ByteCount.text(store.logBytes)); "
            + "\(Counted.text(store.runs, "run")), \(Counted.text(store.entries, "entry", "entries")), "
            + Counted.text(store.checkpoints, "checkpoint")
        // The log is moved into the database above 16 MiB; far above it, something keeps it from being moved.
        return store.logBytes > 256 << 20
            ? Finding(.warning, "size", text, "a reader keeps the log from shrinking; end commands that hang")
            : Finding(.ok, "size", text)
    }

    private func requests(_ store: StoreDiagnostics) -> Finding {
        store.requests == 0
            ? Finding(.ok, "requests", "none waits for a driver")
            : Finding(
                .warning, "requests",
                "\(store.requests) of people or programs are not done yet: `workflow attention` names those whose "
                    + "runs no process drives")
    }

    private func removals(_ store: StoreDiagnostics) -> Finding {
        store.removals == 0
            ? Finding(.ok, "removals", "none was cut off")
            : Finding(
                .warning, "removals",
                Counted.text(
                    store.removals, "run is being removed, or its removal was cut off",
                    "runs are being removed, or their removal was cut off"),
                "`workflow prune --older-than 3650d` finishes it")
    }

    private func leftovers(_ store: StoreDiagnostics) -> Finding {
        guard let first = store.leftovers.first else { return Finding(.ok, "leftovers", "none") }
        let more = store.leftovers.count > 1 ? " and \(store.leftovers.count - 1) more" : ""
        return Finding(
            .warning, "leftovers", first + more,
            "remove unfinished stores with `rm -r`; leave lock files to `workflow prune`, which sees whether they are "
                + "held"
        )
    }
}
