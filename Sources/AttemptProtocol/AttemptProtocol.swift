// AttemptProtocol
