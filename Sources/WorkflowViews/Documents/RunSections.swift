/// Parts of what happened in a run that are shown when they are asked for.
package struct RunSections: OptionSet, Sendable {
    package let rawValue: Int

    package init(rawValue: Int) {
        self.rawValue = rawValue
    }

    package static let steps = RunSections(rawValue: 1)
    package static let timeline = RunSections(rawValue: 2)
    package static let attempts = RunSections(rawValue: 4)
    package static let decisions = RunSections(rawValue: 8)
}
