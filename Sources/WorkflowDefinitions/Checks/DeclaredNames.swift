import WorkflowCore

/// Everything that a definition declares and expressions can name.
struct DeclaredNames {
    let parameters: [String: Parameter]
    let secrets: Set<String>
    let stages: Set<String>
    let foreachVariables: Set<String>
    /// The declared outputs of steps by name; absent for steps that declare none.
    let outputs: [String: [String]]
    /// `root.name` for every name with a hyphen in it.
    let hyphenated: Set<String>

    init(_ compiler: DefinitionCompiler) {
        parameters = compiler.knownKinds.parameters
        secrets = Set(compiler.secretNames)
        stages = Set(compiler.stageNames)
        foreachVariables = compiler.foreachVariables
        outputs = compiler.declaredOutputs
        var hyphenated: Set<String> = []
        for (root, names) in [
            ("steps", compiler.index.names), ("params", Array(parameters.keys)), ("secrets", compiler.secretNames),
            ("stages", compiler.stageNames),
        ] {
            for name in names where name.contains("-") { hyphenated.insert("\(root).\(name)") }
        }
        self.hyphenated = hyphenated
    }
}
