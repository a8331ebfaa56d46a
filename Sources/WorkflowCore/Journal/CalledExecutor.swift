package import ExecutorKit
internal import JSON

/// An executor whose operations a run calls: which program it was, and what it said of them.
package struct CalledExecutor: Sendable, Equatable {
    package var group: String
    /// Of its program.
    package var path: String
    /// As the descriptor has it.
    package var version: String
    /// SHA-256 of the descriptor, in lower-case hexadecimal.
    package var descriptorHash: String
    /// Of the program's file; nil for one that is built in, which is as old as the engine is.
    package var programHash: String?
    /// Those that the run calls, by name.
    package var operations: [String: OperationTraits]

    package init(
        group: String, path: String, version: String, descriptorHash: String, programHash: String?,
        operations: [String: OperationTraits]
    ) {
        self.group = group
        self.path = path
        self.version = version
        self.descriptorHash = descriptorHash
        self.programHash = programHash
        self.operations = operations
    }

    /// What is another than before, one sentence each; empty where all is as it was.
    package func changes(since old: CalledExecutor) -> [String] {
        var changes: [String] = []
        let name = "the executor \(group)"
        if path != old.path { changes.append("\(name) was \(old.path), is \(path)") }
        if version != old.version {
            changes.append("\(name) was of version \(old.version), is of version \(version)")
        } else if descriptorHash != old.descriptorHash {
            changes.append("\(name) describes itself otherwise")
        } else if programHash != old.programHash {
            changes.append("the program of \(name) is another")
        }
        return changes
    }
}

/// The executors of a run, by the names of what it calls.
package struct CalledExecutors: Sendable, Equatable {
    package let all: [CalledExecutor]
    private let traits: [ExecutorName: OperationTraits]

    package init(_ all: [CalledExecutor] = []) {
        self.all = all
        var traits: [ExecutorName: OperationTraits] = [:]
        for executor in all {
            for (operation, known) in executor.operations {
                traits[ExecutorName(group: executor.group, operation: operation)] = known
            }
        }
        self.traits = traits
    }

    package subscript(name: ExecutorName) -> OperationTraits? { traits[name] }
}

extension CalledExecutor {
    var payload: JSONValue {
        var members: [String: JSONValue] = [
            "group": .string(group), "path": .string(path), "version": .string(version),
            "descriptor": .string(descriptorHash), "operations": .object(operations.mapValues(\.payload)),
        ]
        if let programHash { members["program"] = .string(programHash) }
        return .object(members)
    }

    /// Those of an entry; none where an earlier version wrote it.
    static func list(_ reader: PayloadReader) throws(FactError) -> [CalledExecutor] {
        guard reader.members["executors"] != nil else { return [] }
        var executors: [CalledExecutor] = []
        for value in try reader.array("executors") {
            let members = try PayloadReader(type: reader.type, payload: value)
            var operations: [String: OperationTraits] = [:]
            for (name, traits) in try members.object("operations") {
                operations[name] = try OperationTraits(PayloadReader(type: reader.type, payload: traits))
            }
            executors.append(
                CalledExecutor(
                    group: try members.text("group"), path: try members.text("path"),
                    version: try members.text("version"), descriptorHash: try members.text("descriptor"),
                    programHash: try members.optionalText("program"), operations: operations))
        }
        return executors
    }
}

extension OperationTraits {
    fileprivate var payload: JSONValue {
        var members: [String: JSONValue] = [
            "effect": effect.json, "supports": .array(supports.map { .string($0.rawValue) }),
            "outputs": .object(
                Dictionary(outputs.map { ($0.name, .string($0.kind.rawValue)) }) { first, _ in first }),
        ]
        if let stop { members["stop"] = stop.json }
        if !defaults.isEmpty { members["defaults"] = .object(defaults) }
        return .object(members)
    }

    fileprivate init(_ reader: PayloadReader) throws(FactError) {
        let effect: OperationEffect
        var stop: StopPolicy?
        do throws(DescriptorError) {
            effect = try OperationEffect(reader.members["effect"] ?? .null, reader.type)
            if let written = reader.members["stop"] { stop = try StopPolicy(written, reader.type) }
        } catch {
            throw FactError.malformed(type: reader.type, member: "effect")
        }
        var outputs: [OutputDeclaration] = []
        for (name, kind) in try reader.texts("outputs").sorted(by: { JSONText.precedes($0.key, $1.key) }) {
            if let kind = Parameter.Kind(rawValue: kind) { outputs.append(OutputDeclaration(name: name, kind: kind)) }
        }
        let supports = try reader.textList("supports").compactMap(ExecutorDescriptor.Verb.init(rawValue:))
        self.init(
            effect: effect, supports: supports, outputs: outputs, stop: stop,
            defaults: reader.members["defaults"] == nil ? [:] : try reader.object("defaults"))
    }
}
