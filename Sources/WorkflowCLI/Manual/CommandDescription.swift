internal import JSON

/// A command as the argument parser describes it, for a page about it.
struct CommandDescription {
    struct Argument {
        enum Kind: String { case positional, option, flag }

        let kind: Kind
        /// `-o`, `--output`; none for a positional one.
        let names: [String]
        let valueName: String
        let isOptional: Bool
        let isRepeating: Bool
        let abstract: String
        let discussion: String
        let defaultValue: String?
    }

    /// With those of its parents: `workflow checkpoint list`.
    let name: String
    let abstract: String
    let discussion: String
    let arguments: [Argument]
    let subcommands: [CommandDescription]

    init?(_ described: JSONValue, under parent: String = "") {
        guard let name = described["commandName"]?.stringValue else { return nil }
        let full = parent.isEmpty ? name : "\(parent) \(name)"
        self.name = full
        abstract = described["abstract"]?.stringValue ?? ""
        discussion = described["discussion"]?.stringValue ?? ""
        arguments = (described["arguments"]?.arrayValue ?? []).compactMap(Argument.init)
        subcommands = (described["subcommands"]?.arrayValue ?? [])
            .filter { $0["shouldDisplay"]?.boolValue != false && $0["commandName"]?.stringValue != "help" }
            .compactMap { CommandDescription($0, under: full) }
    }

    /// This one and all below it that can be called, in order.
    var callable: [CommandDescription] {
        subcommands.isEmpty ? [self] : subcommands.flatMap(\.callable)
    }
}

extension CommandDescription.Argument {
    init?(_ described: JSONValue) {
        guard described["shouldDisplay"]?.boolValue != false,
            let kind = described["kind"]?.stringValue.flatMap(Kind.init(rawValue:))
        else { return nil }
        self.kind = kind
        names = (described["names"]?.arrayValue ?? []).compactMap { name in
            guard let text = name["name"]?.stringValue else { return nil }
            return name["kind"]?.stringValue == "long" ? "--\(text)" : "-\(text)"
        }
        valueName = described["valueName"]?.stringValue ?? "value"
        isOptional = described["isOptional"]?.boolValue ?? false
        isRepeating = described["isRepeating"]?.boolValue ?? false
        abstract = described["abstract"]?.stringValue ?? ""
        discussion = described["discussion"]?.stringValue ?? ""
        defaultValue = described["defaultValue"]?.stringValue
    }
}
