import Testing

/// What is said about YAML that is shell: the scanner knows nothing of here-documents and quotes.
@Suite("YAML around scripts")
struct YAMLAdviceTests {
    @Test("A here-document that is further left than its script is named where it ends the script")
    func hereDocuments() {
        let table: [(String, Int, String)] = [
            ("run: |\n  cat > f <<EOF\n  text\nEOF\n  echo done", 9, "<<EOF"),
            ("run: |\n  if true; then\n    cat > f <<-'END'\n  text\nEND\n  fi", 10, "<<END"),
            ("run: |\n  cat <<EOF\nline: of text\n  more\nEOF", 8, "<<EOF"),
            ("run: |\n  cat <<A\n  x\n  A\n  psql <<\"SQL\" | tee log\nselect 1;\nSQL", 11, "<<SQL"),
            ("run: >-   # folded\n  cat <<EOF\n  text\nEOF\n  echo {", 9, "<<EOF"),
        ]
        for (keys, line, delimiter) in table {
            let lines = keys.split(separator: "\n", omittingEmptySubsequences: false)
            // What stands at the margin stays there.
            let indented = lines.map { $0.hasPrefix(" ") || $0.hasPrefix("run") ? "        \($0)" : String($0) }
            let yaml =
                "name: w\nstages:\n  - name: s\n    steps:\n      - name: a\n" + indented.joined(separator: "\n")
                + "\n      - name: b\n        run: x\n"
            let texts = Loading.texts(yaml)
            #expect(texts.count == 1, "\(texts)")
            #expect(texts.first?.hasPrefix("f.yaml:\(line):1: error: this line is further left") == true, "\(texts)")
            #expect(texts.first?.contains(delimiter) == true, "\(texts)")
            #expect(texts.first?.contains("text of a here-document is indented as its script") == true, "\(texts)")
        }
    }

    @Test("A here-document that is indented as its script is nobody's fault")
    func indented() {
        let texts = Loading.texts(Loading.step("run: |\n  cat <<EOF\n  text\n  EOF") + "\n  bad: [\n")
        #expect(texts.count == 1)
        #expect(texts.first?.contains("here-document") == false, "\(texts)")
    }

    @Test(
        "Text that YAML takes for something else needs quotes, or a block",
        arguments: [
            ("run: [ -f x ] && echo y", "[ begins a list in YAML"), ("run: {a,b}; echo", "{ begins a mapping in YAML"),
            ("run: \"a\" b", "\" begins a quoted text"), ("run: 'a' b", "' begins a quoted text"),
            ("run: *.txt", "* begins an alias in YAML"), ("run: %x", "% begins a directive"),
            ("run: @x", "@ begins nothing that is allowed"), ("run: `x`", "` begins nothing that is allowed"),
            ("run: & x", "& begins an anchor"), ("run: | echo x", "| begins a block"),
            ("run: echo a: b", "a colon and a space make a mapping of it"), ("if: !failure( )x: y", "! begins a tag"),
            ("probe: [ -e x ] || exit 3", "write it below \"probe: |\""),
        ])
    func quotes(_ key: String, _ part: String) {
        let texts = Loading.texts(Loading.step(key))
        #expect(
            texts.contains { $0.hasPrefix("f.yaml:6:") && $0.contains(part) && $0.contains("in quotes") }, "\(texts)")
    }

    @Test("A list or mapping where text belongs says the same")
    func containers() {
        for (key, mark) in [("run: [ -f x ]", "["), ("run: {a: b}", "{"), ("description: [draft]", "[")] {
            let texts = Loading.texts(Loading.step(key + (key.hasPrefix("run") ? "" : "\nrun: x")))
            #expect(texts.count == 1)
            #expect(
                texts.first?.hasSuffix("a text that begins with \(mark) stands in quotes, or below |") == true,
                "\(texts)")
        }
        #expect(Loading.texts(Loading.step("run: *x")).first?.contains("stands in quotes") == true)
    }

    @Test("A bracket or quote without an end is named where it begins")
    func beginnings() {
        #expect(Loading.texts("name: w\ndescription: \"x\nstages: []\n").first?.hasPrefix("f.yaml:2:14: ") == true)
        #expect(Loading.texts("name: w\nenv: {A: 1\nstages: []\n").first?.hasPrefix("f.yaml:2:6: ") == true)
    }

    @Test("A line end that YAML's double quotes made is explained")
    func lineEnds() {
        let advice = "write \\\\n, or put the whole value in single quotes: YAML's double quotes make a line end of \\n"
        for key in [
            #"run: "echo ${{ ['a'].join('\n') }}""#, #"env: {A: "${{ 'a\nb' }}"}"#, #"if: "'a\nb' == run.id""#,
        ] {
            let texts = Loading.texts(Loading.step(key + (key.hasPrefix("run") ? "" : "\nrun: x")))
            #expect(texts.contains { $0.hasSuffix(advice) }, "\(texts)")
        }
        #expect(
            Loading.texts(Loading.step("run: x\nif: |\n  'a\n  b' == run.id")).contains { $0.hasSuffix(advice) }
                == false)
    }

    @Test("Names and words are not warned of, whatever YAML 1.1 would read")
    func names() {
        let yaml = """
            name: y
            stages:
              - name: n
                steps:
                  - {name: on, run: x, foreach: {items: [1, 2], as: n}}
                  - {name: no, run: x, needs: [on]}
            """
        #expect(Loading.texts(yaml) == [])
        #expect(Loading.texts(Loading.step("run: x\nenv: {A: no}")).count == 1)
    }
}
