/// A definition together with its identity and the bytes that it came from.
package struct StoredDefinition: Sendable, Equatable {
    package let definition: Definition
    /// Lower-case hexadecimal SHA-256 of `canonicalJSON`.
    package let hash: String
    /// Sorted-key JSON of the model as written: includes merged, defaults not applied, integers exact.
    package let canonicalJSON: [UInt8]
    /// The file as it was read.
    package let source: [UInt8]

    package init(definition: Definition, hash: String, canonicalJSON: [UInt8], source: [UInt8]) {
        self.definition = definition
        self.hash = hash
        self.canonicalJSON = canonicalJSON
        self.source = source
    }
}
