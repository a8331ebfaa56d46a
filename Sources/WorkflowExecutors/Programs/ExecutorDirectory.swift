package import ExecutorKit

/// An executor that was asked what it can do.
package struct DescribedExecutor: Sendable, Equatable {
    package let program: ExecutorProgram
    package let descriptor: ExecutorDescriptor
    /// SHA-256 of what it printed, in lower-case hexadecimal.
    package let descriptorHash: String
    /// SHA-256 of the program's file; nil for one that is built in.
    package let programHash: String?

    package init(
        program: ExecutorProgram, descriptor: ExecutorDescriptor, descriptorHash: String, programHash: String?
    ) {
        self.program = program
        self.descriptor = descriptor
        self.descriptorHash = descriptorHash
        self.programHash = programHash
    }
}

/// What came of looking for the executor of a group.
package enum ExecutorAnswer: Sendable, Equatable {
    case described(DescribedExecutor)
    /// There is none; the message names where it was looked for.
    case missing(String)
    /// There is one, and it is of no use: the message names the program.
    case broken(String)
}

/// Finds executors and asks them what they can do, for loaders and engines.
package protocol ExecutorDirectory: Sendable {
    /// - Parameter file: the definition's, absolute: executors lie beside it.
    func executor(_ group: String, beside file: String?) async -> ExecutorAnswer

    /// The groups that there are, sorted; their programs are not asked.
    func groups(beside file: String?) async -> [String]
}

extension ExecutorDirectory {
    /// What a definition may call, of these groups.
    package func catalogue(of groups: [String], beside file: String?) async -> ExecutorCatalogue {
        var catalogue = ExecutorCatalogue(present: await self.groups(beside: file))
        for group in groups {
            switch await executor(group, beside: file) {
            case .described(let found):
                catalogue.add(ExecutorCatalogue.Entry(found.descriptor, place: found.program.path))
            case .broken(let message): catalogue.add(failure: message, ofGroup: group)
            case .missing: break
            }
        }
        return catalogue
    }
}

/// For an engine whose runs call nothing.
package struct NoExecutors: ExecutorDirectory {
    package init() {}

    package func executor(_ group: String, beside file: String?) async -> ExecutorAnswer {
        .missing("there is no executor \(group): this engine was given none")
    }

    package func groups(beside file: String?) async -> [String] { [] }
}
