internal import JSON

/// What a resume does with each step that has begun and not ended, told from the state that its recovery comes to:
/// every open attempt has been looked at, and nothing has started yet.
package struct ResumeForecast: Sendable, Equatable {
    package enum Course: Sendable, Equatable {
        /// In doubt: a person is asked, and nothing runs for it before.
        case ask
        /// In doubt: its probe is asked and decides.
        case probe
        /// In doubt, and run again by its policy.
        case again
        /// In doubt, and counted as failed by its policy.
        case fail
        /// The run is being cancelled, and the step with it.
        case cancel
        /// Its process lives: it is waited for.
        case goOn
        /// Its attempt ended while no process drove the run: what became of it is written down.
        case settle(StepStatus)
        /// It waits for time, a lock, a signal or a person.
        case wait(Awaited.Kind)
    }

    package struct Step: Sendable, Equatable {
        package let name: String
        package let course: Course
        /// What is known of it, for people; empty where the course says it all.
        package let message: String
    }

    /// In the definition's order.
    package private(set) var steps: [Step] = []
    /// Steps, or steps with items, of which something is still to run, with how many of its items.
    private var openItems: [String: (open: Int, all: Int)] = [:]
    private var heldUp: Set<String> = []

    /// - Parameters:
    ///   - recovered: the state after a driver came and every open attempt was told.
    ///   - settled: the steps whose attempts had ended.
    package init(_ recovered: RunState, settled: Set<String>) {
        var isTold: Set<Int> = []
        var holders: [Int] = []
        for number in recovered.stepsInOrder() {
            let name = recovered.name(ofStep: number)
            guard let (course, message) = ResumeForecast.course(of: number, recovered, settled.contains(name)) else {
                continue
            }
            steps.append(Step(name: name, course: course, message: message))
            isTold.insert(number)
            if course.holdsUpOthers { holders.append(number) }
        }
        countOpen(recovered, isTold)
        findHeldUp(recovered, holders)
    }

    /// Without the waits of steps that begin anew: what they do then is told as of others.
    package func without(waitsOf names: [String]) -> ResumeForecast {
        var forecast = self
        forecast.steps.removeAll { step in
            if case .wait = step.course { return names.contains { $0.isSame(as: step.name) } }
            return false
        }
        return forecast
    }

    private static func course(
        of number: Int, _ state: RunState, _ isSettled: Bool
    ) -> (Course, String)? {
        let step = state.steps[number]
        switch step.phase {
        case .inDoubt(let doubt):
            switch state.course(of: doubt, ofStep: number) {
            case .cancel: return (.cancel, doubt.reason)
            case .probe: return (.probe, doubt.reason)
            case .again: return (.again, doubt.reason)
            case .fail, .failAs, .failAtLimit: return (.fail, doubt.reason)
            case .ask, .succeed: return (.ask, doubt.reason)
            }
        case .running: return (.goOn, "")
        case .sleeping, .asking, .awaitingLocks, .repeating: break
        case .retrying: if isSettled { return (.settle(.retrying), step.failure?.message ?? "") }
        case .succeeded:
            if let drift = step.drift {
                return (.wait(.drifted), "its verify is asked again; it said: \(drift.message)")
            }
            return isSettled ? (.settle(.success), "") : nil
        case .blocked, .ready, .open, .skipped, .failed, .cancelled:
            guard isSettled, step.hasEnded else { return nil }
            return (.settle(step.status), step.failure?.message ?? "")
        }
        guard let awaited = state.awaited(number) else { return nil }
        return (.wait(awaited.kind), awaited.message)
    }

    // MARK: - What is still to run

    private mutating func countOpen(_ state: RunState, _ isTold: Set<Int>) {
        for number in state.program.topLevel { _ = open(number, state, isTold) }
    }

    /// - Returns: how many steps in it, or itself, are still to run.
    private mutating func open(_ number: Int, _ state: RunState, _ isTold: Set<Int>) -> Int {
        guard let children = state.containers[number]?.children, state.steps[number].hasOpened else {
            return state.steps[number].hasEnded || isTold.contains(number) ? 0 : 1
        }
        var inside = 0
        var items = 0
        for child in children {
            let open = open(child, state, isTold)
            inside += open
            if open > 0 { items += 1 }
        }
        openItems[state.name(ofStep: number)] = (items, children.count)
        return inside
    }

    /// Whether something of the step is still to run, besides what has a course of its own.
    package func hasMoreToRun(_ name: String) -> Bool { openItems[name].map { $0.open > 0 } ?? true }

    /// For a step whose items have begun: how many of them are still to run.
    package func itemsToRun(_ name: String) -> (open: Int, all: Int)? { openItems[name] }

    /// The step comes after one that waits for a person or a signal.
    package func isHeldUp(_ name: String) -> Bool { heldUp.contains(name) }

    private mutating func findHeldUp(_ state: RunState, _ holders: [Int]) {
        guard let first = holders.compactMap({ state.stage(ofStep: $0) }).min() else { return }
        var isHolding = Set(holders)
        for holder in holders { isHolding.formUnion(state.ancestors(ofStep: holder)) }
        var known: [Int: Bool] = [:]
        func isHeld(_ number: Int) -> Bool {
            if let held = known[number] { return held }
            // Needs have no circles; the mark ends the search all the same.
            known[number] = false
            let held = state.needs(ofStep: number).contains { isHolding.contains($0) || isHeld($0) }
            known[number] = held
            return held
        }
        for number in state.stepsInOrder() {
            guard let stage = state.stage(ofStep: number) else { continue }
            if stage > first || isHeld(number) || state.ancestors(ofStep: number).contains(where: isHeld) {
                heldUp.insert(state.name(ofStep: number))
            }
        }
    }

    package static func == (a: ResumeForecast, b: ResumeForecast) -> Bool {
        a.steps == b.steps && a.heldUp == b.heldUp
            && a.openItems.mapValues { [$0.open, $0.all] } == b.openItems.mapValues { [$0.open, $0.all] }
    }
}

extension ResumeForecast.Course {
    /// What comes after the step does not run before somebody has answered.
    fileprivate var holdsUpOthers: Bool {
        switch self {
        case .ask, .wait(.approval), .wait(.signal), .wait(.drifted): true
        case .probe, .again, .fail, .cancel, .goOn, .settle, .wait: false
        }
    }
}

extension Awaited {
    /// What is waited for, in a few words.
    package var message: String {
        let end = until.map { ", until \($0.text)" } ?? ""
        switch what {
        case .doubt(let reason): return reason
        case .drift(let message): return "drifted: \(message)"
        case .approval(let prompt, _): return "approval: \(prompt)" + end
        case .signal(let name): return "the signal \(name)" + end
        case .turn(let group): return "its turn in the concurrency group \(group)"
        case .locks(let locks):
            return "the \(locks.count == 1 ? "lock" : "locks") \(locks.joined(separator: ", "))" + end
        case .retry(let failure): return "the next attempt: \(failure)" + end
        case .time: return "time" + end
        }
    }
}
