internal import CEL
internal import JSON

// Groups, items and passes: when they begin, and what their ends mean for the step that holds them.

extension RunMachine {
    /// Looks at the containers in which something has ended.
    ///
    /// - Returns: whether one of them has ended, or a step in it was started.
    mutating func settleContainers(using random: inout some RandomNumberGenerator) throws(JournalContradiction) -> Bool
    {
        guard mayStart else { return false }
        var unsettled: [Int] = []
        defer { for number in unsettled { state.notice(number) } }
        while let number = state.takeNoticed() {
            state.stepsTouched += 1
            guard case .open = state.steps[number].phase, let container = state.containers[number],
                state.isInPresentPart(number), state.isInOpen(number)
            else { continue }
            if container.unended == 0 {
                try containerEnded(number, container)
                return true
            }
            guard container.stoppers > 0, container.activeBelow == 0 else { continue }
            // What fails inside of it fails first, and its end brings us back.
            if container.children.contains(where: { state.steps[$0].isOpen && state.stops($0) }) { continue }
            if state.stepsInOrder(from: container.children).contains(where: mayStartNow) {
                // A handler that has no free slot yet.
                unsettled.append(number)
                continue
            }
            guard let handler = blockedHandler(among: number..<number + 1) else {
                try containerFailed(number, container)
                return true
            }
            guard state.slotsTaken < state.program.definition.maxParallel else {
                unsettled.append(number)
                continue
            }
            // It may end without ever having been under way: skipped, without items. Nothing else brings us back then.
            unsettled.append(number)
            try startOrSkip(handler, using: &random)
            return true
        }
        return false
    }

    private func mayStartNow(_ number: Int) -> Bool {
        state.steps[number].phase == .ready && !state.isStopped(number) && state.isInOpen(number)
    }

    /// The first handler in one of these groups, or in one that stands still in them, that waits for steps which will
    /// not start any more.
    func blockedHandler(among range: Range<Int>) -> Int? {
        for group in state.stepsInOrder(from: range) {
            guard let inside = state.containers[group], state.steps[group].isOpen, !state.isForeach(group),
                state.isInOpen(group)
            else { continue }
            let line = state.line(ofStep: group)
            let handlers = line.handlers.lazy.map { inside.children.lowerBound + $0 - line.children.lowerBound }
            if let handler = handlers.first(where: standsStill) { return handler }
        }
        return nil
    }

    /// The handler waits for steps which will not start any more, none of them a handler that will.
    func standsStill(_ handler: Int) -> Bool {
        guard state.steps[handler].phase == .blocked else { return false }
        return !state.needs(ofStep: handler).contains { !state.steps[$0].hasEnded && state.runsAfterFailure($0) }
    }

    private mutating func containerEnded(_ number: Int, _ container: Container) throws(JournalContradiction) {
        if container.failures > 0 && state.isForeach(number) || container.stoppers > 0 {
            return try containerFailed(number, container)
        }
        guard try isLastPass(of: number, outputs: [:]) else { return }
        try note(
            .stepSucceeded(StepSucceeded(step: state.name(ofStep: number), attempt: 0, outputs: [:])),
            checkpoint: checkpointSubject(of: number))
    }

    private mutating func containerFailed(_ number: Int, _ container: Container) throws(JournalContradiction) {
        var failed: [Int] = []
        for child in container.children where failed.count < 5 && state.steps[child].hasFailedForGood {
            failed.append(child)
        }
        guard let first = failed.first, let failure = state.steps[first].failure else {
            throw state.contradiction("\(state.name(ofStep: number)) failed without a failed step in it")
        }
        guard state.isForeach(number) else {
            return try stepFailed(
                number,
                Failure(
                    kind: .permanent, code: failure.code,
                    message: "step \(state.name(ofStep: first)) failed: \(failure.message)", exitCode: failure.exitCode)
            )
        }
        let named = failed.map { state.name(ofStep: $0) }.joined(separator: ", ")
        let more = container.failures > 5 ? " and \(container.failures - 5) more" : ""
        try stepFailed(
            number,
            Failure(
                kind: .permanent, code: "items_failed",
                message:
                    "\(container.failures) of \(container.children.count) items failed: \(named)\(more); the first: "
                    + failure.message))
    }

    // MARK: - Passes

    /// Whether the step's `repeat` is done, or it has none. Otherwise the next pass was written down, or the step's
    /// failure.
    mutating func isLastPass(of number: Int, outputs: [String: JSONValue]) throws(JournalContradiction) -> Bool {
        guard let loop = state.loop(ofStep: number) else { return true }
        var failure: Failure?
        do throws(ExpressionFailure) {
            // Gone before anything is written down: a scope holds the state, which would be copied then.
            var scope = ExpressionScope(state, step: number)
            scope.ownOutputs = outputs
            if try scope.isTrue(loop.until) { return true }
        } catch {
            failure = Failure(
                kind: .permanent, code: "expression_failed",
                message: "until cannot be evaluated: \(error.message)")
        }
        let used = state.steps[number].passesUsed + 1
        if failure == nil, used >= loop.limit {
            failure = Failure(
                kind: .permanent, code: "repeat_limit",
                message: "`\(loop.until.source)` did not hold after \(used) passes, which is the limit")
        }
        // What is being cancelled waits for no further pass.
        let isWaited = failure == nil && loop.delay > .zero && !state.isAskedToEnd(number)
        let wait = isWaited ? Wait(due: now.adding(loop.delay), length: loop.delay) : nil
        try note(
            .stepRepeated(
                StepRepeated(
                    step: state.name(ofStep: number), iteration: state.steps[number].passes + 1, outputs: outputs,
                    wait: wait)))
        if let failure { try stepFailed(number, failure) }
        if let wait { order(.startWait(timer(ofStep: number), remaining: wait.length)) }
        return false
    }

    // MARK: - Items

    /// Evaluates the items, once until a return or a rewind, and writes them down.
    mutating func enterForeach(_ number: Int, _ foreach: Foreach) throws(JournalContradiction) {
        let name = state.name(ofStep: number)
        let items: [JSONValue]
        var keys: [String]?
        do throws(ExpressionFailure) {
            let scope = ExpressionScope(state, step: number)
            items = try scope.items(of: foreach)
            guard items.count + state.steps.count <= RunState.instancesMax else {
                throw ExpressionFailure(
                    message: "the run would have more than \(RunState.instancesMax) steps, which is the limit")
            }
            keys = try foreach.key.map { (key) throws(ExpressionFailure) in
                try RunMachine.keys(key, of: items, variable: foreach.variable, in: scope)
            }
        } catch {
            return try stepFailed(
                number,
                Failure(kind: .permanent, code: "items_invalid", message: "the items of \(name): \(error.message)"))
        }
        try note(.itemsEvaluated(ItemsEvaluated(step: name, items: items, keys: keys)))
    }

    private static func keys(
        _ key: CELExpression, of items: [JSONValue], variable: String, in scope: ExpressionScope
    ) throws(ExpressionFailure) -> [String] {
        var scope = scope
        var keys = ItemKeys(reserving: items.count)
        for item in items {
            scope.item = (variable, item)
            try keys.add(try scope.text(of: key))
        }
        return keys.texts
    }
}
