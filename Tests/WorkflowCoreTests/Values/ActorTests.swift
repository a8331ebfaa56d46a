import JSON
import Testing
import WorkflowCore

@Suite("Actors")
struct ActorTests {
    private static func typist(
        login: String = "root", id: Int = 0, audit: (String, Int)? = nil, sudo: String? = nil, claims: String? = nil,
        identity: StoreIdentity = .login
    ) -> Typist {
        Typist(
            login: login, userID: id, host: "h", processID: 7, terminal: "/dev/pts/3", auditLogin: audit?.0,
            auditID: audit?.1, sudoUser: sudo, claimedName: claims, identity: identity)
    }

    @Test(
        "The person is who logged in, else the real user; sudo and --as are never believed",
        arguments: [
            (typist(), "login:root", "root", "root"),
            (typist(audit: ("ada", 1000)), "login:ada", "ada", "ada, as root"),
            (typist(sudo: "ada"), "login:root", "root", "root, sudo by ada"),
            (typist(audit: ("ada", 1000), sudo: "ada"), "login:ada", "ada", "ada, as root"),
            (typist(claims: "ada"), "login:root", "root", "ada, typed by root"),
            (typist(login: "uid:1000", id: 1000), "login:uid:1000", "uid:1000", "uid:1000"),
            (
                typist(claims: "ada", identity: .claimed), "login:root", "ada",
                "ada, typed by root (identity: claimed)"
            ),
            (typist(identity: .claimed), "login:root", "root", "root (identity: claimed)"),
        ])
    func person(_ typist: Typist, name: String, person: String, told: String) {
        let actor = Actor(typist)
        #expect(actor.name == name)
        #expect(actor.person == person)
        #expect(actor.told == told)
    }

    @Test("Names that earlier versions wrote are shown as claimed; the engine is itself")
    func claimed() {
        #expect(Actor(name: "user:ada").told == "ada, claimed")
        #expect(Actor(name: "user:ada").description == "user:ada")
        #expect(engineActor.told == "engine")
    }

    @Test("Approvers are logins and uid:N, and claimed names only where the store takes them; equality is of bytes")
    func approvers() {
        let ada = Actor(Self.typist(audit: ("ada", 1000)))
        #expect(ada.isOne(of: ["lin", "ada"]))
        #expect(ada.isOne(of: ["uid:1000"]))
        #expect(!ada.isOne(of: ["root", "uid:0", "sudo", "lin"]))
        #expect(!Actor(Self.typist(sudo: "ada")).isOne(of: ["ada"]))
        #expect(!Actor(Self.typist(claims: "ada")).isOne(of: ["ada"]))
        let claims = Actor(Self.typist(claims: "ada", identity: .claimed))
        #expect(claims.isOne(of: ["ada"]))
        #expect(!claims.isOne(of: ["root", "uid:0"]))
        #expect(!Actor(name: "login:cafe\u{301}").isOne(of: ["caf\u{E9}"]))
        #expect(Actor(name: "login:cafe\u{301}") != Actor(name: "login:caf\u{E9}"))
    }
}
