/// The program of an executor, found and not yet asked.
package struct ExecutorProgram: Sendable, Hashable {
    /// In the order in which they are looked for: the first that has a program for a group wins.
    package enum Origin: Int, Sendable, Comparable, CaseIterable {
        case builtIn, besideDefinition, currentFolder, path

        package static func < (left: Origin, right: Origin) -> Bool { left.rawValue < right.rawValue }

        package var text: String {
            switch self {
            case .builtIn: "built in"
            case .besideDefinition: "beside the definition"
            case .currentFolder: "in the current folder"
            case .path: "on PATH"
            }
        }
    }

    package let group: String
    /// Absolute.
    package let path: String
    package let origin: Origin
    package let isExecutable: Bool

    package init(group: String, path: String, origin: Origin, isExecutable: Bool = true) {
        self.group = group
        self.path = path
        self.origin = origin
        self.isExecutable = isExecutable
    }

    /// The program and the arguments that come before those of a call.
    package var command: [String] { origin == .builtIn ? [path, group] : [path] }
}
