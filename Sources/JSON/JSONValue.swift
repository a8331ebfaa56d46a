/// A JSON document as a value (RFC 8259), with integers kept exact.
///
/// A number is `.int` when its text is an integer that fits `Int64`, else `.double`. Objects have no order of their own:
/// the writer sorts keys, so equal values have equal text.
package enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])
}
