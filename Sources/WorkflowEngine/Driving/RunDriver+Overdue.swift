internal import AttemptProtocol
internal import WorkflowCore
internal import WorkflowExecutors

// Supervisors that do not end their steps: stopped, frozen, or stuck. A driver waits for them no longer than they
// should take, and then does their work as for a supervisor that is gone: nothing is guessed, and no wait is without an
// end.

extension RunDriver {
    /// Something to post when it has not been called off until then.
    struct Watch: Sendable {
        let length: Milliseconds
        let clock: any EngineClock
        let mailbox: Mailbox
        let event: DriverEvent
    }

    /// For an attempt: what is left of its timeout, and what a supervisor may take beyond it.
    func overdueWatch(of attempt: AttemptReference, _ identity: AttemptIdentity) -> Watch? {
        guard let number = machine.state.number(ofStep: attempt.step),
            case .running(let running) = machine.state.steps[number].phase,
            !machine.state.isNeverKilled(number)
        else { return nil }
        let length = remaining(of: running, number).adding(machine.state.grace(ofStep: number))
        return watch(length, .supervisorOverdue(attempt, identity))
    }

    /// For a probe or verification that was just started.
    func overdueWatch(of role: CommandRole, _ attempt: AttemptReference, _ identity: AttemptIdentity) -> Watch {
        watch(Step.probeTimeout.adding(Step.defaultKillAfter), .questionOverdue(role, attempt, identity))
    }

    private func watch(_ length: Milliseconds, _ event: DriverEvent) -> Watch {
        Watch(length: length.adding(RunDriver.supervisorSlack), clock: clock, mailbox: mailbox, event: event)
    }

    /// What is left of the timeout of an attempt that runs.
    func remaining(of running: StepState.Attempt, _ number: Int) -> Milliseconds {
        let timeout = machine.state.step(number).timeout
        return Wait(due: running.startedAt.adding(timeout), length: timeout).remaining(at: clock.now())
    }

    /// Calls the watch off when `body` is over.
    static func watching<Value: Sendable>(
        _ watch: Watch?, _ body: @escaping @Sendable () async throws(ExecutorError) -> Value
    ) async throws(ExecutorError) -> Value {
        guard let watch else { return try await body() }
        let result: Result<Value, ExecutorError> = await withDiscardingTaskGroup { group in
            group.addTask {
                await watch.clock.sleep(for: watch.length)
                if !Task.isCancelled { watch.mailbox.post(watch.event) }
            }
            defer { group.cancelAll() }
            do throws(ExecutorError) { return .success(try await body()) } catch { return .failure(error) }
        }
        return try result.get()
    }

    func overdueReason(_ attempt: AttemptReference) -> String {
        "its supervisor did not end it at its timeout of \(timeout(of: attempt).text) and was killed"
    }

    /// Kills it. What it leaves is then seen by whoever waits for the attempt: its record, or its processes, which are
    /// ended.
    func endSupervisor(
        of attempt: AttemptReference, _ identity: AttemptIdentity, in group: inout DiscardingTaskGroup
    ) {
        guard machine.state.runningAttempts.contains(where: { self.identity(of: $0.attempt) == identity }),
            leftovers[attempt] == nil
        else { return }
        overdue.insert(attempt)
        let (executor, mailbox) = (executor, mailbox)
        group.addTask {
            do throws(ExecutorError) {
                guard let process = try await executor.endSupervisor(of: identity) else { return }
                mailbox.post(.supervisorEnded(attempt, process: Int(process)))
            } catch {
                mailbox.post(.broken(EngineError(error)))
            }
        }
    }

    /// Ends a probe or verification that nobody else ends: whoever waits for it sees that it is lost.
    func endQuestion(
        _ role: CommandRole, _ attempt: AttemptReference, _ identity: AttemptIdentity,
        in group: inout DiscardingTaskGroup
    ) {
        guard questions.contains(identity) else { return }
        let (executor, mailbox) = (executor, mailbox)
        group.addTask {
            do throws(ExecutorError) {
                _ = try await executor.endSupervisor(of: identity)
                let survivors = try await executor.endStillRunning(
                    identity, stop: .standard, grace: .seconds(2))
                guard !survivors.isEmpty else { return }
                let processes = survivors.map { String($0.pid) }.joined(separator: ", ")
                mailbox.post(
                    .questionFailed(role, attempt, identity, message: "it cannot be ended (pid \(processes))"))
            } catch {
                mailbox.post(.questionFailed(role, attempt, identity, message: error.message))
            }
        }
    }
}
