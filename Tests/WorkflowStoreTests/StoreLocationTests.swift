import Glibc
import Testing
import WorkflowStore

@testable import WorkflowStoreSQLite

@Suite("Finding a store")
struct StoreLocationTests {
    let folder = TemporaryFolder()

    func make(_ path: String) {
        var made = folder.path
        for part in path.split(separator: "/") {
            made += "/\(part)"
            mkdir(made, 0o755)
        }
    }

    func resolve(
        _ option: String? = nil, environment: String? = nil, in inner: String = ""
    ) throws(StoreError) -> StoreLocation {
        try StoreLocation.resolve(option: option, environment: environment, workingFolder: folder.path + inner)
    }

    @Test("The nearest .workflow at or above the folder is taken")
    func search() throws {
        make("a/b/c")
        make(".workflow")
        make("a/.workflow")
        #expect(try resolve(in: "/a/b/c").folder.path == folder.path + "/a/.workflow")
        #expect(try resolve(in: "/a").folder.path == folder.path + "/a/.workflow")
        let found = try resolve()
        #expect(found == StoreLocation(folder: StoreFolder(path: folder.path + "/.workflow"), origin: .search))
    }

    @Test("Where there is none, every folder searched is named")
    func nowhere() throws {
        make("a")
        let location = try resolve(in: "/a")
        #expect(location.folder.path == folder.path + "/a/.workflow")
        #expect(location.origin == .nowhere(searched: [folder.path + "/a", folder.path, "/tmp", "/"]))
        let error = #expect(throws: StoreError.self) { try SQLiteStore.open(location, mode: .existing) }
        #expect(error?.code == .storeMissing)
        #expect(error?.message.contains("\(folder.path)/a, \(folder.path), /tmp, /") == true)
        #expect(access(location.folder.path, F_OK) != 0)
    }

    @Test(
        "A named path is the store's folder",
        arguments: [
            ("sqlite:inner", "/inner"), ("inner", "/inner"), ("./inner/", "/inner"), ("x/../inner", "/inner"),
            ("sqlite:./deep/er", "/deep/er"), (".workflow", "/.workflow"), ("name with spaces", "/name with spaces"),
        ])
    func named(_ text: String, _ path: String) throws {
        #expect(try resolve(text).folder.path == folder.path + path)
        #expect(try resolve(text).origin == .option)
        #expect(try resolve(environment: text).folder.path == folder.path + path)
        #expect(try resolve(environment: text).origin == .environment)
    }

    @Test("Absolute paths and sqlite URLs are taken as they are")
    func absolute() throws {
        #expect(try resolve("sqlite:/srv/store").folder.path == "/srv/store")
        #expect(try resolve("sqlite:///srv/store").folder.path == "/srv/store")
        #expect(try resolve("/srv//store/").folder.path == "/srv/store")
    }

    @Test("The option goes before the environment, and an empty variable is none")
    func precedence() throws {
        #expect(try resolve("a", environment: "b").folder.path == folder.path + "/a")
        make(".workflow")
        #expect(try resolve(environment: "").origin == .search)
    }

    @Test("An existing folder that is no store holds it as .workflow")
    func existingFolder() throws {
        make("project")
        #expect(try resolve("project").folder.path == folder.path + "/project/.workflow")
        make("damaged/locks")
        #expect(try resolve("damaged").folder.path == folder.path + "/damaged")
    }

    @Test("The path of the database means its folder")
    func database() async throws {
        await (try folder.open()).close()
        #expect(try resolve("sqlite:.workflow/store.db").folder.path == folder.path + "/.workflow")
    }

    @Test(
        "What cannot be a store is refused",
        arguments: [
            ("postgres://db/workflow", StoreError.Code.unavailable), ("postgresql://db", .unavailable),
            ("redis://x", .unavailable), ("sqlite:", .storeMissing), ("file", .storeUnsupported),
        ])
    func refused(_ text: String, _ code: StoreError.Code) {
        close(open(folder.path + "/file", O_CREAT | O_WRONLY, 0o600))
        let error = #expect(throws: StoreError.self) { try resolve(text) }
        #expect(error?.code == code)
        #expect(error?.message.contains("--store") == true)
    }

    @Test(
        "A store that belongs to another user is refused, also where it is named, and nothing in it changes",
        .enabled(if: geteuid() == 0, "only root can give a folder away"),
        arguments: [StoreMode.existing, .readOnly, .create])
    func otherOwner(_ mode: StoreMode) async throws {
        await (try folder.open()).close()
        let path = folder.path + "/.workflow"
        chown(path, 65_534, 65_534)
        let before = names(in: path + "/locks") + names(in: path)
        for location in [try resolve(), try resolve(path), try resolve(nil, environment: path)] {
            let error = #expect(throws: StoreError.self) { try SQLiteStore.open(location, mode: mode) }
            #expect(error?.code == .notPermitted)
            #expect(error?.message.contains("sudo -u nobody workflow") == true, "\(error?.message ?? "")")
        }
        #expect(names(in: path + "/locks") + names(in: path) == before)
    }

    @Test(
        "A link of another user to one's own store counts only where it is named",
        .enabled(if: geteuid() == 0, "only root can give a link away"))
    func otherLink() async throws {
        await (try folder.open()).close()
        let shared = folder.path + "/shared"
        mkdir(shared, 0o755)
        symlink(folder.path + "/.workflow", shared + "/.workflow")
        lchown(shared + "/.workflow", 65_534, 65_534)
        let found = try StoreLocation.resolve(option: nil, environment: nil, workingFolder: shared)
        #expect(throws: StoreError.self) { try SQLiteStore.open(found, mode: .existing) }
        await (try SQLiteStore.open(try resolve(shared + "/.workflow"), mode: .existing)).close()
    }
}
