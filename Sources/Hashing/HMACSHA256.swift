/// HMAC-SHA-256 (RFC 2104) under one key; the key's two blocks are hashed once for all messages.
package struct HMACSHA256: Sendable {
    private static let blockBytes = 64

    private let inner: SHA256
    private let outer: SHA256

    package init(key: [UInt8]) {
        var block = key.count > HMACSHA256.blockBytes ? SHA256.hash(of: key) : key
        block += [UInt8](repeating: 0, count: HMACSHA256.blockBytes - block.count)
        var inner = SHA256()
        inner.update(block.map { $0 ^ 0x36 })
        var outer = SHA256()
        outer.update(block.map { $0 ^ 0x5C })
        (self.inner, self.outer) = (inner, outer)
    }

    package func code(of message: [UInt8]) -> [UInt8] {
        var inner = inner
        inner.update(message)
        var outer = outer
        outer.update(inner.finalize())
        return outer.finalize()
    }
}
