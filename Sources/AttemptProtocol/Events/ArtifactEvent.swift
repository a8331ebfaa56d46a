/// A file that an attempt keeps with its logs.
package struct ArtifactEvent: Sendable, Equatable {
    /// What was kept of it.
    package struct Kept: Sendable, Equatable {
        package let bytes: Int64
        /// In hexadecimal digits.
        package let sha256: String

        package init(bytes: Int64, sha256: String) {
            self.bytes = bytes
            self.sha256 = sha256
        }
    }

    package let name: String
    /// Where the attempt had it.
    package let path: String
    package let mediaType: String?
    /// Nil until it is.
    package var kept: Kept?

    package init(name: String, path: String, mediaType: String? = nil, kept: Kept? = nil) {
        self.name = name
        self.path = path
        self.mediaType = mediaType
        self.kept = kept
    }
}

/// Where artifacts are: in a folder beside the log of their attempt.
package enum ArtifactLayout {
    private static let logSuffix = ".log"

    /// `logs/RUN/STEP.1.artifacts` for `logs/RUN/STEP.1.log`.
    package static func folder(ofLog path: String) -> String {
        (path.hasSuffix(logSuffix) ? String(path.dropLast(logSuffix.count)) : path) + ".artifacts"
    }

    /// What the run of this log has reserved for its artifacts, one number after the other.
    package static func sizes(besideLog path: String) -> String {
        let folder = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[..<$0]) } ?? "."
        return folder + "/artifact-sizes"
    }
}
