/// One thing that is wrong with a value, and where in it.
package struct SchemaProblem: Error, Sendable, Equatable {
    package enum Part: Sendable, Equatable {
        case member(String)
        case element(Int)
    }

    package enum Kind: Sendable, Equatable {
        case missing(String)
        /// A member that is not allowed, and the names that are.
        case unknown(String, known: [String])
        case wrongType
        case wrongValue
    }

    /// From the outside to the value; for an unknown member the member itself is its last part.
    package let path: [Part]
    package let kind: Kind
    /// Without the place: "must be a text, not 3".
    package let message: String

    package init(path: [Part], kind: Kind, message: String) {
        self.path = path
        self.kind = kind
        self.message = message
    }

    /// `headers.accept`, `items[2]`; empty for the whole value.
    package var place: String {
        var text = ""
        for part in path {
            switch part {
            case .member(let name): text += text.isEmpty ? name : ".\(name)"
            case .element(let number): text += "[\(number)]"
            }
        }
        return text
    }
}

extension SchemaProblem: CustomStringConvertible {
    package var description: String { place.isEmpty ? message : "\(place) \(message)" }
}
