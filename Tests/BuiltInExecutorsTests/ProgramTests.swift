import BuiltInExecutors
import ExecutorKit
import JSON
import Testing

@Suite("workflow-executor")
struct ProgramTests {
    @Test("It lists its groups, and describes each as the descriptor reads back")
    func describe() throws {
        let list = try CalledProgram.run(["list"])
        #expect(list.status == 0)
        #expect(list.log == BuiltIns.all.map { "\($0.descriptor.group)\n" }.joined())
        for executor in BuiltIns.all {
            let called = try CalledProgram.run([executor.descriptor.group, "describe"])
            #expect(called.status == 0)
            #expect(try ExecutorDescriptor(parsing: Array(called.log.utf8)) == executor.descriptor)
        }
    }

    @Test("Every key that a person may write is described, and every operation has an example that keeps its schema")
    func described() throws {
        for executor in BuiltIns.all {
            for operation in executor.descriptor.operations {
                #expect(!operation.with.properties.isEmpty)
                for property in operation.with.properties {
                    #expect(property.schema.description?.isEmpty == false, "\(operation.name): \(property.name)")
                }
                #expect(operation.outputs.allSatisfy { $0.schema.description?.isEmpty == false })
                #expect(operation.example?.contains("uses: \(executor.descriptor.group)/\(operation.name)\n") == true)
            }
        }
    }

    @Test(
        "What is no call is refused by name",
        arguments: [
            ([], 64, "usage:"), (["http"], 64, "usage:"), (["http", "dance", "request"], 64, "usage:"),
            (["nope", "describe"], 66, "no built-in group \"nope\"; there is"),
            (["nope", "run", "x"], 66, "no built-in group"),
        ])
    func refused(_ arguments: [String], _ status: Int, _ message: String) throws {
        let called = try CalledProgram.run(arguments)
        #expect(called.status == Int32(status))
        #expect(called.log.contains(message), "\(called.log)")
    }
}
