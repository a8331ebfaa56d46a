/// A Unicode property by which `\p{…}` selects code points: a general category or a script.
enum UnicodeProperty: Sendable {
    case any
    case categories(Set<Unicode.GeneralCategory>)
    case script([ClosedRange<UInt32>])

    /// Nil for a name that RE2 does not know.
    init?(_ name: String) {
        if name == "Any" {
            self = .any
        } else if let categories = Self.categories[name] {
            self = .categories(categories)
        } else if let ranges = UnicodeScripts.ranges(of: name) {
            self = .script(ranges)
        } else {
            return nil
        }
    }

    func contains(_ scalar: UInt32) -> Bool {
        switch self {
        case .any: true
        case .categories(let categories):
            Unicode.Scalar(scalar).map { categories.contains($0.properties.generalCategory) } ?? false
        case .script(let ranges): RangeSearch.contains(scalar, in: ranges)
        }
    }

    private static let categories: [String: Set<Unicode.GeneralCategory>] = [
        "L": [.uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter],
        "Lu": [.uppercaseLetter], "Ll": [.lowercaseLetter], "Lt": [.titlecaseLetter], "Lm": [.modifierLetter],
        "Lo": [.otherLetter],
        "M": [.nonspacingMark, .spacingMark, .enclosingMark],
        "Mn": [.nonspacingMark], "Mc": [.spacingMark], "Me": [.enclosingMark],
        "N": [.decimalNumber, .letterNumber, .otherNumber],
        "Nd": [.decimalNumber], "Nl": [.letterNumber], "No": [.otherNumber],
        "P": [
            .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
            .finalPunctuation, .otherPunctuation,
        ],
        "Pc": [.connectorPunctuation], "Pd": [.dashPunctuation], "Ps": [.openPunctuation], "Pe": [.closePunctuation],
        "Pi": [.initialPunctuation], "Pf": [.finalPunctuation], "Po": [.otherPunctuation],
        "S": [.mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol],
        "Sm": [.mathSymbol], "Sc": [.currencySymbol], "Sk": [.modifierSymbol], "So": [.otherSymbol],
        "Z": [.spaceSeparator, .lineSeparator, .paragraphSeparator],
        "Zs": [.spaceSeparator], "Zl": [.lineSeparator], "Zp": [.paragraphSeparator],
        "C": [.control, .format, .surrogate, .privateUse],
        "Cc": [.control], "Cf": [.format], "Cs": [.surrogate], "Co": [.privateUse],
    ]
}
