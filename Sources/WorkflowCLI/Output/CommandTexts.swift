internal import WorkflowCore
internal import WorkflowEngine

/// Commands as they are printed for people to type: a store that was named by hand is named in them too.
struct CommandTexts: Sendable {
    private let suffix: String

    /// - Parameter store: `--store`, as given.
    init(store: String?) {
        suffix = store.map { " --store " + CommandTexts.quoted($0) } ?? ""
    }

    func resume(_ view: RunView) -> String? { view.resumeCommand.map { $0 + suffix } }

    func resume(_ run: RunID) -> String { "workflow resume \(run.text)" + suffix }

    func follow(_ run: RunID) -> String { "workflow logs \(run.text) -f" + suffix }

    func logs(_ run: RunID, _ step: String) -> String {
        "workflow logs \(run.text) \(CommandTexts.quoted(step))" + suffix
    }

    /// One line for each decision a person can take about a step.
    func resolutions(_ run: RunID, _ step: String) -> [(command: String, meaning: String)] {
        [("--done", "its effect is in place"), ("--retry", "run it again"), ("--fail", "count it as failed")].map {
            (
                "workflow resolve \(run.text) \(CommandTexts.quoted(step)) \($0.0) --reason \"…\"" + suffix, $0.1
            )
        }
    }

    /// For a POSIX shell: plain where that is safe, else in single quotes.
    static func quoted(_ text: String) -> String {
        let isPlain =
            !text.isEmpty
            && text.utf8.allSatisfy {
                switch $0 {
                case 0x41...0x5A, 0x61...0x7A, 0x30...0x39, UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"),
                    UInt8(ascii: "/"), UInt8(ascii: ":"), UInt8(ascii: "@"), UInt8(ascii: "%"), UInt8(ascii: "+"),
                    UInt8(ascii: ","):
                    true
                default: false
                }
            }
        return isPlain
            ? text : "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
