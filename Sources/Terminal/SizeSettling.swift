/// Whether a drawing follows the terminal's size yet. While a window is drawn larger or smaller its size changes many
/// times a second, and each drawing for one that does not stay would leave what the next one has pushed off the screen
/// behind.
package struct SizeSettling: Sendable {
    private var seen: ScreenSize?

    package init() {}

    /// - Parameters:
    ///   - drawn: what the present drawing was made for; nil where there is none.
    ///   - size: the terminal's size now.
    /// - Returns: false where the size has just changed: then the next turn decides.
    package mutating func isSettled(_ size: ScreenSize, drawn: ScreenSize?) -> Bool {
        defer { seen = size }
        return drawn == nil || drawn == size || seen == size
    }
}
