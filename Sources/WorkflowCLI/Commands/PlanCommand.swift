internal import ArgumentParser
internal import JSON
internal import WorkflowCore
internal import WorkflowDefinitions
internal import WorkflowEngine
internal import WorkflowViews

struct PlanCommand: WorkflowCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Tell what a run would do, without doing it.",
        discussion: """
              workflow plan deploy.yaml -p cluster=blue -p nodes=5
              workflow plan deploy.yaml --params blue.json -o json

            Writes to no store and starts no step. What parameters and declared environment tell is filled in; what \
            only the run can know stands as its expression, ${{…}}, and so does every secret. Values stand in a \
            script's text as the shell would put them there: to be read, not to be run. An executor that can plan is \
            asked what it would do, where all of the step's `with` is known: 30 s and 64 KiB for each call.

            Exit status 65 when the definition or a parameter is invalid, an expression can have no value, or `run` \
            would refuse it here for its approvers.
            """)

    @Argument(help: ArgumentHelp("The definition, a YAML file.", valueName: "file"), completion: .file())
    var file: String

    @Option(
        name: [.customShort("p"), .customLong("param")],
        help: ArgumentHelp("A parameter; once for each.", valueName: "key=value"), completion: .parameters,
        transform: KeyValue.init(_:))
    var parameters: [KeyValue] = []

    @Option(
        name: .customLong("params"),
        help: ArgumentHelp(
            "A file of parameters: a YAML mapping or a JSON object. A -p wins over it.", valueName: "file"),
        completion: .file())
    var parameterFile: String?

    @Flag(help: "Start no executor: neither what steps hand over to one is checked, nor is it asked what it would do.")
    var noExecutors = false

    @OptionGroup var include: IncludeOption
    @OptionGroup var output: FormatOption
    @OptionGroup var store: StoreOption

    func validate() throws {
        if let key = KeyValue.repeated(parameters) { throw ValidationError("-p \(key)=… is given twice.") }
    }

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        let (stored, warnings) = try await DefinitionFile.loaded(
            file, including: include.folders, asksExecutors: !noExecutors, console, isQuiet: false, in: process)
        let values = try GivenParameters(typed: parameters, file: parameterFile)
            .resolved(for: stored.definition, console)
        let place = RunFile.absolute(file, in: process.workingFolder)
        let called = noExecutors ? [] : await process.executors.called(by: stored.definition, beside: place)
        let plan = RunPlan(stored.definition, parameters: values, executors: called)
        let answers = noExecutors ? .none : await ExecutorPlans(of: plan, from: process.executors, beside: place)
        switch output.format {
        case .text:
            for line in PlanSummary(plan: plan, answers: answers.answers).lines() { console.data(line) }
        case .json, .yaml:
            let document = PlanDocument(plan: plan, answers: answers.answers).document(hash: stored.hash, warnings)
            console.data(document.text(as: output.format))
        }
        if answers.notAsked > 0 {
            console.note(
                "note: the executors of \(Counted.text(answers.notAsked, "further call")) were not asked what they "
                    + "would do; \(ExecutorPlans.callsMax) are asked at most")
        }
        let isInvalid = problems(of: plan, console)
        let check = ApproverCheck(definition: stored.definition, parameters: values, process: process)
        guard let refusal = await check.refusal(store: store.url) else { return isInvalid ? .invalid : .completed }
        console.say(refusal)
        return refusal.status
    }

    /// Tells what can have no value. Only where it is sure to be reached is that an error.
    private func problems(of plan: RunPlan, _ console: Console) -> Bool {
        var isInvalid = false
        for (step, isCertain) in plan.allSteps where step.condition?.holds != false {
            for problem in step.problems {
                console.note(
                    isCertain
                        ? "error: step \(step.step.name) would fail: \(problem)"
                        : "warning: step \(step.step.name) would fail if it ran: \(problem)")
                isInvalid = isInvalid || isCertain
            }
        }
        if let problem = plan.group?.problem {
            console.note("error: the run would fail, for its concurrency group has no value: \(problem)")
            isInvalid = true
        }
        return isInvalid
    }
}
