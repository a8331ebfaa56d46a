// swift-tools-version:6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

/// The release binaries carry the Swift runtime: they start faster and need no Swift on the machine they are paged to.
/// Without symbols, which nothing reads, they are half as large. At a fixed address they have 1,000 relocations and not
/// 97,000, each of which would write to a page before `main`; libraries, stack and heap keep their random places.
let selfContained: [LinkerSetting] = [
    .unsafeFlags(
        [
            "-Xlinker", "-s", "-Xclang-linker", "-no-pie",
            "-static-stdlib", "-lCoreFoundation", "-l_FoundationICU", "-l_FoundationCShims", "-l_FoundationCollections",
            "-lstdc++",
        ], .when(platforms: [.linux], configuration: .release))
]

/// One supervisor is started for each attempt: without libraries to look for it is there in half the time. It needs nothing
/// of glibc that does not work so.
let freestanding: [LinkerSetting] = [
    .unsafeFlags(["-static-executable", "-Xlinker", "-s"], .when(platforms: [.linux], configuration: .release))
]

/// The same without Foundation, without symbols, and at a fixed address: it is started for each call.
let selfContainedSmall: [LinkerSetting] = [
    .unsafeFlags(
        ["-Xlinker", "-s", "-Xclang-linker", "-no-pie", "-static-stdlib"],
        .when(platforms: [.linux], configuration: .release))
]

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let sqlite: Target.Dependency = .product(name: "GRDBSQLite", package: "GRDB.swift")

