/// A file that a definition includes, as whoever reads files hands it over: the loader itself reads none.
package struct IncludedFile: Sendable {
    package let bytes: [UInt8]
    /// Equal for two paths that lead to the same file, so that circles are found whatever they are made of.
    package let identity: String

    package init(bytes: [UInt8], identity: String) {
        self.bytes = bytes
        self.identity = identity
    }
}

/// Why a file cannot be included.
package struct IncludeFailure: Error, Sendable {
    /// What the file is or lacks, to stand behind its path: `does not exist`.
    package let message: String
    package let suggestion: String?

    package init(message: String, suggestion: String? = nil) {
        self.message = message
        self.suggestion = suggestion
    }
}

/// Reads the regular file at a path of at most `bytesMax` bytes. It never waits: pipes and devices are failures.
package typealias IncludeReader = (_ path: String, _ bytesMax: Int) throws(IncludeFailure) -> IncludedFile
