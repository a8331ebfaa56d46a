internal import ArgumentParser
internal import WorkflowEngine

/// When a driver that has nothing to do leaves.
struct PatienceOptions: ParsableArguments {
    @Flag(
        inversion: .prefixedNo,
        help: ArgumentHelp(
            "Stay for people and signals too; --no-wait: leave as soon as nothing runs.",
            discussion:
                "By default: stay for timers, sleeps and retries; exit 3 when only a person or a signal can go on."))
    var wait: Bool?

    var patience: Patience {
        switch wait {
        case nil: .timers
        case true?: .everything
        case false?: .nothing
        }
    }
}
