import WorkflowCore

extension DefinitionCompiler {
    func compileDefaults(_ node: Node) -> StepDefaults {
        var defaults = StepDefaults()
        guard let fields = Fields(node, of: "\"defaults\"", .defaults, problems: problems) else { return defaults }
        defaults.timeout = fields["timeout"].flatMap { timeout($0, "\"timeout\" of the defaults") }
        defaults.killAfter = fields["kill_after"].flatMap { read.duration($0, "\"kill_after\" of the defaults") }
        defaults.retry = fields["retry"].flatMap { compileRetry($0, of: "the defaults") } ?? RetryFields()
        defaults.onDoubt = fields["on_doubt"].flatMap {
            read.word($0, "\"on_doubt\" of the defaults", DoubtPolicy.self)
        }
        defaults.isIdempotent = fields["idempotent"].flatMap { read.bool($0, "\"idempotent\" of the defaults") }
        defaults.shell = fields["shell"].flatMap { compileShell($0, of: "the defaults") }
        defaults.workingDirectory = fields["working_directory"]
        defaults.pinnedEnvironment = fields["pin_env"].flatMap { compilePins($0, of: "the defaults") } ?? []
        defaults.lockTimeout = fields["lock_timeout"].flatMap { timeout($0, "\"lock_timeout\" of the defaults") }
        return defaults
    }

    func timeout(_ node: Node, _ what: String) -> Milliseconds? {
        if let asked = Unlimited.written(in: node) {
            problems.error(
                .unlimited, "\(what) cannot be unlimited (\(asked)): a wait that never ends hides its failure",
                at: node.position, suggestion: "write a duration of at most 366d")
            return nil
        }
        return read.duration(node, what, min: Milliseconds(1))
    }

    // MARK: Retry

    func compileRetry(_ node: Node, of owner: String) -> RetryFields? {
        let what = "\"retry\" of \(owner)"
        if let asked = Unlimited.written(in: node) {
            problems.error(
                .unlimited, "\(what) cannot be unlimited (\(asked)): a step that never gives up hides its failure",
                at: node.position, suggestion: "write retry: {limit: 5, delay: 10s}; a limit is at most 100")
            return nil
        }
        if case .int(let number) = node.value {
            problems.error(
                .wrongType, "\(what) must be a mapping, not the number \(number)", at: node.position,
                suggestion: "write retry: {limit: \(number)}")
            return nil
        }
        guard let fields = Fields(node, of: what, .retry, problems: problems) else { return nil }
        var retry = RetryFields()
        if fields.has("limit") { retry.limit = limit(fields, of: what, Bounds.retries) }
        retry.delay = fields["delay"].flatMap { read.duration($0, "\"delay\" of \(what)") }
        retry.maxDelay = fields["max_delay"].flatMap { read.duration($0, "\"max_delay\" of \(what)") }
        retry.backoff = fields["backoff"].flatMap { read.number($0, "\"backoff\" of \(what)", in: Bounds.backoff) }
        retry.jitter = fields["jitter"].flatMap { read.number($0, "\"jitter\" of \(what)", in: Bounds.jitter) }
        if let codes = fields["exit_codes"] { retry.exitCodes = compileExitCodes(codes, of: what) }
        if let codes = fields["codes"] { retry.codes = compileCodes(codes, of: what) }
        if let delay = retry.delay, let longest = retry.maxDelay, longest < delay {
            problems.warning(
                .uselessKey, "the max_delay of \(what) is below its delay, so every delay is \(longest.text)",
                at: fields["max_delay"]?.position ?? fields.position)
        }
        return retry
    }

    private func compileExitCodes(_ node: Node, of what: String) -> [Int]? {
        guard let items = read.list(node, "\"exit_codes\" of \(what)", of: "numbers") else { return nil }
        if items.isEmpty {
            problems.error(
                .emptyList, "the exit_codes of \(what) are empty: nothing would be retried", at: node.position,
                suggestion: "leave the key out to retry every failure")
        }
        return items.compactMap { read.int($0, "an exit code of \(what)", in: Bounds.exitCode) }
    }

    /// Codes of failures, as events say them.
    private func compileCodes(_ node: Node, of what: String) -> [String]? {
        guard let items = read.list(node, "\"codes\" of \(what)", of: "codes of failures") else { return nil }
        if items.isEmpty {
            problems.error(
                .emptyList, "the codes of \(what) are empty: nothing would be retried", at: node.position,
                suggestion: "leave the key out to retry every failure")
        }
        return items.compactMap { item in
            guard let code = read.text(item, "a code of \(what)") else { return nil }
            guard NameRules.isName(code), !code.isEmpty else {
                problems.error(
                    .invalidName, "a failure's code has letters, digits, \"_\" and \"-\", not \(quoted(code))",
                    at: item.position, suggestion: "an exit status is matched by exit_codes: [75]")
                return nil
            }
            return code
        }
    }

    // MARK: Shell and environment of a process

    /// A program and its arguments: a list, or one text that is split into words.
    func compileShell(_ node: Node, of owner: String) -> [String]? {
        let what = "\"shell\" of \(owner)"
        var words: [String] = []
        if case .list(let items) = node.value {
            words = items.compactMap { read.text($0, "a word of \(what)") }
            guard words.count == items.count else { return nil }
        } else {
            guard let text = read.text(node, what) else { return nil }
            guard let split = ShellWords.split(text) else {
                problems.error(
                    .invalidValue, "\(what) has a quote that does not end", at: node.position,
                    suggestion: "write it as a list of words")
                return nil
            }
            words = split
        }
        guard let program = words.first, !program.isEmpty else {
            problems.error(
                .invalidValue, "\(what) is empty", at: node.position, suggestion: "write shell: bash -euo pipefail")
            return nil
        }
        if words.contains(where: { $0.contains("{0}") || TemplateScanner.containsExpression($0) }) {
            problems.error(
                .invalidValue, "\(what) has a placeholder in it; the script's file is appended to the words",
                at: node.position)
            return nil
        }
        return words
    }

    func compilePins(_ node: Node, of owner: String) -> [String]? {
        guard let items = read.list(node, "\"pin_env\" of \(owner)", of: "variables' names") else { return nil }
        var names: Set<String> = []
        for item in items {
            guard let name = read.text(item, "a name in \"pin_env\" of \(owner)") else { continue }
            guard NameRules.isVariable(name) else {
                problems.error(.invalidName, "\(quoted(name)) is no name of an environment variable", at: item.position)
                continue
            }
            names.insert(name)
        }
        return names.sorted(by: NameRules.precedes)
    }

    func compileOutputs(_ node: Node, of owner: String) -> [OutputDeclaration] {
        (read.namedEntries(node, "\"outputs\" of \(owner)") ?? []).compactMap { entry in
            if !NameRules.isName(entry.key) {
                problems.error(
                    .invalidName, "an output's name has letters, digits, \"_\" and \"-\", not \(quoted(entry.key))",
                    at: entry.keyPosition)
            }
            let what = "output \(quoted(entry.key)) of \(owner)"
            var type = entry.value
            if case .map = entry.value.value {
                guard let fields = Fields(entry.value, of: what, .output, problems: problems) else { return nil }
                guard let inner = fields["type"] else {
                    problems.error(.missingKey, "\(what) has no type", at: fields.position)
                    return nil
                }
                type = inner
            }
            return read.word(type, "the type of \(what)", Parameter.Kind.self)
                .map { OutputDeclaration(name: entry.key, kind: $0) }
        }
    }
}
