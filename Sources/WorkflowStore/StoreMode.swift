/// What a process that opens a store wants of it.
package enum StoreMode: Sendable {
    /// Makes the store if there is none. For who will write: the first read costs a second connection.
    case create
    /// There has to be a store. For who looks first: the first write costs a second connection.
    case existing
    /// Looks and never writes, not even where it could.
    case readOnly
}
