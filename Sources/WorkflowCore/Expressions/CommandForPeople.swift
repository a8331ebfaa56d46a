internal import CEL
internal import ExecutorKit

/// What an attempt of a step was to run, to be read and not to be run.
package struct CommandForPeople: Sendable, Equatable {
    /// With the values that are known in place of expressions; the other expressions as they were written.
    package let script: String
    /// Absolute; nil where only its expression is known.
    package let workingDirectory: String?
}

extension RunState {
    /// The script of a step as it would read if the shell had put the values in; nil for a step without one.
    ///
    /// No secret is in it: scripts see them only through `env`.
    package func commandForPeople(_ role: CommandRole, ofStep number: Int) -> CommandForPeople? {
        if role == .run, case .call(let call) = step(number).action { return callForPeople(call, ofStep: number) }
        guard let script = step(number).script(role) else { return nil }
        let scope = ExpressionScope(self, step: number)
        var text = ""
        var rest = Substring(script.text)
        for binding in script.bindings {
            guard let place = rest.firstRange(of: "${\(binding.variable)}") else { continue }
            text += rest[..<place.lowerBound]
            text += (try? scope.text(of: binding.expression)) ?? "${{ \(binding.expression.source) }}"
            rest = rest[place.upperBound...]
        }
        text += rest
        return CommandForPeople(script: text, workingDirectory: workingDirectory(ofStep: number, scope))
    }

    /// Its request as it would read in a definition.
    private func callForPeople(_ call: Call, ofStep number: Int) -> CommandForPeople {
        let scope = ExpressionScope(self, step: number)
        let text = call.with.text { expression in (try? scope.value(of: expression)).flatMap { try? $0.json() } }
        return CommandForPeople(
            script: "uses: \(call.name.text)\nwith: \(text)", workingDirectory: workingDirectory(ofStep: number, scope))
    }

    private func workingDirectory(ofStep number: Int, _ scope: ExpressionScope) -> String? {
        guard let around = created?.context.workingDirectory else { return nil }
        guard let template = step(number).workingDirectory else { return around }
        guard let text = try? scope.text(of: template) else { return nil }
        return text.hasPrefix("/") ? text : around + "/" + text
    }
}
