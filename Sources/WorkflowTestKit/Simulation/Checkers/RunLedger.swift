internal import WorkflowCore

/// What a journal says of a run's steps and of all that holds them, by name: the checkers' own account, which shares
/// nothing with the machine's queues and counters.
struct RunLedger {
    struct Instance {
        var name: InstanceName
        var isBegun = false
        /// It is one of the items that its `foreach` may have under way at once.
        var hasPlace = false
        /// It gave that place back until it goes on: it waits for another attempt, for a doubt to be settled, or in
        /// line.
        var isResting = false
        /// Its own steps may start.
        var isOpen = false
        /// It was open since it was last set back.
        var hasOpened = false
        /// It was open, and waits for its turn since a move or a rewind.
        var linesUp = false
        /// The entry that ended it.
        var ended: Int64?
        /// It has failed for good, and that is not tolerated.
        var hasFailed = false
        /// It is done: success or skipped.
        var isDone = false
        var wasCancelled = false
        var wasSkipped = false
        var passes = 0
        /// Those that the limit is charged with.
        var passesCharged = 0
        /// Retries that the limit is charged with.
        var retries = 0
        /// It goes round: what failed around it meanwhile does not keep it from that.
        var isBetweenPasses = false
        /// What it holds now: items, or a group's steps.
        var children: [String] = []
        var hasLocks = false
        /// The move that gave it another effect; 0 for none.
        var edition = 0
        /// What was counted at the last move: a rewind behind it does not tell passes from before it again.
        var countedAtMove = (passes: 0, charged: 0)
    }

    private(set) var program: Program
    /// By hash, all definitions that the run may follow.
    private let programs: [String: Program]
    private(set) var instances: [String: Instance] = [:]
    var stage: Int?
    var isEnding = false
    var isPaused = false
    var isCancelled = false
    var isDriven = false
    var hasEnded: RunStatus?
    /// The run waits for its turn, or was refused it.
    var concurrencyIsRefused = false
    /// Finished steps whose effect does not hold.
    var drifted: Set<String> = []
    var rewinds = 0
    var endings = 0
    /// Returns that each stage's steps were set back by.
    var returned: [Int: Int] = [:]
    /// Moves to other definitions.
    private(set) var moves = 0
    /// While the run is being moved: the first stage in which something is to be done.
    var firstOpenStage: Int?
    /// Returns that began in each stage.
    var returns: [Int: Int] = [:]
    /// What a person decided last.
    var resolution: (step: String, sequence: Int64)?

    /// - Parameter programs: by hash, those that the run may be moved to.
    init(_ program: Program, programs: [String: Program] = [:]) throws {
        self.program = program
        self.programs = programs
        for line in program.topLevel {
            let name = program.lines[line].step.name
            instances[name] = Instance(name: try InstanceName(name, program))
        }
    }

    subscript(_ name: String) -> Instance {
        get throws {
            guard let instance = instances[name] else {
                throw SimulationFault("there is no step \(name) at this point of the run")
            }
            return instance
        }
    }

    func line(_ instance: Instance) -> Program.Line { program.lines[instance.name.line] }
    func isForeach(_ instance: Instance) -> Bool { !instance.name.isItem && line(instance).step.foreach != nil }

    func isGroup(_ instance: Instance) -> Bool {
        if isForeach(instance) { return false }
        if case .group = line(instance).step.action { return true }
        return false
    }

    /// The names of the steps in this one's list, by line.
    func beside(_ name: String) throws -> [Int: String] {
        let instance = try self[name]
        var names: [Int: String] = [:]
        if let parent = instance.name.parent {
            for child in try self[parent].children { names[try self[child].name.line] = child }
        } else {
            for line in program.topLevel { names[line] = program.lines[line].step.name }
        }
        return names
    }

    func ancestors(_ name: String) throws -> [String] {
        var names: [String] = []
        var current = try self[name].name.parent
        while let parent = current {
            names.append(parent)
            current = try self[parent].name.parent
        }
        return names
    }

    /// The failure of the step, or one in it, lets nothing else start beside it.
    func stops(_ name: String) throws -> Bool {
        let instance = try self[name]
        let step = line(instance).step
        let isCollected = instance.name.isItem && step.foreach?.continueOnError == true
        if instance.ended != nil { return instance.hasFailed && !isCollected }
        guard instance.isOpen, !isCollected, instance.name.isItem || !isTolerant(instance) else { return false }
        return try instance.children.contains { try stops($0) }
    }

