internal import WorkflowViews

/// One thing that `doctor` looked at.
struct Finding: Sendable, Equatable {
    enum Level: String, Sendable { case ok, warning, problem }

    let level: Level
    let subject: String
    let message: String
    /// What to do.
    let advice: String?

    init(_ level: Level, _ subject: String, _ message: String, _ advice: String? = nil) {
        self.level = level
        self.subject = subject
        self.message = message
        self.advice = advice
    }

    var document: Document {
        .members([
            "level": .string(level.rawValue), "subject": .string(subject), "message": .string(message),
            "advice": .text(advice),
        ])
    }
}