// The target list is the architecture: dependencies point up this list only.
let package = Package(
    name: "workflow",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "workflow", targets: ["workflow"]),
        .executable(name: "workflow-supervisor", targets: ["workflow-supervisor"]),
        .executable(name: "workflow-executor", targets: ["workflow-executor"]),
        .executable(name: "workflow-benchmark", targets: ["workflow-benchmark"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        .target(name: "CSystem"),
        .target(name: "CMeasuring"),
        .target(
            name: "CWithoutICU",
            cSettings: [.define("STATIC_FOUNDATION", .when(platforms: [.linux], configuration: .release))]),
        .systemLibrary(name: "CLibcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CLibyaml", providers: [.apt(["libyaml-dev"])]),
        // Linked from the archive, as libyaml: `Hashing/SHA256.swift` says what that saves.
        .target(
            name: "Hashing", dependencies: ["CLibcrypto"], swiftSettings: strict,
            linkerSettings: [.linkedLibrary(":libcrypto.a")]),
        // Nothing but the Markdown of the documentation catalogs, taken in as bytes.
        .target(name: "CDocuments"),
        .target(name: "Terminal", swiftSettings: strict),
        .target(name: "JSON", swiftSettings: strict),
        .target(name: "CEL", dependencies: ["JSON"], swiftSettings: strict),
        .target(name: "ExecutorKit", dependencies: ["CEL", "JSON"], swiftSettings: strict),
        .target(
            name: "WorkflowCore", dependencies: ["CEL", "ExecutorKit", "Hashing", "JSON"], swiftSettings: strict),
        .target(
            name: "WorkflowDefinitions",
            dependencies: ["CEL", "CLibyaml", "ExecutorKit", "Hashing", "JSON", "WorkflowCore"],
            swiftSettings: strict, linkerSettings: [.linkedLibrary(":libyaml.a")]),
        .target(name: "WorkflowStore", dependencies: ["Hashing", "JSON", "WorkflowCore"], swiftSettings: strict),
        .target(
            name: "MigrationsSQLite", path: "migrations/sqlite",
            resources: [
                .embedInCode("m001_initial.sql"), .embedInCode("m002_locks.sql"), .embedInCode("m003_segments.sql"),
                .embedInCode("m004_failures.sql"), .embedInCode("m005_place.sql"), .embedInCode("m006_people.sql"),
                .embedInCode("m007_key.sql"),
            ],
            swiftSettings: strict),
        .target(
            name: "WorkflowStoreSQLite",
            dependencies: ["CSystem", "JSON", "MigrationsSQLite", "WorkflowCore", "WorkflowStore", grdb, sqlite],
            swiftSettings: strict),
        .target(name: "WorkflowDocs", dependencies: ["CDocuments"], swiftSettings: strict),
        .target(name: "AttemptProtocol", dependencies: ["CSystem", "JSON"], swiftSettings: strict),
        .target(
            name: "WorkflowExecutors", dependencies: ["AttemptProtocol", "CSystem", "ExecutorKit", "Hashing", "JSON"],
            swiftSettings: strict),
        .target(
            name: "WorkflowEngine",
            dependencies: [
                "AttemptProtocol", "CSystem", "ExecutorKit", "Hashing", "JSON", "WorkflowCore",
                "WorkflowDefinitions", "WorkflowExecutors", "WorkflowStore",
            ],
            swiftSettings: strict),
        .target(
            name: "Workflow",
            dependencies: [
                "AttemptProtocol", "WorkflowCore", "WorkflowEngine", "WorkflowExecutors", "WorkflowStore",
                "WorkflowStoreSQLite",
            ],
            swiftSettings: strict),
        .target(
            name: "WorkflowViews",
            dependencies: [
                "AttemptProtocol", "CEL", "ExecutorKit", "JSON", "WorkflowCore", "WorkflowDefinitions", "WorkflowDocs",
                "WorkflowEngine", "WorkflowExecutors", "WorkflowStore",
            ],
            swiftSettings: strict),
        .target(
            name: "WorkflowDrill",
            dependencies: [
                "AttemptProtocol", "CSystem", "ExecutorKit", "Hashing", "JSON", "WorkflowCore", "WorkflowDefinitions",
                "WorkflowEngine", "WorkflowExecutors", "WorkflowViews",
            ],
            swiftSettings: strict),
        .target(
            name: "WorkflowCLI",
            dependencies: [
                "AttemptProtocol", "CEL", "CSystem", "ExecutorKit", "Hashing", "JSON", "Terminal", "Workflow",
                "WorkflowCore", "WorkflowDrill", "WorkflowViews",
                "WorkflowDefinitions", "WorkflowDocs", "WorkflowEngine", "WorkflowExecutors", "WorkflowStore",
                "WorkflowStoreSQLite", argumentParser,
            ],
            swiftSettings: strict),
        // It starts the supervisor, which is built with it: what a user needs is one product.
        .executableTarget(
            name: "workflow", dependencies: ["CWithoutICU", "WorkflowCLI", "workflow-supervisor"],
            swiftSettings: strict, linkerSettings: selfContained),
        .executableTarget(
            name: "workflow-supervisor", dependencies: ["AttemptProtocol", "CSystem", "Hashing"], swiftSettings: strict,
            linkerSettings: freestanding),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        // What `workflow` does not link: one folder for each group.
        .target(
            name: "BuiltInExecutors", dependencies: ["AttemptProtocol", "CCurl", "CEL", "ExecutorKit", "JSON"],
            swiftSettings: strict),
        .executableTarget(
            name: "workflow-executor", dependencies: ["AttemptProtocol", "BuiltInExecutors"], swiftSettings: strict,
            linkerSettings: selfContainedSmall),
        .executableTarget(
            name: "workflow-benchmark",
            dependencies: [
                "CMeasuring", "WorkflowCore", "WorkflowDefinitions", "WorkflowEngine", "WorkflowExecutors",
                "WorkflowStore", "WorkflowStoreSQLite", argumentParser, sqlite,
            ],
            swiftSettings: strict, linkerSettings: selfContained),
        .target(
            name: "WorkflowTestKit",
            dependencies: [
                "ExecutorKit", "Hashing", "JSON", "Terminal", "WorkflowCore", "WorkflowDefinitions", "WorkflowStore",
            ],
            swiftSettings: strict),
        .target(name: "CSimulatedDisk", dependencies: [sqlite]),
        // A test tool that nobody ships: README, "Tests".
        .executableTarget(
            name: "workflow-simulator", dependencies: ["WorkflowCore", "WorkflowTestKit", argumentParser],
            swiftSettings: strict),

        // Reads the package's own files and depends on nothing, so that it runs in seconds.
        .testTarget(name: "TidyTests", swiftSettings: strict),
        .testTarget(name: "TerminalTests", dependencies: ["Terminal", "WorkflowTestKit"], swiftSettings: strict),
        .testTarget(name: "HashingTests", dependencies: ["Hashing"], swiftSettings: strict),
        .testTarget(name: "JSONTests", dependencies: ["JSON"], swiftSettings: strict),
        .testTarget(name: "ExecutorKitTests", dependencies: ["CEL", "ExecutorKit", "JSON"], swiftSettings: strict),
        .testTarget(
            name: "BuiltInExecutorsTests",
            dependencies: ["AttemptProtocol", "BuiltInExecutors", "CEL", "ExecutorKit", "JSON", "workflow-executor"],
            swiftSettings: strict),
        .testTarget(name: "CELTests", dependencies: ["CEL", "JSON"], swiftSettings: strict),
        .testTarget(
            name: "WorkflowCoreTests",
            dependencies: ["ExecutorKit", "JSON", "WorkflowCore", "WorkflowDefinitions", "WorkflowTestKit"],
            exclude: ["Scenarios"],
            swiftSettings: strict),
        .testTarget(
            name: "WorkflowDefinitionsTests",
            dependencies: ["CEL", "ExecutorKit", "JSON", "WorkflowCore", "WorkflowDefinitions", "WorkflowTestKit"],
            exclude: ["Shell/Verdicts"], swiftSettings: strict),
        .testTarget(
            name: "WorkflowStoreTests",
            dependencies: [
                "CSimulatedDisk", "Hashing", "JSON", "WorkflowCore", "WorkflowStore",
                "WorkflowStoreSQLite", "WorkflowTestKit", grdb,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "WorkflowExecutorsTests",
            dependencies: ["AttemptProtocol", "CSystem", "JSON", "WorkflowExecutors", "workflow-supervisor"],
            swiftSettings: strict),
        .testTarget(
            name: "WorkflowEngineTests",
            dependencies: [
                "AttemptProtocol", "Hashing", "JSON", "WorkflowCore", "WorkflowDefinitions", "WorkflowEngine",
                "WorkflowExecutors", "WorkflowStore", "WorkflowTestKit", "workflow-supervisor",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "WorkflowCommandTests",
            dependencies: [
                "JSON", "Terminal", "WorkflowCLI", "WorkflowCore", "WorkflowDefinitions", "WorkflowDocs",
                "WorkflowEngine",
                "WorkflowTestKit", "WorkflowViews", "workflow", "workflow-supervisor",
            ],
            exclude: ["Compatibility/Fixtures"], swiftSettings: strict),
    ]
)
