/// How an engine and a supervisor find out whether they understand each other.
package enum AttemptProtocolVersion {
    /// Given to a supervisor as its only argument, it says `name` on standard output.
    package static let argument = "--version"

    /// What a supervisor appends to its arguments when it only stays, as the parent of what its command left running.
    package static let stayArgument = "--stay"

    /// The version of the records in an attempt's folder, and of the launch specification.
    package static let name = "workflow-supervisor, protocol \(TextRecord.version)"
}
