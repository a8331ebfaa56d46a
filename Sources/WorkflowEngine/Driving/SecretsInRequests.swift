internal import AttemptProtocol
internal import JSON
internal import WorkflowCore

/// Finds the value of a declared secret in what a run is started with: it would stay in the journal.
struct SecretsInRequests {
    /// A shorter value is found only where it is all of a text: `prod` is part of much that is no secret.
    private static let bytesMin = 8

    private let secrets: [(name: String, value: String, masking: OutputMasking)]

    init(_ secrets: [String: String]) {
        self.secrets = secrets.sorted { $0.key < $1.key }.map { ($0.key, $0.value, OutputMasking(secrets: [$0.value])) }
    }

    func refuse(in request: StartRequest) throws(EngineError) {
        for name in request.parameters.keys.sorted() {
            try refuse(request.parameters[name] ?? .null, "the parameter \(name)")
        }
        for name in request.labels.keys.sorted() {
            try refuse(.string(name), "the name of a label")
            try refuse(.string(request.labels[name] ?? ""), "the label \(name)")
        }
        try refuse(.string(request.runID?.text ?? ""), "the run's id")
        if let by = request.actor.by {
            try refuse(by.claimedName ?? "", "--as")
            try refuse(by.sudoUser ?? "", "SUDO_USER")
        }
    }

    func refuse(_ text: String, _ place: String) throws(EngineError) { try refuse(.string(text), place) }

    private func refuse(_ value: JSONValue, _ place: String) throws(EngineError) {
        for secret in secrets where holds(value, secret) {
            throw EngineError(
                .secretInRequest,
                "\(place) holds the value of the secret \(secret.name), and would keep it in the journal in clear; "
                    + "leave it out: steps get the secret as ${{ secrets.\(secret.name) }} in their env")
        }
    }

    private func holds(
        _ value: JSONValue, _ secret: (name: String, value: String, masking: OutputMasking)
    ) -> Bool {
        switch value {
        case .null, .bool: false
        case .int(let number): holds(.string(String(number)), secret)
        case .double(let number): holds(.string(number.description), secret)
        case .string(let text):
            secret.value.utf8.count < Self.bytesMin
                ? text.utf8.elementsEqual(secret.value.utf8)
                : !secret.masking.masked(text).utf8.elementsEqual(text.utf8)
        case .array(let elements): elements.contains { holds($0, secret) }
        case .object(let members):
            members.contains { holds(.string($0.key), secret) || holds($0.value, secret) }
        }
    }
}
