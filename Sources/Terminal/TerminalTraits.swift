/// What a terminal can show, as its environment says.
package struct TerminalTraits: Sendable, Equatable {
    package var palette: Palette
    /// Signs beyond ASCII are shown, one column each.
    package var hasSigns: Bool
    /// Text beyond ASCII is shown.
    package var isUTF8: Bool

    package init(depth: ColourDepth, hasSigns: Bool = true, isUTF8: Bool = true) {
        palette = Palette(depth: depth)
        self.hasSigns = hasSigns
        self.isUTF8 = isUTF8
    }

    /// From `NO_COLOR`, `TERM`, `COLORTERM`, and the locale: the first of `LC_ALL`, `LC_CTYPE` and `LANG` that is set.
    ///
    /// The signs are left out on the Linux console, whose font has few of them, and in East Asian locales, where
    /// terminals may give them two columns.
    package init(variables: [String: String]) {
        let locale =
            ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { variables[$0] }.first { !$0.isEmpty }?.lowercased() ?? ""
        let isUTF8 = locale.contains("utf-8") || locale.contains("utf8")
        let isEastAsian = ["ja", "ko", "zh"].contains { locale.hasPrefix($0) }
        self.init(
            depth: ColourDepth(variables: variables),
            hasSigns: isUTF8 && !isEastAsian && variables["TERM"] != "linux", isUTF8: isUTF8)
    }
}
