/// What a key's value looks like, as far as a schema can say it.
indirect enum ValueShape: Sendable {
    case text
    case nonEmptyText
    /// Text that the regular expression finds something in.
    case pattern(String)
    case words([String])
    /// One of these words, or `GROUP/OPERATION`.
    case executor([String])
    case integer(ClosedRange<Int>)
    case number(ClosedRange<Double>?)
    case boolean
    /// `10s`; at least 1ms where it is a timeout.
    case duration
    case timeout
    /// CEL, with or without braces.
    case expression
    /// A variable of the environment: any plain scalar is text there.
    case scalar
    case anything
    case list(ValueShape, isNeverEmpty: Bool = false)
    /// A mapping whose keys are names that the author chose.
    case names(NameKind, ValueShape)
    case table(Table)
    /// A list of steps, of which some may be included.
    case steps(isNeverEmpty: Bool)
    case either([ValueShape])

    enum NameKind: Sendable {
        case name, variable
    }

    /// The mappings that stand at more than one place, or inside others.
    enum Table: String, Sendable, CaseIterable {
        case parameter, secret, defaults, concurrency, stage
        case onFailure = "on_failure"
        case step, foreach, `repeat`, retry, output, sleep, signal, approval

        var keys: KeyTable {
            switch self {
            case .parameter: .parameter
            case .secret: .secret
            case .defaults: .defaults
            case .concurrency: .concurrency
            case .stage: .stage
            case .onFailure: .returnPolicy
            case .step: .step
            case .foreach: .foreach
            case .repeat: .loop
            case .retry: .retry
            case .output: .output
            case .sleep: .sleep
            case .signal: .signal
            case .approval: .approval
            }
        }
    }
}
