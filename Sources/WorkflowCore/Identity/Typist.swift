package import JSON

/// Who typed a command: the kernel's word, and beside it what was only claimed.
package struct Typist: Sendable, Hashable {
    /// Of the process's real uid; `uid:1000` where that has no name.
    package var login: String
    package var userID: Int
    package var host: String
    package var processID: Int
    /// The controlling terminal, `/dev/pts/3`; nil where there is none.
    package var terminal: String?
    /// Who logged in, as the audit subsystem keeps it over `sudo` and `su`; nil where the kernel has none.
    package var auditLogin: String?
    package var auditID: Int?
    /// What `sudo` says. Anybody can set the variable: it is never believed.
    package var sudoUser: String?
    /// `--as`.
    package var claimedName: String?
    /// How the store took claims when it was typed.
    package var identity: StoreIdentity
    /// The process runs in a user namespace: its uids are those that whoever made that chose.
    package var isMapped = false

    package init(
        login: String, userID: Int, host: String, processID: Int, terminal: String? = nil, auditLogin: String? = nil,
        auditID: Int? = nil, sudoUser: String? = nil, claimedName: String? = nil, identity: StoreIdentity = .login
    ) {
        self.login = login
        self.userID = userID
        self.host = host
        self.processID = processID
        self.terminal = terminal
        self.auditLogin = auditLogin
        self.auditID = auditID
        self.sudoUser = sudoUser
        self.claimedName = claimedName
        self.identity = identity
    }

    /// The audit login where there is one, else the login.
    package var person: String { auditLogin ?? login }

    package var personID: Int { auditID ?? userID }

    /// For people: `root`, `ada, typed by root`, `ada, as root`, `root, sudo by ada`.
    package var told: String {
        var text = person
        if personID != userID { text += ", as \(login)" }
        if let sudoUser, sudoUser != person { text += ", sudo by \(sudoUser)" }
        if let claimedName { text = "\(claimedName), typed by \(text)" }
        let marks = [isMapped ? "user namespace" : nil, identity == .claimed ? "identity: claimed" : nil]
            .compactMap { $0 }
        return marks.isEmpty ? text : text + " (\(marks.joined(separator: "; ")))"
    }
}

// MARK: - In the journal

extension Typist {
    package var payload: JSONValue {
        object(
            [
                "login": .string(login), "uid": .int(Int64(userID)), "host": .string(host),
                "pid": .int(Int64(processID)),
            ],
            [
                "terminal": terminal.map { .string($0) }, "audit_login": auditLogin.map { .string($0) },
                "audit_uid": auditID.map { .int(Int64($0)) }, "sudo_user": sudoUser.map { .string($0) },
                "as": claimedName.map { .string($0) },
                "identity": identity == .login ? nil : .string(identity.rawValue),
                "user_namespace": isMapped ? .bool(true) : nil,
            ])
    }

    /// nil for what is no typist.
    package init?(_ payload: JSONValue) {
        guard let login = payload["login"]?.stringValue, let userID = payload["uid"]?.intValue,
            let host = payload["host"]?.stringValue, let processID = payload["pid"]?.intValue
        else { return nil }
        self.init(
            login: login, userID: Int(userID), host: host, processID: Int(processID),
            terminal: payload["terminal"]?.stringValue, auditLogin: payload["audit_login"]?.stringValue,
            auditID: payload["audit_uid"]?.intValue.map { Int($0) }, sudoUser: payload["sudo_user"]?.stringValue,
            claimedName: payload["as"]?.stringValue,
            identity: payload["identity"]?.stringValue.flatMap(StoreIdentity.init(rawValue:)) ?? .login)
        isMapped = payload["user_namespace"] == .bool(true)
    }
}
