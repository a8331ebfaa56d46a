package import WorkflowStore

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Where a store is, or where the first run makes one.
package struct StoreLocation: Sendable, Equatable {
    package enum Origin: Sendable, Equatable {
        /// `--store`.
        case option
        /// `WORKFLOW_STORE`.
        case environment
        /// The nearest `.workflow/` at or above the working folder.
        case search
        /// There is none at or above the working folder: the first run makes it there.
        case nowhere(searched: [String])
    }

    package let folder: StoreFolder
    package let origin: Origin

    package init(folder: StoreFolder, origin: Origin) {
        self.folder = folder
        self.origin = origin
    }

    /// The name of a store's folder that nobody named otherwise.
    package static let folderName = ".workflow"

    /// Finds the store that a command means. Nothing is opened or made.
    ///
    /// A path is the store's folder, or its `store.db`; an existing folder that is no store holds it as `.workflow/`.
    /// - Parameters:
    ///   - option: `--store`: `sqlite:PATH`, a bare path, `postgres://…`.
    ///   - environment: `WORKFLOW_STORE`, the same; empty counts as absent.
    ///   - workingFolder: absolute.
    /// - Throws: `.unavailable` for a kind of store that this program does not have, `.storeUnsupported` for a path
    ///   that cannot be a store, `.notPermitted` for one that cannot be looked at.
    package static func resolve(
        option: String?, environment: String?, workingFolder: String
    ) throws(StoreError) -> StoreLocation {
        if let option {
            return StoreLocation(folder: try named(option, "--store", workingFolder), origin: .option)
        }
        if let environment, !environment.isEmpty {
            return StoreLocation(
                folder: try named(environment, "WORKFLOW_STORE", workingFolder), origin: .environment)
        }
        return search(from: workingFolder)
    }

    private static func search(from workingFolder: String) -> StoreLocation {
        var searched: [String] = []
        var folder = StoreFolder(path: absolute(workingFolder, in: "/"))
        while true {
            searched.append(folder.path)
            let candidate = StoreFolder(path: join(folder.path, folderName))
            if PathKind(of: candidate.path) != .nothing { return StoreLocation(folder: candidate, origin: .search) }
            if folder.path == "/" { break }
            folder = StoreFolder(path: folder.parent)
        }
        return StoreLocation(
            folder: StoreFolder(path: join(absolute(workingFolder, in: "/"), folderName)),
            origin: .nowhere(searched: searched))
    }

    private static func named(
        _ text: String, _ source: String, _ workingFolder: String
    ) throws(StoreError) -> StoreFolder {
        guard case .sqlite(let path) = try StoreURL(parsing: text, source: source) else {
            throw StoreError(.storeUnsupported, "\(source) names no store in a folder; name one, or sqlite:PATH")
        }
        let folder = StoreFolder(path: absolute(path, in: workingFolder))
        switch PathKind(of: folder.path) {
        case .nothing:
            return folder
        case .file where folder.name == "store.db":
            return StoreFolder(path: folder.parent)
        case .file:
            throw StoreError(
                .storeUnsupported, "\(source): \(folder.path) is a file, and a store is a folder; name another path")
        case .unreadable(let error):
            throw .file("look at", folder.path, error)
        case .folder:
            let isStore =
                folder.name == folderName || PathKind(of: folder.database) != .nothing
                || PathKind(of: folder.locks) != .nothing
            return isStore ? folder : StoreFolder(path: join(folder.path, folderName))
        }
    }

    private static func join(_ folder: String, _ name: String) -> String {
        folder == "/" ? "/" + name : folder + "/" + name
    }

    /// The path without `.`, `..` and doubled slashes, taken by its text as a shell's `cd` does.
    private static func absolute(_ path: String, in folder: String) -> String {
        var parts: [Substring] = []
        for part in (path.hasPrefix("/") ? path : folder + "/" + path).split(separator: "/") {
            switch part {
            case ".": continue
            case "..": _ = parts.popLast()
            default: parts.append(part)
            }
        }
        return "/" + parts.joined(separator: "/")
    }
}
