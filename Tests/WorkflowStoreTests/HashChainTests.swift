import Hashing
import Testing
import WorkflowCore
import WorkflowStore
import WorkflowTestKit

@Suite("The hash chain")
struct HashChainTests {
    let run = RunID("run-2026-02-02-001")

    /// Five entries as a store would have them.
    func journal() throws -> [RawEntry] {
        var fixture = StoreFixture()
        let proposed = [fixture.created(fixture.newRun())] + fixture.step(1) + fixture.step(2)
        var entries: [RawEntry] = []
        for entry in proposed {
            let encoded = try EncodedEntry(entry, checkpoint: nil)
            entries.append(
                encoded.placed(
                    at: Int64(entries.count + 1), of: run, after: entries.last?.hash ?? HashChain.start))
        }
        return entries
    }

    func head(_ entries: [RawEntry]) -> (sequence: Int64, hash: [UInt8])? {
        entries.last.map { ($0.sequence, $0.hash) }
    }

    @Test("An untouched journal verifies")
    func untouched() throws {
        let entries = try journal()
        #expect(HashChain.verify(entries, of: run, head: head(entries)) == nil)
        #expect(HashChain.verify([], of: run) == nil)
    }

    @Test("The encoding is what is documented")
    func vector() {
        let payload = Array("{}".utf8)
        let entry = RawEntry(
            sequence: 1, type: "run_paused", version: 1, at: Timestamp(millisecondsSinceEpoch: 1_770_026_400_000),
            actor: "engine", payload: payload, encoding: "json", payloadHash: HashChain.payloadHash(payload), hash: [])
        // Calculated by another program from the description of the format.
        #expect(Hexadecimal.text(HashChain.hash(of: entry, run: run, after: HashChain.start)) == Self.expected)
    }

    static let expected = "1cc71f60acd9a3177784335d7646597d678589e4114e619871a0c10eab098529"

    typealias Tampering = @Sendable (inout [RawEntry]) -> Void

    static let tamperings: [(String, Tampering, ChainProblem)] = [
        ("type", { $0[2].type = "step_failed" }, ChainProblem(.entryChanged, 3)),
        ("version", { $0[2].version = 2 }, ChainProblem(.entryChanged, 3)),
        (
            "time", { $0[2].at = Timestamp(millisecondsSinceEpoch: 1_770_026_400_000) },
            ChainProblem(.entryChanged, 3)
        ),
        ("actor", { $0[2].actor = "user:mallory" }, ChainProblem(.entryChanged, 3)),
        ("payload", { $0[2].payload[2] ^= 1 }, ChainProblem(.payloadChanged, 3)),
        ("payload removed", { $0[2].payload = [] }, ChainProblem(.payloadChanged, 3)),
        ("encoding", { $0[2].encoding = "cbor" }, ChainProblem(.entryChanged, 3)),
        ("payload hash", { $0[2].payloadHash[0] ^= 1 }, ChainProblem(.entryChanged, 3)),
        (
            "payload and its hash",
            {
                $0[2].payload = Array("{}".utf8)
                $0[2].payloadHash = HashChain.payloadHash($0[2].payload)
            }, ChainProblem(.entryChanged, 3)
        ),
        ("hash", { $0[2].hash[31] ^= 1 }, ChainProblem(.entryChanged, 3)),
        ("hash cut short", { $0[2].hash.removeLast() }, ChainProblem(.entryChanged, 3)),
        ("sequence", { $0[2].sequence = 9 }, ChainProblem(.missing, 3)),
        (
            "text moved from one column to the next",
            { entries in
                entries[2].type += "e"
                entries[2].actor.removeFirst()
            }, ChainProblem(.entryChanged, 3)
        ),
        ("row dropped", { $0.remove(at: 2) }, ChainProblem(.missing, 3)),
        (
            "row dropped, the rest renumbered",
            { entries in
                entries.remove(at: 2)
                for index in 2..<4 { entries[index].sequence -= 1 }
            }, ChainProblem(.entryChanged, 3)
        ),
        ("first row dropped", { $0.removeFirst() }, ChainProblem(.missing, 1)),
        ("tail cut", { $0.removeLast(2) }, ChainProblem(.missing, 4)),
        ("everything cut", { $0.removeAll() }, ChainProblem(.missing, 1)),
        ("rows swapped", { $0.swapAt(1, 2) }, ChainProblem(.missing, 2)),
        (
            "rows swapped and renumbered",
            { entries in
                entries.swapAt(1, 2)
                entries[1].sequence = 2
                entries[2].sequence = 3
            }, ChainProblem(.entryChanged, 2)
        ),
        ("row doubled", { $0.insert($0[2], at: 3) }, ChainProblem(.misplaced, 3)),
        (
            "row inserted at the end",
            { entries in
                var extra = entries[4]
                extra.sequence = 6
                extra.hash = HashChain.hash(of: extra, run: RunID("run-2026-02-02-001"), after: entries[4].hash)
                entries.append(extra)
            }, ChainProblem(.misplaced, 6)
        ),
        (
            "the whole tail forged with fitting hashes",
            { entries in
                entries[3].actor = "user:mallory"
                for index in 3..<5 {
                    entries[index].hash = HashChain.hash(
                        of: entries[index], run: RunID("run-2026-02-02-001"), after: entries[index - 1].hash)
                }
            }, ChainProblem(.entryChanged, 5)
        ),
    ]

    @Test("Whatever is changed is found, at the entry where it shows", arguments: tamperings.indices)
    func tampered(_ index: Int) throws {
        let (what, tamper, problem) = Self.tamperings[index]
        let untouched = try journal()
        var entries = untouched
        tamper(&entries)
        #expect(HashChain.verify(entries, of: run, head: head(untouched)) == problem, "\(what)")
    }

    @Test("A journal does not verify as another run's")
    func otherRun() throws {
        let problem = HashChain.verify(try journal(), of: RunID("run-2026-02-02-002"))
        #expect(problem == ChainProblem(.entryChanged, 1))
    }
}
