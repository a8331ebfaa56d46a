internal import ArgumentParser
internal import WorkflowCore
internal import WorkflowDefinitions

/// The names of the parameters of the definition that the command line names, each with the sign behind it.
struct ParameterCompletion {
    /// The command line as far as it goes.
    let words: [String]
    /// What the word begins with.
    let prefix: String

    func names() -> [Offered] {
        let typed = prefix.drop { $0 == "\"" || $0 == "'" }
        for word in words.dropFirst(2) where word.hasSuffix(".yaml") || word.hasSuffix(".yml") {
            guard let definition = try? DefinitionFile.check(word).definition?.definition else { continue }
            return definition.parameters
                .filter { parameter in !words.contains { $0 != prefix && $0.hasPrefix(parameter.name + "=") } }
                .map { Offered(name: $0.name + "=", description: $0.description ?? $0.kind.rawValue) }
                .filter { $0.name.utf8.starts(with: typed.utf8) }
        }
        return []
    }
}

extension CompletionKind {
    static let parameters = CompletionKind.custom { words, _, prefix in
        ParameterCompletion(words: words, prefix: prefix).names().map(\.text)
    }
}
