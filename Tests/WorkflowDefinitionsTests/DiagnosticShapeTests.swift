import JSON
import Testing
import WorkflowDefinitions

@Suite("The shape of diagnostics")
struct DiagnosticShapeTests {
    @Test("text that editors jump from, and the object of -o json")
    func shapes() throws {
        let diagnostic = Diagnostic(
            severity: .error, code: .unknownKey, message: "unknown key \"stpes\"", file: "a b.yaml", line: 3, column: 7,
            suggestion: "did you mean \"steps\"?")
        #expect(diagnostic.text == "a b.yaml:3:7: error: unknown key \"stpes\"; did you mean \"steps\"?")
        #expect(
            try diagnostic.json.compactText()
                == #"{"code":"unknown_key","column":7,"file":"a b.yaml","line":3,"message":"unknown key \"stpes\"","#
                + #""severity":"error","suggestion":"did you mean \"steps\"?"}"#)
        var bare = diagnostic
        bare.severity = .warning
        bare.suggestion = nil
        #expect(bare.text == "a b.yaml:3:7: warning: unknown key \"stpes\"")
        #expect(bare.json["suggestion"] == .null)
    }

    @Test("a message is one line of what can be shown, however long what it quotes")
    func oneLine() {
        let long = "'" + String(repeating: "x", count: 5000) + "'"
        let texts = Loading.texts(
            """
            name: w
            stages:
              - name: s
                steps:
                  - name: a
                    run: |
                      echo ${{ 'a' +
                      "b\u{1B}[31m" }} ${{ \(long) }}
            """)
        #expect(texts.allSatisfy { $0.unicodeScalars.count < 2200 })
        #expect(texts.allSatisfy { text in !text.unicodeScalars.contains { $0.value < 0x20 } })
        #expect(!texts.isEmpty)
    }

    @Test("codes are lower snake case and all different")
    func codes() {
        let codes = DiagnosticCode.allCases.map(\.rawValue)
        #expect(Set(codes).count == codes.count)
        #expect(
            codes.allSatisfy { $0.utf8.allSatisfy { $0 == UInt8(ascii: "_") || (97...122).contains($0) || $0 == 56 } })
    }

    @Test("groups nest as deep as the file may")
    func deepGroups() {
        var step = "{name: leaf, run: x}"
        for level in 0..<45 { step = "{name: g\(level), steps: [\(step)]}" }
        #expect(Loading.texts("name: w\nstages: [{name: s, steps: [\(step)]}]") == [])
    }
}
