package import WorkflowCore
package import WorkflowExecutors

extension ExecutorDirectory {
    /// What is known of the executors that a definition calls; those that cannot be asked are left out.
    package func called(by definition: Definition, beside file: String?) async -> [CalledExecutor] {
        await CalledPrograms(of: definition, in: self, beside: file).records(of: definition)
    }
}
