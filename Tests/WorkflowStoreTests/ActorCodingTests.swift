import Testing
import WorkflowCore
import WorkflowStore

@Suite("Actors in the journal")
struct ActorCodingTests {
    @Test("Entries come back with who typed them, whatever the fact; without it the column is all there is")
    func journal() throws {
        let actor = Actor(
            Typist(
                login: "root", userID: 0, host: "h", processID: 7, terminal: "/dev/pts/3", auditLogin: "ada",
                auditID: 1000, sudoUser: "eve", claimedName: "lin", identity: .claimed))
        let facts: [Fact] = [
            .stepApproved(StepJudged(step: "go", reason: nil)), .pauseRequested(Request(reason: "x")), .runPaused,
            .stepSucceeded(StepSucceeded(step: "go", attempt: 1, outputs: [:])),
        ]
        for fact in facts {
            for who in [
                actor, "user:old", engineActor, Actor(Typist(login: "root", userID: 0, host: "h", processID: 7)),
            ] {
                let encoded = try EncodedEntry(
                    ProposedEntry(at: Timestamp(millisecondsSinceEpoch: 5), actor: who, fact: fact), checkpoint: nil)
                let raw = encoded.placed(at: 1, of: RunID("r"), after: HashChain.start)
                #expect(raw.actor == who.name)
                #expect(try raw.decoded(of: RunID("r")) == Entry(sequence: 1, at: encoded.at, actor: who, fact: fact))
                var segment = SegmentEncoder()
                segment.append(at: raw.at, actor: raw.actor, type: raw.type, version: raw.version, payload: raw.payload)
                var read: [Entry] = []
                #expect(JournalSegment.read(segment.body, from: 1, count: 1, into: &read))
                #expect(read.first?.actor == who)
                #expect(read.first?.fact == fact)
            }
        }
    }
}
