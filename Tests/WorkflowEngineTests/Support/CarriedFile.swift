import Hashing
import JSON
import WorkflowCore
import WorkflowStore

/// An exported checkpoint, taken apart so that its entries can be changed and chained again.
struct CarriedFile {
    struct Item {
        var type: String
        var payload: [String: JSONValue]
        var at: Timestamp
        var actor: String
    }

    struct Mutant {
        let change: String
        let text: String
    }

    private let document: [String: JSONValue]
    private let run: RunID
    private let items: [Item]

    init?(_ json: JSONValue) {
        guard let document = json.objectValue, let run = document["run"]?.stringValue else { return nil }
        var items: [Item] = []
        for entry in document["entries"]?.arrayValue ?? [] {
            guard let type = entry["type"]?.stringValue, let actor = entry["actor"]?.stringValue,
                let at = entry["at"]?.stringValue.flatMap({ Timestamp(text: $0) }),
                let text = entry["payload"]?.stringValue,
                let payload = try? JSONValue(parsing: text).objectValue
            else { return nil }
            items.append(Item(type: type, payload: payload, at: at, actor: actor))
        }
        (self.document, self.run, self.items) = (document, RunID(run), items)
    }

    /// The file with these entries, every hash as it must be.
    private func text(_ items: [Item]) -> String {
        var previous = HashChain.start
        var entries: [JSONValue] = []
        for (offset, item) in items.enumerated() {
            let payload = (try? JSONValue.object(item.payload).compactText()) ?? ""
            var entry = RawEntry(
                sequence: Int64(offset + 1), type: item.type, version: 1, at: item.at, actor: item.actor,
                payload: Array(payload.utf8), encoding: "json",
                payloadHash: HashChain.payloadHash(Array(payload.utf8)), hash: [])
            entry.hash = HashChain.hash(of: entry, run: run, after: previous)
            previous = entry.hash
            entries.append(
                .object([
                    "seq": .int(entry.sequence), "type": .string(item.type), "version": .int(1),
                    "at": .string(item.at.text), "actor": .string(item.actor), "payload": .string(payload),
                    "encoding": .string("json"), "payload_hash": .string(Hexadecimal.text(entry.payloadHash)),
                    "hash": .string(Hexadecimal.text(entry.hash)),
                ]))
        }
        var document = document
        document["entries"] = .array(entries)
        document["head_hash"] = .string(Hexadecimal.text(previous))
        return (try? JSONValue.object(document).compactText()) ?? ""
    }

    /// Words that a member may have in place of its own.
    private static let words: [String: [String]] = [
        "status": ["completed", "failed", "cancelled", "moved", "running"],
        "basis": ["execution", "probe", "resolution", "signal", "approval", "condition", "timeout"],
        "decision": ["done", "retry", "fail", "skip"], "verdict": ["done", "not_done", "cannot_tell"],
        "reason": ["resume", "recovery"],
    ]

    /// Each entry dropped, doubled, moved, swapped with the next, put in the place of others, with another kind, step,
    /// stage, number and word.
    func mutants() -> [Mutant] {
        var mutants: [Mutant] = []
        var steps: [String] = []
        var kinds: [String] = []
        for item in items {
            if let step = item.payload["step"]?.stringValue, !steps.contains(step) { steps.append(step) }
            if !kinds.contains(item.type) { kinds.append(item.type) }
        }
        let stages = (items.compactMap { $0.payload["stage"]?.stringValue })
        func add(_ change: String, _ items: [Item]) { mutants.append(Mutant(change: change, text: text(items))) }
        func replace(_ place: Int, _ what: String, _ item: Item) {
            var changed = items
            changed[place] = item
            add("entry \(place + 1), \(items[place].type): \(what)", changed)
        }
        for (place, item) in items.enumerated() {
            let name = "entry \(place + 1), \(item.type)"
            var changed = items
            changed.remove(at: place)
            add("\(name): dropped", changed)
            if place + 1 < items.count {
                changed = items
                changed.swapAt(place, place + 1)
                add("\(name): swapped with the next", changed)
            }
            // Not behind the entry that saves the checkpoint, which is the last one.
            for target in [place, place + 1, place + 7, items.count - 1] where target < items.count {
                changed = items
                changed.insert(item, at: target)
                add("\(name): once more before entry \(target + 1)", changed)
            }
            replace(place, "another entry", items[(place * 7 + 3) % items.count])
            for turn in 1...2 {
                var other = item
                other.type = kinds[(place + turn * 5) % kinds.count]
                other.payload.merge(items[(place + turn * 11) % items.count].payload) { own, _ in own }
                replace(place, "now \(other.type)", other)
            }
            if item.payload["step"] != nil {
                for turn in 1...3 {
                    var other = item
                    other.payload["step"] = .string(steps[(place + turn * 5) % steps.count])
                    replace(place, "now of \(steps[(place + turn * 5) % steps.count])", other)
                }
            }
            for (key, value) in item.payload.sorted(by: { $0.key < $1.key }) {
                var others: [JSONValue] = []
                if case .int(let number) = value { others = [.int(number + 1), .int(0), .int(number - 1)] }
                if case .string(let text) = value, let words = Self.words[key], words.contains(text) {
                    others = words.filter { $0 != text }.map { .string($0) }
                }
                if case .string(let text) = value, key == "stage" || key == "returned_to" {
                    others = stages.prefix(3).filter { $0 != text }.map { .string($0) }
                }
                if case .bool(let flag) = value { others = [.bool(!flag)] }
                for other in others {
                    var changed = item
                    changed.payload[key] = other
                    replace(place, "\(key) is \(other)", changed)
                }
            }
        }
        return mutants
    }
}
