extension RunState {
    /// The key of the effect that the step's next attempt, or its running one, is to have.
    package func idempotencyKey(ofStep number: Int) throws(JournalContradiction) -> String {
        if let carried = steps[number].carriedKey { return carried }
        guard let run = created?.origin?.uuid ?? created?.run else {
            throw contradiction("an attempt before the run was created")
        }
        var items: [String] = []
        var passes: [Int] = []
        var epoch = 0
        for current in [number] + ancestors(ofStep: number) {
            if let key = itemKey(ofStep: current) { items.append(key) }
            epoch = max(epoch, steps[current].keyEpoch)
            if loop(ofStep: current) != nil { passes.append(steps[current].passes) }
        }
        let around = stage(ofStep: number).map { stages[$0].passes } ?? endings
        // Keys have no brackets: what stands between two of them is in neither.
        return IdempotencyKey.make(
            run: run, step: step(number).name, item: items.reversed().joined(separator: "]["), rewinds: rewinds,
            iterations: [around] + passes.reversed(), move: epoch)
    }
}
