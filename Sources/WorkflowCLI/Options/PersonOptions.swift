internal import ArgumentParser
internal import WorkflowCore
internal import WorkflowEngine

/// Who acts, and why: both go into the journal.
struct PersonOptions: ParsableArguments {
    @Option(
        name: .customLong("as"),
        help: ArgumentHelp("A name to keep beside the login of who types this.", valueName: "name"))
    var name: String?

    @Option(help: ArgumentHelp("Why; kept in the journal.", valueName: "text"))
    var reason: String?

    func validate() throws {
        if let name, name.isEmpty || name.utf8.count > 128 || name.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
            throw ValidationError("--as takes a name of 1 to 128 characters without control characters.")
        }
        try Self.refuse(reason: reason)
    }

    /// A blank one says nothing.
    static func refuse(reason: String?) throws {
        guard let reason else { return }
        guard reason.utf8.count <= 4096, reason.contains(where: { !$0.isWhitespace }) else {
            throw ValidationError("--reason takes a text of 1 to 4096 bytes.")
        }
    }

    /// As journal entries name people.
    func actor(in process: ProcessEnvironment) -> Actor { process.actor(as: name) }

    /// Names go into the journal as they are, so none may hold the value of a secret of the run.
    ///
    /// - Parameter more: further texts, each with what it is.
    func refuseSecrets(
        _ session: Session, _ run: RunID, _ more: [(place: String, text: String)] = [], by actor: Actor
    ) async throws(CommandFailure) {
        let texts = [("--as", actor.by?.claimedName), ("SUDO_USER", actor.by?.sudoUser)].compactMap { place, text in
            text.map { (place: place, text: $0) }
        }
        guard !texts.isEmpty || !more.isEmpty else { return }
        try await CommandFailure.telling { () async throws(EngineError) in
            try await session.engine.refuseSecrets(in: texts + more, of: run)
        }
    }
}
