import Foundation
import Glibc

/// A file of this package, as the tidy test reads it.
struct SourceFile {
    /// From the top of the package.
    let path: String
    let bytes: [UInt8]
    let lines: [String]

    init(_ path: String, _ text: String) {
        self.path = path
        bytes = Array(text.utf8)
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// `WorkflowCore`, `CELTests`; of a migration its folder.
    var target: String {
        let parts = path.split(separator: "/")
        return parts.first == "migrations" ? "MigrationsSQLite" : parts.count > 1 ? String(parts[1]) : path
    }

    var isTest: Bool { path.hasPrefix("Tests/") }
    var isSwift: Bool { path.hasSuffix(".swift") }

    func isComment(_ line: Int) -> Bool { lines[line - 1].drop { $0 == " " }.hasPrefix("//") }

    /// The lines, from 1, on which a text stands as a whole word, but for those that are comments.
    func lines(of word: String) -> [Int] {
        var found: [Int] = []
        var line = 1
        var counted = 0
        // The end of a C text.
        (bytes + [0]).withUnsafeBytes { text in
            guard let base = text.baseAddress?.assumingMemoryBound(to: CChar.self) else { return }
            var offset = 0
            while let hit = strstr(base + offset, word) {
                let start = UnsafePointer(hit) - base
                let end = start + word.utf8.count
                offset = start + 1
                let isPart =
                    start > 0 && Self.isNamePart(text[start]) && Self.isNamePart(text[start - 1])
                    || Self.isNamePart(text[end - 1]) && Self.isNamePart(text[end])
                guard !isPart else { continue }
                line += text[counted..<start].count { $0 == UInt8(ascii: "\n") }
                counted = start
                if found.last != line, !isComment(line) { found.append(line) }
            }
        }
        return found
    }

    static func isNamePart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

/// What is not tidy, where, and the next move.
struct Violation: Equatable, CustomStringConvertible {
    let path: String
    let line: Int
    let message: String

    init(_ path: String, _ line: Int, _ message: String) {
        (self.path, self.line, self.message) = (path, line, message)
    }

    var description: String { "\(path):\(line): \(message)" }
}

/// This package, on the disk.
enum Repository {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    static let manifest = text("Package.swift")

    /// Swift, C and SQL of all targets, by path.
    static let files: [SourceFile] = paths.filter { path in
        [".swift", ".c", ".h", ".sql"].contains { path.hasSuffix($0) }
    }.map { SourceFile($0, text($0)) }

    /// The pages of codes.
    static let pages: [SourceFile] = paths.filter { $0.hasPrefix(Codes.folder) }.map { SourceFile($0, text($0)) }

    static let paths: [String] = ["Sources", "Tests", "migrations"].flatMap { folder in
        (FileManager.default.enumerator(atPath: "\(root)/\(folder)")?.allObjects as? [String] ?? [])
            .map { "\(folder)/\($0)" }
    }.filter { path in
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: "\(root)/\(path)", isDirectory: &isFolder) && !isFolder.boolValue
    }.sorted()

    private static func text(_ path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: "\(root)/\(path)") ?? Data(), as: UTF8.self)
    }
}