    /// The run goes on although the step fails.
    func isTolerant(_ instance: Instance) -> Bool {
        let line = line(instance)
        return line.step.continueOnError || line.stage == nil && instance.name.parent == nil
    }

    /// The name of a step whose failure keeps this one from starting.
    func stopper(of name: String) throws -> String? {
        func isHandler(_ name: String) throws -> Bool {
            line(try self[name]).step.condition?.runsAfterFailure ?? false
        }
        if try isHandler(name) { return nil }
        for around in try ancestors(name) {
            if let stopper = try self[around].children.first(where: { try stops($0) }) { return stopper }
            if try isHandler(around) { return nil }
        }
        guard let stage = line(try self[name]).stage else { return nil }
        return try program.stageRanges[stage].map { program.lines[$0].step.name }.first { try stops($0) }
    }

    func inside(_ name: String) throws -> [String] {
        try self[name].children.flatMap { try [$0] + inside($0) }
    }

    var openSteps: [String] { instances.filter { $0.value.isOpen && $0.value.ended == nil }.map(\.key).sorted() }

    /// It is between two passes, and its next one begins whatever failed meanwhile. Where what holds it has not got its
    /// turn again since a rewind, or what it needs is to be done again, there is no next pass, and none is promised to
    /// an item that lines up for its place again.
    func goesRound(_ name: String) throws -> Bool {
        let step = try self[name]
        guard step.isBetweenPasses, step.hasPlace || !step.name.isItem else { return false }
        return try needsHaveEnded(name) && ancestors(name).allSatisfy { try self[$0].isOpen }
    }

    /// Begun and not ended, by itself and not by what it holds.
    func isActive(_ name: String) throws -> Bool {
        let instance = try self[name]
        return instance.isBegun && instance.ended == nil && !instance.isOpen
    }
}

// MARK: - What entries do

