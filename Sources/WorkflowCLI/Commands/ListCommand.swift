internal import ArgumentParser
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowStore
internal import WorkflowViews

struct ListCommand: WorkflowCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List runs, the newest first.",
        discussion: """
              workflow list
              workflow list --status failed,waiting --since 3d
              workflow list --status interrupted
              workflow list --status in_doubt,approval,signal,queued,retrying,owed
              workflow list --workflow deploy --label team=core -o json
              workflow list --since yesterday --sort updated -n 10

            A run that goes on and is driven by nobody is interrupted: `workflow resume --all` takes those. --since \
            takes 90m, 2h, 3d, a time of the day (14:30, when it last was), today, yesterday, or a day or instant: \
            2026-02-02, 2026-02-02T10:15Z; all in UTC. --sort updated puts the run first in which something happened \
            last, --sort status what has not ended before what has; runs that are equal in it stand the newest first. \
            Runs are found by what they wait for too; `owed` are those that hold locks while no process drives them, \
            and those with an approval that nobody has answered. `workflow attention` shows the same with the commands \
            that settle it.
            """)

    /// Shown where nothing else is said: what a person takes in, and what a program does.
    private static let (textLimit, dataLimit) = (50, 1000)
    private static let limits = 1...100_000
    /// Journals are read for what runs are at, of the newest first, until so many entries have been.
    private static let entriesLookedAt: Int64 = 20_000
    private static let pageRuns = 200

    @Option(
        help: ArgumentHelp(
            "Only runs of this status, or that are interrupted or wait for this; may be repeated, or hold several "
                + "with commas.",
            valueName: "status"))
    var status: [ListedStatuses] = []

    @Option(help: ArgumentHelp("Only runs of this workflow.", valueName: "name"))
    var workflow: String?

    @Option(
        name: .customLong("label"),
        help: ArgumentHelp("Only runs with this label; may be repeated: all must hold.", valueName: "key=value"),
        transform: KeyValue.init(_:))
    var labels: [KeyValue] = []

    @Option(help: ArgumentHelp("Only runs made since then.", valueName: "when"), transform: Since.init(_:))
    var since: Since?

    @Option(
        name: [.customShort("n"), .customLong("limit")],
        help: ArgumentHelp("So many at most, 1 to 100000; 50 as text and 1000 as data.", valueName: "count"))
    var limit: Int?

    @Option(help: ArgumentHelp("In which order: created, updated, status or workflow.", valueName: "order"))
    var sort: ListOrder = .created

    @OptionGroup var colours: ColourOption
    @OptionGroup var output: FormatOption
    @OptionGroup var store: StoreOption

    var colour: ColourForm { colours.form }

    func validate() throws {
        guard Self.limits.contains(limit ?? 1) else { throw ValidationError("--limit takes 1 to 100000.") }
        if let key = KeyValue.repeated(labels) {
            throw ValidationError("--label \(key)=… is given twice; a run has one value of it.")
        }
    }

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        let session = try Session.open(store.url, .existing, in: process)
        let screen = console.outputScreen
        let most = limit ?? (output.format == .text ? Self.textLimit : Self.dataLimit)
        let found = try await CommandFailure.telling { () async throws(EngineError) in
            // For another order than the store's all of them have to be known.
            let count = sort == .created ? most + 1 : Self.limits.upperBound
            return sort.sorted(try await matching(count, session.engine, at: screen.now))
        }
        let records = Array(found.prefix(most))
        if output.format != .text {
            let documents = try await CommandFailure.telling { () async throws(EngineError) in
                try await self.documents(records, session)
            }
            console.data(Document.list(documents).text(as: output.format))
        } else if records.isEmpty {
            console.note(
                isFiltered
                    ? "no run is like that; `workflow list` shows what there is"
                    : "no runs; start one with `workflow run FILE`")
        } else {
            let rows = try await CommandFailure.telling { () async throws(EngineError) in
                try await self.rows(records, session.engine)
            }
            for line in RunTable(rows: rows, screen: screen).lines() { console.data(line) }
        }
        if found.count > most {
            let which = sort == .created ? ", the newest" : ""
            console.note("there are more than these \(most)\(which); --limit shows more, and filters fewer")
        }
        return .completed
    }

    private var isFiltered: Bool { !status.isEmpty || workflow != nil || !labels.isEmpty || since != nil }

    // MARK: - Which runs

    /// Whether a live process drives a run is not in the database: of those that go on it is looked up, page by page.
    private func matching(
        _ count: Int, _ engine: Engine, at now: Timestamp
    ) async throws(EngineError) -> [RunRecord] {
        var filter = RunFilter(
            statuses: status.flatMap(\.statuses), workflow: workflow,
            labels: Dictionary(labels.map { ($0.key, $0.value) }) { first, _ in first },
            createdSince: since?.instant(at: now), limit: count)
        let kinds = status.reduce(into: Set<AttentionItem.Kind>()) { $0.formUnion($1.attention) }
        let asksForInterrupted = status.contains(where: \.asksForInterrupted)
        guard asksForInterrupted || !kinds.isEmpty else { return try await engine.runs(filter) }
        let asked = Set(filter.statuses)
        var wanted: Set<RunID> = []
        if !kinds.isEmpty {
            wanted = Set(try await engine.attention().filter { kinds.contains($0.kind) }.map(\.run))
        }
        let open = kinds.isEmpty ? [.running, .rollingBack] : RunStatus.allCases.filter { !$0.hasEnded }
        for going in open where !asked.contains(going) { filter.statuses.append(going) }
        filter.limit = Self.pageRuns
        var records: [RunRecord] = []
        while true {
            let page = try await engine.runs(filter)
            for record in page {
                let isGoing = [.running, .rollingBack].contains(record.projection.status)
                if asked.contains(record.projection.status) || wanted.contains(record.id) {
                    records.append(record)
                } else if isGoing, asksForInterrupted, try await !engine.isDriven(record) {
                    records.append(record)
                }
                if records.count == count { return records }
            }
            guard page.count == Self.pageRuns, let last = page.last else { return records }
            filter.before = last.id
        }
    }

    // MARK: - What they are at

    /// Journals of runs that have ended say no more than their records.
    private func documents(_ records: [RunRecord], _ session: Session) async throws(EngineError) -> [Document] {
        let children = Dictionary(
            grouping: try await session.engine.runs(RunFilter(isChild: true, limit: Self.limits.upperBound)),
            by: \.parent)
        var documents: [Document] = []
        for record in records {
            // What a list cannot read, `show` complains about.
            let view = record.projection.status.hasEnded ? nil : try? await session.engine.view(of: record)
            documents.append(
                RunDocument.listed(
                    record, view, children: (children[record.id] ?? []).reversed(), session.commands))
        }
        return documents
    }

    private func rows(_ records: [RunRecord], _ engine: Engine) async throws(EngineError) -> [RunTable.Row] {
        var rows: [RunTable.Row] = []
        var left = Self.entriesLookedAt
        for record in records {
            var isDriven = false
            var activity: String?
            var isInterrupted = false
            switch record.projection.status {
            case .running, .rollingBack, .waiting:
                isDriven = try await engine.isDriven(record)
                // What a list cannot read, `show` complains about.
                isInterrupted = !isDriven && record.projection.status != .waiting
                if record.head <= left, let view = try? await engine.view(of: record) {
                    left -= record.head
                    activity = RunActivity.text(of: view.state)
                    isInterrupted = view.isInterrupted
                }
            case .pending, .paused, .completed, .failed, .cancelled, .rolledBack, .moved: break
            }
            rows.append(
                RunTable.Row(record: record, isDriven: isDriven, isInterrupted: isInterrupted, activity: activity))
        }
        return rows
    }
}
