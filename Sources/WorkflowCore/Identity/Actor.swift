package import JSON

/// Who caused an entry: the engine, or a person or program as `KIND:NAME`, and what the kernel says of who typed it.
///
/// The name is the entry's column; the rest is the member `by` of its payload. Equality is that of bytes.
package struct Actor: Sendable {
    /// `engine`, `login:ada`; entries of earlier versions have `user:NAME`, which anybody could claim.
    package let name: String
    private let box: Box?

    /// Entries by the thousand have none: it costs them a pointer.
    private final class Box: Sendable {
        let typist: Typist

        init(_ typist: Typist) { self.typist = typist }
    }

    package init(name: String, by typist: Typist? = nil) {
        self.name = name
        box = typist.map(Box.init)
    }

    /// Who types a command.
    package init(_ typist: Typist) {
        self.init(name: "login:" + typist.person, by: typist)
    }

    package var by: Typist? { box?.typist }

    /// The name alone that decisions are compared with: the claimed one where the store takes claims.
    package var person: String {
        if let by, by.identity == .claimed, let claimed = by.claimedName { return claimed }
        guard let colon = name.utf8.firstIndex(of: UInt8(ascii: ":")) else { return name }
        return String(name[name.utf8.index(after: colon)...])
    }

    /// Whether an approval's list of names has this person: logins, `uid:N`, and claimed names where these are taken.
    package func isOne(of approvers: [String]) -> Bool {
        let person = person
        return approvers.contains { approver in
            let approver = ApproverName.plain(approver)
            if approver.utf8.elementsEqual(person.utf8) { return true }
            guard let by, !(by.identity == .claimed && by.claimedName != nil) else { return false }
            return approver.utf8.elementsEqual("uid:\(by.personID)".utf8)
        }
    }

    /// Under how the store takes claims.
    package func known(by identity: StoreIdentity) -> Actor {
        guard var by else { return self }
        by.identity = identity
        return Actor(name: name, by: by)
    }

    /// For people: `ada, typed by root`.
    package var told: String {
        guard let by else {
            return name.hasPrefix("user:") ? "\(name.dropFirst("user:".count)), claimed" : name
        }
        return by.told
    }
}

extension Actor: Hashable {
    package static func == (first: Actor, second: Actor) -> Bool {
        first.name.utf8.elementsEqual(second.name.utf8) && first.by == second.by
    }

    package func hash(into hasher: inout Hasher) {
        for byte in name.utf8 { hasher.combine(byte) }
    }
}

extension Actor: ExpressibleByStringInterpolation {
    package init(stringLiteral name: String) { self.init(name: name) }
}

extension Actor: CustomStringConvertible {
    package var description: String { by == nil ? name : told }
}

/// Whether a store believes `--as`.
package enum StoreIdentity: String, Sendable, CaseIterable {
    /// A person is who the kernel says.
    case login
    /// A person is who they say they are.
    case claimed
}

// MARK: - In the journal

extension Actor {
    /// The member of a payload that says who typed it; no fact has one of this name.
    package static let payloadMember = "by"

    /// - Parameter payload: of the entry whose column is `name`.
    package init(name: String, payload: JSONValue) {
        self.init(name: name, by: payload[Actor.payloadMember].flatMap { Typist($0) })
    }

    /// The payload with what is known of who typed it.
    package func added(to payload: JSONValue) -> JSONValue {
        guard let by, case .object(var members) = payload else { return payload }
        members[Actor.payloadMember] = by.payload
        return .object(members)
    }
}
