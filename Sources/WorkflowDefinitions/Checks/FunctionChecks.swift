import CEL
import WorkflowCore

/// Calls in an expression: known functions, and those of the run's state only where it is asked for.
struct FunctionChecks {
    let problems: ProblemList
    let sources: SourceFiles

    /// What the engine adds; they say how the run stands, so they belong in conditions.
    private static let statusFunctions = ["success", "failure", "always"]

    /// What GitHub's expressions have as functions.
    private static let methods = ["contains", "startsWith", "endsWith", "join", "format"]

    private static let known = Set(CELExpression.knownFunctions)
    private static let suggested = (CELExpression.knownFunctions + statusFunctions).sorted()

    func check(_ site: ExpressionSite) {
        for call in site.expression.calledFunctions {
            if FunctionChecks.statusFunctions.contains(call.name) {
                guard site.place != .condition else { continue }
                problems.error(
                    .functionOutOfPlace, "\(call.name)() can be asked in \"if\" only, not in \(site.place.written)",
                    at: site.origin.position(of: call.offset, in: sources),
                    suggestion: "look at run.status or at the status of a step")
            } else if FunctionChecks.methods.contains(call.name) {
                problems.error(
                    .unknownFunction, "\(call.name) is called on a text",
                    at: site.origin.position(of: call.offset, in: sources),
                    suggestion: "write text.\(call.name)(…)")
            } else if !FunctionChecks.known.contains(call.name) {
                reportUnknown(call.name, call.offset, "function", site)
            }
        }
        let tree = site.expression.tree
        for node in tree.nodes {
            guard case .call(let name, let target?, _) = node.kind, !FunctionChecks.known.contains(name) else {
                continue
            }
            if case .identifier(let space, _) = tree[target].kind, FunctionChecks.known.contains("\(space).\(name)") {
                continue
            }
            reportUnknown(name, node.offset, "method", site)
        }
    }

    private func reportUnknown(_ name: String, _ offset: Int, _ what: String, _ site: ExpressionSite) {
        problems.error(
            .unknownFunction, "there is no \(what) \(quoted(name))", at: site.origin.position(of: offset, in: sources),
            suggestion: problems.didYouMean(name, among: FunctionChecks.suggested))
    }
}
