internal import Glibc
internal import WorkflowDefinitions

/// Finds the file that was probably meant, in the folder that was named.
enum NearFile {
    /// A larger folder is not read to its end.
    private static let namesMax = 1000

    /// `did you mean "flows/deploy.yaml"?`, or nil.
    static func suggestion(_ path: String) -> String? {
        let end = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
        let folder = path[..<end]
        guard let entries = opendir(folder.isEmpty ? "." : String(folder)) else { return nil }
        defer { closedir(entries) }
        var names: [String] = []
        while names.count < namesMax, let entry = readdir(entries) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(validating: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let name, !name.hasPrefix(".") { names.append(folder + name) }
        }
        return NameSuggestion.didYouMean(path, among: names.sorted()).map(SafeText.name)
    }
}
