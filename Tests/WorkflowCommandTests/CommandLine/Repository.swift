/// Files of this repository that tests use.
enum Repository {
    static func path(_ name: String) -> String {
        let parts = #filePath.split(separator: "/").dropLast(4)
        return "/" + parts.joined(separator: "/") + "/" + name
    }
}
