import AttemptProtocol
import JSON

extension Result where Success == [String: String], Failure == OutputError {
    /// The outputs of a step with those that came as events; these count over lines of the same name.
    func with(_ events: [JSONValue], secrets: [String]) -> Self {
        guard case .success(var outputs) = self else { return self }
        var masking: OutputMasking?
        for value in events {
            guard case .output(let name, let text)? = try? AttemptEvent(kept: value) else { continue }
            let made = masking ?? OutputMasking(secrets: secrets)
            masking = made
            outputs[made.masked(name)] = made.maskedOutput(text)
        }
        guard masking != nil else { return self }
        let bytes = outputs.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        return bytes > OutputFile.bytesMax ? .failure(OutputFile.tooLarge(bytes)) : .success(outputs)
    }
}
