import Testing
import WorkflowCore

@Suite("Steps named together")
struct ItemPatternTests {
    @Test("Every item matches, and nothing beside, in or around it")
    func matching() throws {
        let items = try #require(ItemPattern("host[*]"))
        for name in ["host[0]", "host[a/b]", "host[]", "host[*]", "host[é]"] { #expect(items.matches(name), "\(name)") }
        for name in ["host", "hosts[0]", "host[0].install", "host[0", "a.host[0]", ""] {
            #expect(!items.matches(name), "\(name)")
        }
        let inside = try #require(ItemPattern("zone[*].host[*].install"))
        #expect(inside.matches("zone[eu].host[3].install"))
        #expect(!inside.matches("zone[eu].host[3]"))
        #expect(!inside.matches("zone[eu].install"))
    }

    @Test("A text without the sign names one step", arguments: ["host", "host[0]", "host[a*]", "*", ""])
    func single(_ text: String) {
        #expect(ItemPattern(text) == nil)
    }

    @Test("Names are bytes: two spellings of a letter are two names")
    func bytes() throws {
        let composed = try #require(ItemPattern("caf\u{E9}[*]"))
        #expect(composed.matches("caf\u{E9}[1]"))
        #expect(!composed.matches("cafe\u{301}[1]"))
    }

    @Test("Several items of one step are named together, one alone by its own name")
    func grouping() {
        let groups = ItemPattern.grouped(["push", "host[a]", "host[b]", "zone[x].check", "host[c]"])
        #expect(groups.map(\.text) == ["push", "host[*]", "zone[x].check"])
        #expect(groups.map(\.names.count) == [1, 3, 1])
    }
}
