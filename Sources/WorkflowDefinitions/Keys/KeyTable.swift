/// The keys that one kind of mapping knows, with what each means: the compiler refuses all others by it, and the JSON
/// Schema that editors use is written from it, so that the two cannot drift apart.
struct KeyTable: Sendable {
    struct Key: Sendable {
        let name: String
        let shape: ValueShape
        let isRequired: Bool
        /// For editors: one or two sentences.
        let description: String

        init(_ name: String, _ shape: ValueShape, isRequired: Bool = false, _ description: String) {
            self.name = name
            self.shape = shape
            self.isRequired = isRequired
            self.description = description
        }
    }

    let entries: [Key]
    /// In the order in which people want to read them.
    let keys: [String]
    /// What other tools call the same thing.
    let otherNames: [String: String]
    /// What people look for that is no key here, and what there is instead.
    let elsewhere: [String: String]
    /// Keys of the language that this version does not understand yet.
    let later: [String]
    /// Exactly one of the keys is given.
    let isChoice: Bool

    init(
        _ entries: [Key], isChoice: Bool = false, otherNames: [String: String] = [:],
        elsewhere: [String: String] = [:], later: [String] = []
    ) {
        self.entries = entries
        self.elsewhere = elsewhere
        self.isChoice = isChoice
        self.otherNames = otherNames
        self.later = later
        keys = entries.map(\.name)
    }

    /// These keys, as they are there.
    func entries(_ names: [String]) -> [Key] {
        names.compactMap { name in entries.first { $0.name == name } }
    }
}
