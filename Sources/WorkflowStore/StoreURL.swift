/// How a person names a store: `--store` and `WORKFLOW_STORE`.
package enum StoreURL: Sendable, Equatable {
    /// A folder of this machine, or its `store.db`: `sqlite:PATH`, or a path alone. As written: relative to the working
    /// folder, if it does not begin with `/`.
    case sqlite(path: String)
    /// `memory:`: it lives as long as the process that opened it.
    case memory

    /// - Parameter source: what named it, for messages: `--store`.
    /// - Throws: `.unavailable` for a kind of store that this program does not have, `.storeMissing` for no name.
    package init(parsing text: String, source: String) throws(StoreError) {
        if text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") {
            throw StoreError(
                .unavailable,
                "\(source) names a PostgreSQL store; this version keeps runs in SQLite alone: name a folder, "
                    + "or sqlite:PATH")
        }
        if text.hasPrefix("memory:") {
            guard text == "memory:" else {
                throw StoreError(
                    .unavailable, "\(source): a store in memory has no name; write memory: and nothing behind it")
            }
            self = .memory
            return
        }
        var path = Substring(text)
        if path.hasPrefix("sqlite:") {
            path = path.dropFirst("sqlite:".count)
            if path.hasPrefix("//") { path = path.dropFirst(2) }
        } else if text.contains("://") {
            throw StoreError(
                .unavailable,
                "\(source) names an unknown kind of store, \(text); name a folder, sqlite:PATH, or memory:")
        }
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw StoreError(.storeMissing, "\(source) names no folder; name one, or leave it out")
        }
        self = .sqlite(path: String(path))
    }
}