extension RunLedger {
    /// Takes one entry in.
    ///
    /// - Parameter past: the ledgers behind those earlier entries that rewinds go back to.
    mutating func take(_ entry: Entry, past: [Int64: RunLedger]) throws {
        switch entry.fact {
        case .driverAttached(let fact):
            isDriven = true
            if fact.reason == .resume {
                isPaused = false
                if hasEnded == .failed { try goOnAfterFailure() }
            }
        case .stageEntered(let fact): stage = program.number(ofStage: fact.stage)
        case .stageReturned(let fact):
            let from = stage ?? 0
            returns[from, default: 0] += 1
            stage = program.number(ofStage: fact.returnedTo)
            for number in (stage ?? 0)...from {
                returned[number, default: 0] += 1
                for line in program.stageRanges[number] { try setBack(program.lines[line].step.name) }
            }
        case .runRewound(let fact):
            let (rewinds, endings, isRefused) = (rewinds, endings, concurrencyIsRefused)
            guard let goal = past[fact.sequence] else { throw SimulationFault("a rewind to a later entry") }
            self = goal
            (self.rewinds, self.endings, concurrencyIsRefused) = (rewinds + 1, endings, isRefused)
            drifted = []
            (isPaused, isCancelled, isEnding, isDriven, hasEnded) = (false, false, false, true, nil)
            for name in instances.keys {
                instances[name]?.hasLocks = false
                guard let instance = instances[name], !instance.isOpen, instance.ended == nil else { continue }
                instances[name]?.isBegun = false
                instances[name]?.hasPlace = false
                instances[name]?.retries = 0
            }
            for (name, instance) in instances where instance.ended == nil {
                instances[name]?.passes -= instance.countedAtMove.passes
                instances[name]?.passesCharged -= instance.countedAtMove.charged
                instances[name]?.countedAtMove = (0, 0)
                if instances[name]?.passesCharged == 0 { instances[name]?.isBetweenPasses = false }
                // What waited for its turn goes on where it stood, if it is its turn.
                guard instance.linesUp else { continue }
                change(name) { ($0.isOpen, $0.isBegun) = (true, true) }
            }
            try goOnAfterFailure()
            try lineUpOpen()
        case .itemsEvaluated(let fact):
            try forgetInside(fact.step)
            let items = fact.items.indices.map { "\(fact.step)[\(fact.keys?[$0] ?? String($0))]" }
            instances[fact.step]?.children = items
            try open(fact.step)
        case .groupEntered(let fact):
            let group = try self[fact.step]
            if group.children.isEmpty, !isForeach(group) {
                let prefix = group.name.items.isEmpty ? "" : try itemAround(fact.step) + "."
                let steps = line(group).children.map { prefix + program.lines[$0].step.name }
                instances[fact.step]?.children = steps
            }
            try open(fact.step)
        case .stepRepeated(let fact):
            let isGroup = isGroup(try self[fact.step])
            instances[fact.step]?.passes += 1
            instances[fact.step]?.passesCharged += 1
            instances[fact.step]?.retries = 0
            instances[fact.step]?.isOpen = false
            instances[fact.step]?.isBegun = fact.wait != nil
            instances[fact.step]?.isBetweenPasses = !isGroup
            instances[fact.step]?.isResting = fact.wait == nil
            for child in try self[fact.step].children { try setBack(child) }
        case .locksRequested(let fact): begin(fact.step)
        case .locksTaken(let fact):
            // It lines up again.
            instances[fact.step]?.hasLocks = true
            instances[fact.step]?.isBegun = false
            instances[fact.step]?.isResting = true
        case .attemptStarted(let fact): begin(fact.step)
        case .attemptFailed(let fact):
            guard fact.retry != nil else { break }
            instances[fact.step]?.retries += 1
            try rest(fact.step)
        case .attemptInDoubt(let fact): try rest(fact.step)
        case .attemptVoided(let fact): change(fact.step) { ($0.isBegun, $0.isResting) = (false, true) }
        case .stepSucceeded(let fact): end(fact.step, entry.sequence, isDone: true)
        case .stepSkipped(let fact):
            end(fact.step, entry.sequence, isDone: true)
            instances[fact.step]?.wasSkipped = true
        case .stepFailed(let fact): end(fact.step, entry.sequence, hasFailed: !fact.isTolerated)
        case .stepCancelled(let fact):
            end(fact.step, entry.sequence)
            instances[fact.step]?.wasCancelled = true
        case .stepResolved(let fact):
            resolution = (fact.step, entry.sequence)
            let hadDrifted = drifted.remove(fact.step) != nil
            if fact.decision == .retry { try reopen(fact.step) }
            if fact.decision == .fail, hadDrifted { try reopenAround(fact.step) }
        case .verifyFinished(let fact):
            if fact.verdict == .done { drifted.remove(fact.step) } else { drifted.insert(fact.step) }
        case .endingBegan:
            (isEnding, isPaused) = (true, false)
            endings += 1
            for line in program.exitRange { try setBack(program.lines[line].step.name) }
        case .runEnded(let fact):
            hasEnded = fact.status
            for name in instances.keys { instances[name]?.hasLocks = false }
        case .concurrencyRequested: concurrencyIsRefused = true
        case .concurrencyTaken: concurrencyIsRefused = false
        case .runPaused: isPaused = true
        case .definitionChanged(let fact):
            guard let program = programs[fact.definitionHash] else {
                throw SimulationFault("entry \(entry.sequence): nobody knows the definition \(fact.definitionHash)")
            }
            try move(to: program)
            try checkReused(fact.change.reused, entry.sequence)
        case .cancelRequested: isCancelled = true
        case .failuresReopened(let fact):
            (hasEnded, isEnding, isCancelled, isPaused) = (nil, false, false, false)
            for name in fact.steps {
                guard try self[name].ended != nil, try !self[name].isDone else {
                    throw SimulationFault("entry \(entry.sequence): \(name) has not failed and is done again")
                }
                try reopen(name)
            }
            lineUpWithoutLocks()
            stage = try fact.steps.compactMap { try line(self[$0]).stage }.min()
        default: break
        }
    }

    private mutating func move(to new: Program) throws {
        let old = self
        moves += 1
        program = new
        instances = [:]
        try carryOver(to: new, from: old)
        for name in drifted where instances[name]?.ended == nil { drifted.remove(name) }
    }

    mutating func insert(_ instance: Instance) {
        instances[instance.name.text] = instance
    }

    mutating func change(_ name: String, _ edit: (inout Instance) -> Void) {
        guard var instance = instances[name] else { return }
        edit(&instance)
        instances[name] = instance
    }

    /// The innermost item that a step belongs to, or that it is.
    func itemAround(_ name: String) throws -> String {
        try ([name] + ancestors(name)).first { try self[$0].name.isItem } ?? ""
    }

    private mutating func begin(_ name: String) {
        let isItem = instances[name]?.name.isItem ?? false
        instances[name]?.isBegun = true
        instances[name]?.hasPlace = isItem
        instances[name]?.isResting = false
    }

    /// An item without a process takes no place, where more than one may run and it is not one of several steps.
    private mutating func rest(_ name: String) throws {
        let step = try self[name]
        let isResting = (line(step).step.foreach?.maxParallel ?? 2) > 1 && !isGroup(step)
        instances[name]?.isResting = isResting
    }

