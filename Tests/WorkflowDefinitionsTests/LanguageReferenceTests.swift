import CEL
import Testing

@testable import WorkflowDefinitions

@Suite("Reference of the language")
struct LanguageReferenceTests {
    @Test("Every key of every mapping is in it, with its description")
    func keys() {
        let reference = LanguageReference()
        let tables = [KeyTable.workflow, .part, .steps] + ValueShape.Table.allCases.map(\.keys)
        for key in tables.flatMap(\.entries) {
            #expect(
                reference.entries(named: key.name).contains { $0.entry.description == key.description },
                "\(key.name) is not in the reference")
        }
    }

    @Test("Every function, method and macro is in it, and no other")
    func functions() {
        let names = CELFunctionReference.entries.map(\.name)
        #expect(Set(names) == Set(CELExpression.knownFunctions))
        #expect(names.count == Set(names).count)
        for name in CELExpression.knownFunctions + ["success", "failure", "always"] {
            #expect(!LanguageReference().entries(named: name).isEmpty, "\(name) is not in the reference")
        }
    }

    @Test("Every variable and every built-in executor is in it")
    func others() {
        let reference = LanguageReference()
        for name in ["params", "env", "steps", "stages", "run", "attempt", "secrets", "item"] {
            #expect(reference.entries(named: name).contains { $0.section == "variables" }, "\(name)")
        }
        for name in StepKind.builtIn { #expect(reference.section(named: name)?.title == "uses: \(name)") }
    }

    @Test("Forms of functions name them")
    func forms() {
        for entry in CELFunctionReference.entries {
            #expect(entry.forms.contains("\(entry.name)("), "\(entry.name): \(entry.forms)")
            #expect(entry.description.hasSuffix("."), "\(entry.name)")
        }
    }
}
