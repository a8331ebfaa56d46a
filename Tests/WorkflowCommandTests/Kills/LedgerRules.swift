import JSON
import Testing

/// What has to be true of a run that came through a storm: ledger and journal beside each other.
struct LedgerRules {
    let definition: StormDefinition
    let ledger: EffectLedger
    let journal: [JSONValue]
    let comment: Comment

    private struct Intent {
        let step: String
        let attempt: Int
        let key: String
    }

    func check() {
        checkEffects()
        checkOrder()
        checkAttempts()
        checkFencing()
        checkSuccesses()
    }

    /// Returns to an earlier stage, of all or of those before the attempt of a key was intended.
    private func returns(before key: String? = nil) -> Int {
        var count = 0
        for entry in journal {
            if let key, entry["type"]?.stringValue == "attempt_started", entry["payload"]?["key"]?.stringValue == key {
                return count
            }
            if entry["type"]?.stringValue == "stage_returned" { count += 1 }
        }
        return count
    }

    /// How many keys of a part have their effects after so many returns.
    private func keys(of part: StormDefinition.Part, after returns: Int) -> ClosedRange<Int> {
        switch part.onReturn {
        case .stays: part.passes...part.passes
        case .doneAgain: part.passes * (1 + returns)...part.passes * (1 + returns)
        case .hadFailed: part.passes...part.passes * (1 + returns)
        }
    }

    /// How often, by key, somebody had a step run again by resuming the failed run, and had not looked whether its
    /// effect is there: a driver that a blow started does so when the run fails before that driver has claimed it.
    ///
    /// Nothing else counts: the step has failed with an outcome that is not known, the run has ended over it, a
    /// `resume` has attached after that, and the next that is said of the step is its attempt.
    func repeatsByResume(of step: String) -> [String: Int] {
        enum Stage { case none, failed, ended, resumed }
        var stage = Stage.none
        var counts: [String: Int] = [:]
        for entry in journal {
            let payload = entry["payload"]
            switch (entry["type"]?.stringValue, stage) {
            case ("run_ended", .failed) where payload?["status"]?.stringValue == "failed": stage = .ended
            case ("driver_attached", .ended) where payload?["reason"]?.stringValue == "resume": stage = .resumed
            case (let type, _) where payload?["step"]?.stringValue == step:
                if type == "attempt_started", stage == .resumed, let key = payload?["key"]?.stringValue {
                    counts[key, default: 0] += 1
                }
                let isKilled = payload?["failure"]?["kind"]?.stringValue == "killed"
                stage = type == "step_failed" && isKilled ? .failed : .none
            default: break
            }
        }
        return counts
    }