    private mutating func open(_ name: String) throws {
        begin(name)
        instances[name]?.isOpen = true
        instances[name]?.linesUp = false
        instances[name]?.hasOpened = true
        for child in try self[name].children where instances[child] == nil {
            let instance = Instance(name: try InstanceName(child, program))
            guard instance.name.parent == name else { throw SimulationFault("\(child) is not a step of \(name)") }
            instances[child] = instance
        }
    }

    private mutating func end(_ name: String, _ sequence: Int64, isDone: Bool = false, hasFailed: Bool = false) {
        drifted.remove(name)
        instances[name]?.ended = sequence
        instances[name]?.isDone = isDone
        instances[name]?.isBetweenPasses = false
        instances[name]?.hasFailed = hasFailed
        instances[name]?.isOpen = false
        instances[name]?.hasPlace = false
        instances[name]?.hasLocks = false
    }

    private mutating func setBack(_ name: String) throws {
        try forgetInside(name)
        drifted.remove(name)
        var instance = Instance(name: try self[name].name)
        instance.edition = try self[name].edition
        instances[name] = instance
    }

    private mutating func forgetInside(_ name: String) throws {
        for child in try inside(name) {
            drifted.remove(child)
            instances[child] = nil
        }
        instances[name]?.children = []
    }

    private mutating func goOnAfterFailure() throws {
        (hasEnded, isEnding, isCancelled) = (nil, false, false)
        guard let stage else { return }
        for line in program.stageRanges[stage] { try reopenFailed(program.lines[line].step.name) }
        lineUpWithoutLocks()
    }

    /// What an ended run held is given up: it is taken again before anything goes on.
    private mutating func lineUpWithoutLocks() {
        for name in instances.keys {
            // An item that had not begun lines up again.
            if instances[name]?.isBegun == false { instances[name]?.hasPlace = false }
            guard let instance = instances[name], instance.isOpen, !isForeach(instance) else { continue }
            if !line(instance).step.locks.isEmpty {
                instances[name]?.isOpen = false
                instances[name]?.isBegun = false
                instances[name]?.hasPlace = false
            }
        }
    }

    /// What holds others goes on at once where nothing that it comes after is to be done, and its locks are its own
    /// still.
    mutating func lineUpOpen() throws {
        for name in instances.keys.sorted() where try self[name].isOpen {
            let step = try self[name]
            if try needsHaveEnded(name), isForeach(step) || line(step).step.locks.isEmpty || step.hasLocks { continue }
            change(name) { ($0.isOpen, $0.isBegun, $0.hasPlace, $0.linesUp) = (false, false, false, true) }
        }
    }

    /// What the step needs has ended, beside it.
    func needsHaveEnded(_ name: String) throws -> Bool {
        let step = try self[name]
        if step.name.isItem { return true }
        let beside = try beside(name)
        return try line(step).needs.allSatisfy { need in try beside[need].map { try self[$0].ended != nil } ?? false }
    }

    private mutating func reopenFailed(_ name: String) throws {
        let instance = try self[name]
        if instance.hasFailed {
            try reopen(name)
        } else if instance.wasCancelled {
            try setBack(name)
        } else if instance.hasOpened, instance.ended == nil {
            for child in instance.children { try reopenFailed(child) }
        }
    }

    private mutating func reopen(_ name: String) throws {
        try reopenAround(name)
        let instance = try self[name]
        let mayGoOn = instance.ended != nil && instance.hasOpened && !instance.isDone
        reopenItself(name)
        guard mayGoOn else {
            instances[name]?.isBegun = false
            return
        }
        goOn(name)
        for child in instance.children { try reopenFailed(child) }
    }

    private mutating func reopenAround(_ name: String) throws {
        for around in try ancestors(name) where try self[around].ended != nil {
            reopenItself(around)
            goOn(around)
        }
    }

    private mutating func reopenItself(_ name: String) {
        instances[name]?.ended = nil
        instances[name]?.wasSkipped = false
        instances[name]?.hasFailed = false
        instances[name]?.isDone = false
        instances[name]?.isBetweenPasses = false
        instances[name]?.retries = 0
        instances[name]?.passesCharged = 0
    }

    private mutating func goOn(_ name: String) {
        guard let instance = instances[name] else { return }
        let needsTurn = instance.name.isItem || !isForeach(instance) && !line(instance).step.locks.isEmpty
        instances[name]?.isOpen = !needsTurn
        instances[name]?.isBegun = !needsTurn
        instances[name]?.hasPlace = false
    }
}
