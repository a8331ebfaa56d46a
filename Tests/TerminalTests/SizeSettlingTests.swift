import Terminal
import Testing

@Suite("Settling of the terminal's size")
struct SizeSettlingTests {
    private static let small = ScreenSize(columns: 80, rows: 24)
    private static let large = ScreenSize(columns: 120, rows: 40)

    /// What is said of sizes that are seen one after the other.
    private func answers(_ sizes: [ScreenSize], drawn: ScreenSize?) -> [Bool] {
        var settling = SizeSettling()
        return sizes.map { settling.isSettled($0, drawn: drawn) }
    }

    @Test("The first drawing, and each for the same size, waits for nothing")
    func same() {
        #expect(answers([Self.small, Self.large], drawn: nil) == [true, true])
        #expect(answers([Self.small, Self.small], drawn: Self.small) == [true, true])
    }

    @Test("A new size is drawn for once it has been seen twice")
    func new() {
        #expect(answers([Self.small, Self.large, Self.large], drawn: Self.small) == [true, false, true])
    }

    @Test("A size that keeps changing is not drawn for")
    func changing() {
        let sizes = (81...100).map { ScreenSize(columns: $0, rows: 24) }
        #expect(answers(sizes, drawn: Self.small) == Array(repeating: false, count: 20))
    }
}
