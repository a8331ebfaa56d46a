internal import JSON
internal import WorkflowCore
internal import WorkflowExecutors
internal import WorkflowStore

// What a resume would do, told by the code that resumes: the same look at open attempts, the same decisions. Nothing is
// written, taken or started.

extension Engine {
    /// What a resume would do: with another definition, from an earlier checkpoint, or as it is.
    ///
    /// - Throws: what the resume would be refused with.
    package func plan(_ request: ResumeRequest) async throws(EngineError) -> ResumePlan {
        let loader = RunLoader(store: store)
        let record: RunRecord
        var checkpoint: CheckpointRecord?
        switch request.target {
        case .run(let id): record = try await loader.record(id)
        case .checkpoint(let id):
            let found = try await loader.checkpoint(id)
            record = try await loader.record(found.run)
            checkpoint = found
        }
        let seen = try await loader.state(of: record)
        let isDriven = try await isDriven(record)
        if checkpoint?.id == seen.checkpoint?.id { checkpoint = nil }
        var change = DefinitionChange()
        guard seen.status.canBeResumed || request.retriesFailed else {
            if let checkpoint { throw endedRewind(checkpoint, record) }
            return ResumePlan(record, seen.status, isDriven: isDriven, change, ResumeForecast(seen, settled: []))
        }
        var (state, settled) = try await recovered(seen, of: record, request)
        let actor = try await known(request.actor)
        let forecast = ResumeForecast(state, settled: settled)
        var after = state
        var asked: [Input] = []
        if let checkpoint {
            guard request.allowsRewind else { throw notNewest(checkpoint, record, seen) }
            asked.append(.rewindAsked(checkpoint.id, sequence: checkpoint.sequence, by: actor))
            after = try await loader.state(of: record, through: checkpoint.sequence)
        }
        var rewritten: [String] = []
        if let definition = request.definition {
            let parameters = try moved(state, to: definition)
            try refuseUnreachableApprovers(of: definition.definition, parameters, actor)
            let program = Program(definition.definition)
            state.learn(program, hash: definition.hash)
            asked.append(
                .definitionChangeAsked(
                    hash: definition.hash, parameters: parameters, repeatsFollowing: request.repeatsFollowing,
                    file: request.definitionFile, by: actor))
            change = after.change(to: program, repeatsFollowing: request.repeatsFollowing)
            // Of a group that has not begun its own steps are no instances yet.
            let begun = (change.reused + change.repeated).map { $0.utf8.split(separator: UInt8(ascii: ".")).last }
            rewritten = after.stepsWrittenOtherwise(in: program).filter { name in
                !begun.contains { $0?.elementsEqual(name.utf8) ?? false }
            }
        } else {
            change = after.change(to: after.program)
        }
        try refuse(asked, state, isLooked: true)
        if let checkpoint {
            let known = Set((change.reused + change.repeated + change.added).map(ExactText.init))
            let undone = state.stepsEnded(after: checkpoint.sequence).map { state.name(ofStep: $0) }
            let again = undone.filter { !known.contains(ExactText($0)) }
            change.repeated += again
            change.pending.removeAll { again.contains($0) }
        }
        change = change.without(forecast, isRewound: checkpoint != nil)
        let anew = change.pending + change.repeated + change.added + rewritten
        let secrets = (request.definition?.definition ?? state.program.definition).secrets.filter {
            if case .command = $0.source { false } else { true }
        }
        let lacking = secretResolver(in: seen.created?.context.workingDirectory)
            .available(of: secrets).missing
        let reused = change.reused.map(ExactText.init)
        return ResumePlan(
            record, seen.status, isDriven: isDriven, change, forecast.without(waitsOf: anew), rewritten: rewritten,
            verified: after.stepsToVerify.map { after.name(ofStep: $0) }.filter { reused.contains(ExactText($0)) },
            unknown: after.stepsFailedUnknown.map { after.name(ofStep: $0) }, lacking: lacking.map(\.message))
    }

    /// The state after a driver has come, has looked at every open attempt, and has obeyed what lies in the inbox; with
    /// the steps whose attempts had ended.
    private func recovered(
        _ seen: RunState, of record: RunRecord, _ request: ResumeRequest
    ) async throws(EngineError) -> (RunState, settled: Set<String>) {
        let requests = try await requests(of: record.uuid)
        var inputs: [Input] = [.driverAttached(attached(.resume, onDoubt: request.onDoubt))]
        var settled: Set<String> = []
        for open in try openAttempts(of: seen) {
            let timeout = seen.number(ofStep: open.step).map { seen.step($0).timeout } ?? Step.defaultTimeout
            if let input = open.input(timeout: timeout) { inputs.append(input) }
            if case .settled(_) = open.verdict { settled.insert(open.step) }
        }
        var machine = RunMachine(state: seen, host: environment.hostIdentity)
        var random = draws
        try decided {
            for input in inputs { _ = try machine.decide(input, at: clock.now(), using: &random) }
        }
        return (obeyed(requests, in: machine.state), settled)
    }
}

extension DefinitionChange {
    /// Without what the forecast tells of by name; what runs again out of doubt is repeated.
    fileprivate func without(_ forecast: ResumeForecast, isRewound: Bool) -> DefinitionChange {
        // Behind a rewind everything begins anew.
        guard !isRewound else { return self }
        let told = Set(forecast.steps.map(\.name))
        var change = self
        change.reused.removeAll(where: told.contains)
        change.pending.removeAll { told.contains($0) || !forecast.hasMoreToRun($0) }
        change.repeated.removeAll(where: told.contains)
        change.repeated += forecast.steps.filter { $0.course == .again }.map(\.name)
        return change
    }
}
