internal import CLibcrypto

/// SHA-256 of bytes that arrive in one or more parts. A value: a copy goes on by itself.
///
/// These are the functions of libcrypto that its EVP interface calls in the end, linked from `libcrypto.a`: 17 KB that
/// choose the processor's SHA instructions by themselves. EVP takes 1.4 ms before the first hash, as it reads a
/// configuration and loads a provider, 2 to 3 times as long for the short inputs of the journal's chain, an allocation
/// for each hash, and 4.4 MB. OpenSSL 3 calls them deprecated, since they know no providers: nothing here wants one.
package struct SHA256: Sendable {
    package static let byteCount = 32

    private var context = SHA256_CTX()

    // All of these functions return 1: they have no way to fail.

    package init() {
        _ = SHA256_Init(&context)
    }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        _ = SHA256_Update(&context, bytes.baseAddress, bytes.count)
    }

    package mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// Adds the UTF-8 of a text.
    package mutating func update(_ text: String) {
        var text = text
        text.withUTF8 { update(UnsafeRawBufferPointer($0)) }
    }

    /// The hash of what was added so far.
    package func finalize() -> [UInt8] {
        var context = context
        return [UInt8](unsafeUninitializedCapacity: SHA256.byteCount) { buffer, count in
            _ = SHA256_Final(buffer.baseAddress, &context)
            count = SHA256.byteCount
        }
    }

    package static func hash(of bytes: [UInt8]) -> [UInt8] {
        var hash = SHA256()
        hash.update(bytes)
        return hash.finalize()
    }
}