    /// Each key's effect once, or as often as its step may be repeated; as many keys as the step has passes.
    private func checkEffects() {
        for part in definition.parts {
            var effects: [String: Int] = [:]
            for line in ledger.lines where line.act == .effect && line.step == part.name {
                effects[line.key, default: 0] += 1
            }
            #expect(
                keys(of: part, after: returns()).contains(effects.count),
                "\(part.name) has \(effects.count) keys; \(comment)")
            if !part.isIdempotent {
                let permitted = repeatsByResume(of: part.name)
                #expect(
                    effects.allSatisfy { $0.value <= 1 + permitted[$0.key, default: 0] },
                    "an effect of \(part.name) came twice; \(comment)\n\(history(of: part.name))")
            }
        }
    }

    /// No part starts before what it needs has had all its effects; a part's later attempt not before the earlier is
    /// over.
    private func checkOrder() {
        var effects: [String: Set<String>] = [:]
        var newest: [String: Int] = [:]
        let parts = Dictionary(uniqueKeysWithValues: definition.parts.map { ($0.name, $0) })
        for line in ledger.lines {
            #expect(parts[line.step] != nil, "\(line.step) is no step; \(comment)")
            if line.act == .start {
                let returns = returns(before: line.key)
                for need in parts[line.step]?.needs.compactMap({ parts[$0] }) ?? [] {
                    #expect(
                        keys(of: need, after: returns).contains(effects[need.name]?.count ?? 0),
                        "\(line.step) started before \(need.name) was over; \(comment)")
                }
                newest[line.step] = max(newest[line.step] ?? 0, line.attempt)
            }
            #expect(
                newest[line.step] == line.attempt,
                "attempt \(line.attempt) of \(line.step) acts beside a later one; \(comment)")
            if line.act == .effect { effects[line.step, default: []].insert(line.key) }
        }
    }

    /// What started was intended, under that key, once; and what the journal calls never begun did nothing.
    private func checkAttempts() {
        let intents = Dictionary(intents.map { ("\($0.step) \($0.attempt)", $0.key) }) { first, _ in first }
        let voided = Set(entries("attempt_voided").map { "\($0.step) \($0.attempt)" })
        var started: Set<String> = []
        for line in ledger.lines where line.act == .start {
            let name = "\(line.step) \(line.attempt)"
            #expect(intents[name] == line.key, "attempt \(name) was not intended; \(comment)")
            #expect(!voided.contains(name), "attempt \(name) was called off, and began; \(comment)")
            #expect(started.insert(name).inserted, "attempt \(name) began twice; \(comment)")
        }
    }

    /// In the order of their intents the tokens never fall: nothing is intended, or started, under an older one after a
    /// newer one has come. Steps one after another show the same in the order of their acts.
    private func checkFencing() {
        var tokens: [String: Int] = [:]
        for line in ledger.lines where line.act == .start { tokens["\(line.step) \(line.attempt)"] = line.token }
        var newest = 0
        for intent in intents {
            guard let token = tokens["\(intent.step) \(intent.attempt)"] else { continue }
            #expect(token >= newest, "\(intent.step) was intended under an older token; \(comment)")
            newest = max(newest, token)
        }
        guard definition.isSequential else { return }
        newest = 0
        for line in ledger.lines where line.act == .start {
            #expect(line.token >= newest, "\(line.step) started under an older token; \(comment)")
            newest = max(newest, line.token)
        }
    }

    /// A pass succeeds once, and no attempt is intended for it afterwards.
    private func checkSuccesses() {
        var keys: [String: String] = [:]
        var done: Set<String> = []
        for entry in journal {
            guard let step = entry["payload"]?["step"]?.stringValue else { continue }
            switch entry["type"]?.stringValue {
            case "attempt_started":
                let key = entry["payload"]?["key"]?.stringValue ?? ""
                #expect(!done.contains(key), "\(step) was started again after its success; \(comment)")
                keys[step] = key
            case "step_succeeded", "step_repeated":
                if let key = keys[step] {
                    #expect(done.insert(key).inserted, "\(step) succeeded twice; \(comment)")
                }
            default: break
            }
        }
    }

    /// What journal and ledger say of a step, for whoever reads that a rule is broken.
    private func history(of step: String) -> String {
        let entries = journal.filter {
            // Entries of the run itself, few but for checkpoints, say whose hands the step was in.
            let named = $0["payload"]?["step"]?.stringValue
            return named == step || named == nil && $0["type"]?.stringValue != "checkpoint_created"
        }
        let acts = ledger.lines.filter { $0.step == step }.map {
            "\($0.act) in attempt \($0.attempt) under token \($0.token), process \($0.pid)"
        }
        return (entries.map { "\($0)" } + acts).joined(separator: "\n")
    }

    private var intents: [Intent] {
        journal.compactMap { entry in
            guard entry["type"]?.stringValue == "attempt_started", let payload = entry["payload"],
                let step = payload["step"]?.stringValue, let attempt = payload["attempt"]?.intValue,
                let key = payload["key"]?.stringValue
            else { return nil }
            return Intent(step: step, attempt: Int(attempt), key: key)
        }
    }

    private func entries(_ type: String) -> [(step: String, attempt: Int)] {
        journal.compactMap { entry in
            guard entry["type"]?.stringValue == type, let step = entry["payload"]?["step"]?.stringValue,
                let attempt = entry["payload"]?["attempt"]?.intValue
            else { return nil }
            return (step, Int(attempt))
        }
    }
}
