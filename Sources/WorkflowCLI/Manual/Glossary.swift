internal import WorkflowDefinitions

/// The words that commands use, with what each means and the command that shows it: `workflow docs words`.
struct Glossary {
    struct Entry: Sendable {
        let word: String
        let meaning: String
        let command: String
    }

    private static let width = 80

    /// Sorted by word.
    static let entries = [
        Entry(
            word: "approval",
            meaning: "A step that asks a person. The run waits for a yes or a no, and costs no process meanwhile.",
            command: "workflow attention"),
        Entry(
            word: "attempt",
            meaning: "One try at a step, numbered from 1. Numbers never start again within a run.",
            command: "workflow show RUN --attempts"),
        Entry(
            word: "checkpoint",
            meaning:
                "A durable point of a run after a step has finished, named chk-DAY-NUMBER. A resume goes on from the "
                + "newest one.",
            command: "workflow checkpoint list RUN"),
        Entry(
            word: "claim",
            meaning:
                "The right to drive a run, which one process has at a time. It is held by a lock on a file and ends "
                + "with the process; a command that finds it taken leaves with 75.",
            command: "workflow show RUN"),
        Entry(
            word: "concurrency group",
            meaning: "Runs of one group never overlap: a run waits for its turn until the one before it has ended.",
            command: "workflow locks"),
        Entry(
            word: "definition",
            meaning: "A workflow as it is written, a YAML file. A run keeps the definition that it began with.",
            command: "workflow diff RUN"),
        Entry(
            word: "drifted",
            meaning:
                "Said of a finished step whose effect does not hold any more: its verify command said so when the run "
                + "was resumed. A person decides what follows.",
            command: "workflow list --status drifted"),
        Entry(
            word: "driver",
            meaning:
                "The process of run or resume that decides what starts next in a run. A run without one is not lost.",
            command: "workflow show RUN"),
        Entry(
            word: "fencing token",
            meaning:
                "A number that rises with every claim of a run and is compared at every write, so that a process that "
                + "has lost its claim can write nothing. Steps have it as WORKFLOW_FENCING_TOKEN.",
            command: "workflow docs language run"),
        Entry(
            word: "idempotency key",
            meaning:
                "The name of a step's effect, equal over all attempts. A service that knows the key does the work "
                + "once.",
            command: "workflow show RUN STEP"),
        Entry(
            word: "in doubt",
            meaning:
                "An attempt began and has ended, and nobody knows whether its effect is in place. Its probe settles "
                + "it, or a person with resolve; it is never guessed.",
            command: "workflow list --status in_doubt"),
        Entry(
            word: "interrupted",
            meaning:
                "Said of a run that was under way and that no process drives any more: its driver was killed, or the "
                + "machine went down. resume --all goes on with it.",
            command: "workflow list --status interrupted"),
        Entry(
            word: "item",
            meaning: "One pass of a step that is repeated with foreach, named STEP[KEY].",
            command: "workflow show RUN --steps"),
        Entry(
            word: "journal",
            meaning:
                "All that happened in a run, in order, each entry with the hash of the one before it. Everything else "
                + "that is known of a run is derived from it.",
            command: "workflow journal RUN"),
        Entry(
            word: "lock",
            meaning: "A name that one step holds at a time, over all runs of a store.",
            command: "workflow locks"),
        Entry(
            word: "moved",
            meaning:
                "The status of a run that goes on in another store, after checkpoint export --hand-over; it cannot be "
                + "resumed here. A run can also be moved to an edited definition, and then goes on by that.",
            command: "workflow list --status moved"),
        Entry(
            word: "orphaned",
            meaning:
                "Said of a step that was done and that an edited definition does not have any more. What it did "
                + "stays; nothing runs it again.",
            command: "workflow resume RUN --definition FILE --plan"),
        Entry(
            word: "owed",
            meaning: "What a run that nobody drives still holds or waits for: its locks, and unanswered approvals.",
            command: "workflow list --status owed"),
        Entry(
            word: "probe",
            meaning:
                "A command of a step that tells whether its effect is in place: exit 0 done, 3 not done, anything "
                + "else cannot tell.",
            command: "workflow docs language probe"),
        Entry(
            word: "resume", meaning: "To go on with a run where it stopped. What has succeeded is not run again.",
            command: "workflow resume RUN --plan"),
        Entry(
            word: "rewind",
            meaning:
                "To go back to an older checkpoint of a run. What came after it runs again, with new idempotency keys.",
            command: "workflow resume --checkpoint ID --rewind"),
        Entry(
            word: "run", meaning: "One execution of a definition, from its start to a final status.",
            command: "workflow list"),
        Entry(
            word: "stage", meaning: "Steps under one name. A stage begins when the one before it is complete.",
            command: "workflow plan FILE"),
        Entry(
            word: "step", meaning: "The smallest unit that is done or not done. It succeeds once in a run.",
            command: "workflow show RUN"),
        Entry(
            word: "store", meaning: "The folder .workflow/ with the database, the locks and the logs of all runs.",
            command: "workflow store show"),
        Entry(
            word: "supervisor",
            meaning:
                "The process that starts one attempt and writes down how it ended. It lives on when the driver is "
                + "killed, and the attempt with it.",
            command: "workflow doctor"),
        Entry(
            word: "unseen",
            meaning:
                "What drill calls a step that changed nothing in the sandbox: whether it is safe to repeat cannot be "
                + "said from there.",
            command: "workflow drill FILE"),
        Entry(
            word: "verify",
            meaning:
                "A command of a step that is asked on resume whether the finished step's effect still holds; exit "
                + "statuses as of a probe.",
            command: "workflow docs language verify"),
    ]

    /// Nil: all of them.
    let word: String?

    func lines() throws(CommandFailure) -> [String] {
        guard let word else { return Array(Self.entries.map(Self.lines).joined(separator: [""])) }
        let asked = Self.plain(word)
        guard let entry = Self.entries.first(where: { Self.plain($0.word) == asked }) else {
            throw CommandFailure(
                .notFound,
                "there is no word \(word); "
                    + (NameSuggestion.didYouMean(word, among: Self.entries.map(\.word))
                        ?? "`workflow docs words` prints all that there are"))
        }
        return Self.lines(entry)
    }

    /// `in_doubt` is `in doubt`, as statuses are written.
    private static func plain(_ word: String) -> [UInt8] {
        word.lowercased().utf8.map { $0 == UInt8(ascii: "_") ? UInt8(ascii: " ") : $0 }
    }

    private static func lines(_ entry: Entry) -> [String] {
        [entry.word]
            + Prose.wrapped("    " + entry.meaning, to: width).split(separator: "\n").map(String.init)
            + ["    " + entry.command]
    }
}
