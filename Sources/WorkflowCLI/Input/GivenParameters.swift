internal import JSON
internal import WorkflowCore
internal import WorkflowDefinitions

/// The parameters that a command was given: with `-p`, and in a file.
struct GivenParameters {
    /// `-p key=value`; each comes before the file's.
    let typed: [KeyValue]
    /// A YAML mapping or a JSON object.
    let file: String?

    /// A value for every parameter of the definition.
    ///
    /// - Throws: 65 with every problem, and where it was given.
    func resolved(for definition: Definition, _ console: Console) throws(CommandFailure) -> [String: JSONValue] {
        var given: [String: GivenParameter] = [:]
        if let file {
            for (name, value) in try InputFile.object(file, console) { given[name] = .value(value) }
        }
        for parameter in typed { given[parameter.key] = .text(parameter.value) }
        do {
            return try ParameterResolver.resolve(definition, given: given)
        } catch {
            throw CommandFailure(.invalid, error.problems.map { text(of: $0, console) }.joined(separator: "\nerror: "))
        }
    }

    private func text(of problem: ParameterError.Problem, _ console: Console) -> String {
        let paint = Paint(isOn: console.hasColour)
        let isName = problem.code == .unknownParameter
        let label = problem.replacement.map { "\"\($0)\"?" }
        if let typed = typed.first(where: { $0.key == problem.parameter }) {
            let opening = "-p " + (isName ? "" : typed.key + "=")
            let excerpt = SourceExcerpt(
                line: "-p \(typed.key)=\(typed.value)", start: opening.unicodeScalars.count,
                length: (isName ? typed.key : typed.value).unicodeScalars.count)
            return
                ([problem.text]
                + ExcerptText(paint: paint).lines(excerpt, line: nil, kind: .error, label: label))
                .joined(separator: "\n")
        }
        guard let file, let bytes = try? InputFile.bytes(file),
            let place = YAMLData.place(of: problem.parameter, isName: isName, in: bytes)
        else { return problem.text }
        return
            (["\(file):\(place.line):\(place.column): " + problem.text]
            + ExcerptText(paint: paint).lines(place.excerpt, line: place.line, kind: .error, label: label))
            .joined(separator: "\n")
    }
}
