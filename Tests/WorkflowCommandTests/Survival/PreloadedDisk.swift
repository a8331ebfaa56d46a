import Glibc
import Testing

/// The layer of `Tests/PreloadedDisk` between the real program and the C library, built once for all tests.
///
/// A C compiler must be installed, as it must to build this package: these tests are not to be skipped.
final class PreloadedDisk: Sendable {
    static let shared = Result { try PreloadedDisk() }

    private let folder: TestFolder
    private var library: String { folder.path("preloaded_disk.so") }

    private init() throws {
        folder = try TestFolder()
        let here = "\(#filePath)".split(separator: "/").dropLast(3).joined(separator: "/")
        let source = "/\(here)/PreloadedDisk/preloaded_disk.c"
        for compiler in ["clang", "cc", "gcc"] {
            let arguments = [compiler, "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", library, source]
            let built = try? Started(
                arguments, in: "/", environment: ["PATH": getenv("PATH").map { String(cString: $0) } ?? ""],
                capture: folder.path(compiler)
            ).finished(within: 60)
            if built?.status == 0 { return }
        }
        throw Unexpected(what: "no C compiler builds \(source)")
    }

    /// What a program needs in its environment to run on the layer.
    ///
    /// - Parameters:
    ///   - scene: whose folder `disk` it is about.
    ///   - settings: those of the layer, without their prefix.
    func environment(_ scene: Scene, _ settings: [String: String]) -> [String: String] {
        var environment = ["LD_PRELOAD": library, "PRELOADED_ROOT": scene.file("disk")]
        for (name, value) in settings { environment["PRELOADED_\(name)"] = value }
        return environment
    }
}

/// A run on the simulated disk: five steps, two of them at once, each with an effect outside of the disk that must
/// happen once, a line in `ledger`.
struct DiskScene {
    let scene: Scene
    let disk: PreloadedDisk
    static let run = "survivor"
    static let steps = ["one", "two", "three", "four", "five"]

    init() throws {
        scene = try Scene()
        disk = try PreloadedDisk.shared.get()
        func step(_ name: String, _ more: String = "") -> String {
            """
                  - name: \(name)
                    shell: [sh, -eu]
            \(more)
                    run: |
                      echo "$WORKFLOW_STEP $WORKFLOW_IDEMPOTENCY_KEY" >> "$SCENE/ledger"
                      echo "id=$WORKFLOW_STEP" >> "$WORKFLOW_OUTPUT"
            """
        }
        try scene.write(
            """
            name: survivor
            stages:
              - name: first
                steps:
            \(step("one"))
            \(step("two", "        needs: [one]"))
            \(step("three", "        needs: [one]\n        locks: [shared]"))
              - name: second
                steps:
            \(step("four", "        env: {SEEN: \"${{ steps.one.outputs.id }}\"}"))
            \(step("five", "        needs: [four]"))
            """, to: "survivor.yaml")
        try begin()
    }

    /// An empty disk, and an empty ledger.
    func begin(ledger: [String] = []) throws {
        try scene.killEverything()
        // A store knows its folder: what a cut leaves is laid into the one that was recorded.
        if !scene.exists("kept"), rename(scene.file("disk/.workflow"), storeFolder) == 0 {
            try scene.tool("find", storeFolder, "-mindepth", "1", "-delete")
        }
        try scene.tool("rm", "-rf", scene.file("disk"))
        try #require(mkdir(scene.file("disk"), 0o700) == 0)
        try scene.write(ledger.map { $0 + "\n" }.joined(), to: "ledger")
        unlink(scene.file("reached"))
    }

    /// Where the folder of the recorded store is kept, empty, until a cut's image is laid into it.
    var storeFolder: String { scene.file("kept") }

    func workflow(_ arguments: [String], _ settings: [String: String] = [:], seconds: Int = 60) throws -> Finished {
        try scene.workflow(
            arguments, in: scene.file("disk"),
            environment: settings.isEmpty ? [:] : disk.environment(scene, settings), seconds: seconds)
    }

    /// Starts the run.
    func start(_ settings: [String: String] = [:]) throws -> Finished {
        try workflow(["run", scene.file("survivor.yaml"), "--run-id", DiskScene.run], settings)
    }

    /// The steps whose effects happened, in order.
    var effects: [String] { scene.lines("ledger").map { String($0.prefix { $0 != " " }) } }
    /// Whether the fault or the death that was asked for came to pass.
    var isReached: Bool { scene.exists("reached") }
}
