import CEL
import JSON
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

@Suite("Limits")
struct LimitTests {
    private func code(_ source: String, _ limits: CELLimits = .default) -> CELError.Code? {
        do throws(CELError) {
            _ = try CELExpression(parsing: source, limits: limits).evaluate(in: CELVariables(), limits: limits)
            return nil
        } catch {
            return error.code
        }
    }

    @Test("A source that is too long is refused unread")
    func sourceBytes() {
        #expect(code("1 + 1", CELLimits(sourceBytes: 4)) == .sourceTooLarge)
        #expect(code("1 + 1", CELLimits(sourceBytes: 5)) == nil)
        #expect(code(String(repeating: "(", count: 100_001)) == .sourceTooLarge)
    }

    @Test(
        "Nesting is limited, and the limit itself is allowed",
        arguments: [
            ("[", "]"), ("{1: ", "}"), ("size([", "])"), ("[1].map(x, ", ")"), ("dyn(", ")"), ("optional.of(", ")"),
        ])
    func depth(open: String, close: String) {
        // Two brackets a turn are two levels, and a list beside the innermost one is a level too.
        let levels = open == "size([" ? 50 : open.hasPrefix("[1]") ? 99 : 100
        func nested(_ count: Int) -> String {
            String(repeating: open, count: count) + "1" + String(repeating: close, count: count)
        }
        let allowed = code(nested(levels))
        #expect(allowed == nil || allowed == .costExceeded)
        #expect(code(nested(levels + 1)) == .tooDeep)
    }

    @Test("Chained macros nest too, because each can wrap its elements once more")
    func chainedMacros() {
        #expect(code("[1]" + String(repeating: ".map(x, [x])", count: 40)) == nil)
        #expect(code("[1]" + String(repeating: ".map(x, [x])", count: 150)) == .tooDeep)
    }

    @Test(
        "Evaluation stops at its cost, however it is driven up",
        arguments: [
            "range(3000).all(x, range(3000).all(y, true))", "range(100000).map(x, range(1000))",
            "range(3000).filter(x, x in range(3000).map(y, -1 - y)) == []",
            "range(10000).distinct()", "range(500000).sort() == range(500000).sort()",
            "(range(3000).all(x, range(3000).all(y, true))) || true",
        ])
    func cost(source: String) {
        #expect(code(source, CELLimits(cost: 50_000)) == .costExceeded)
    }

    @Test(
        "No list and no text grows beyond its limit",
        arguments: [
            "range(1000001)", "[0, 1].map(x, range(600000)).flatten()",
            "['0123456789'].map(s, s + s).map(s, s + s).map(s, s + s).map(s, s + s).map(s, s + s).map(s, s + s + s + "
                + "s + s)",
            "'aaaaaaaaaaaaaaaa'.replace('', '0123456789012345678901234567890123456789')",
            "range(100).map(x, 'aaaaaaaaaa').join()",
            "'%s%s%s%s'.format(['aaaaaaaaaaaa', 'aaaaaaaaaaaa', 'bbbbbbbbbbb', 'bbbbbbbbbbb'])",
        ])
    func sizes(source: String) {
        #expect(code(source, CELLimits(textBytes: 40)) == .resultTooLarge)
    }

    @Test("Cheap expressions stay far below the default cost")
    func ordinary() {
        #expect(
            code("range(10000).filter(x, x % 3 == 0).map(x, string(x)).join(',').size() > 0", CELLimits(cost: 150_000))
                == nil)
    }

    @Test("Nothing that fits the limits overflows a stack of 512 KiB")
    func smallStack() throws {
        let opens = [
            "(", "[", "{", "{1:", "f(", "a[", "a.b(", "!", "-", "a?", "a?b:", "a.", "a+", "a||", "a&&", "[a].map(x,",
            "has(", "x.", "T{a:", "'a'+", "a.?", "a[?",
        ]
        let deepList = String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
        let json = String(repeating: "[", count: 120) + String(repeating: "]", count: 120)
        let nested = String(repeating: "[", count: 90) + "fromJSON('\(json)')" + String(repeating: "]", count: 90)
        try onSmallStack {
            for open in opens {
                for count in [100, 101, 5_000] {
                    let source = String(repeating: open, count: min(count, 60_000 / open.utf8.count))
                    _ = self.code(source)
                    _ = self.code(source + "a")
                }
            }
            for close in [
                "]", ")", "}", "].b", "(1)", "[0]", ".b", ".b()", ".map(x, x)", " ? 1 : 2", " + 1", " in a", " && a",
            ] {
                _ = self.code("a" + String(repeating: close, count: 40_000 / close.utf8.count))
            }
            for source in [
                "\(deepList) == \(deepList)", "\(nested) == \(nested)",
                "'%s'.format([\(nested.dropFirst().dropLast())])", "toJSON(\(nested)) == ''",
                "\(nested) in [\(nested)]",
                "[\(deepList.dropFirst().dropLast())].flatten(1000)", "string(\(nested))",
                "[1]" + String(repeating: ".map(x, [x])", count: 99),
                "[[1]" + String(repeating: ".map(x, [x])", count: 90) + "].distinct()",
            ] {
                _ = self.code(source)
            }
            if let value = try? evaluate(nested) {
                _ = try? value.json()
                _ = try? value.textForm()
                _ = value.hashValue
                _ = value == value
            }
            let brackets = String(repeating: "(", count: 900) + "a" + String(repeating: ")", count: 900)
            _ = self.code("'a'.matches('\(brackets)')")
            _ = self.code("'a'.matches('\(String(repeating: "(", count: 50_000))')")
            _ = self.code(
                "'a'.matches('\(String(repeating: "(?:", count: 900) + "a" + String(repeating: ")*", count: 900))')")
        }
    }

    /// Runs work on a thread with little stack, as those of a task are; an overflow ends the whole test run.
    private func onSmallStack(_ work: @escaping @Sendable () -> Void) throws {
        final class Work: Sendable {
            let run: @Sendable () -> Void
            init(_ run: @escaping @Sendable () -> Void) { self.run = run }
        }
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        try #require(pthread_attr_setstacksize(&attributes, 512 << 10) == 0)
        var thread = pthread_t()
        let created = pthread_create(
            &thread, &attributes,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, Unmanaged.passRetained(Work(work)).toOpaque())
        try #require(created == 0)
        #expect(pthread_join(thread, nil) == 0)
    }
}
