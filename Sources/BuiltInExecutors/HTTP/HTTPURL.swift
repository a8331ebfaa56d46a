import CCurl
import Glibc
import JSON

/// An address of `http` or `https`, read by the very parser that connects to it.
final class HTTPURL {
    let handle: OpaquePointer
    let scheme: String
    /// As it is connected to: without brackets, small letters.
    let host: String
    let port: Int

    enum Problem: Error, Equatable {
        /// A character that would end a line of the request, or is none at all.
        case controlCharacter
        case malformed
        case scheme(String)
    }

    init(_ text: String) throws(Problem) {
        guard !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { throw .controlCharacter }
        guard let made = curl_url() else { throw .malformed }
        let parts: (scheme: String, host: String, port: Int)
        do throws(Problem) { parts = try HTTPURL.read(text, into: made) } catch {
            curl_url_cleanup(made)
            throw error
        }
        handle = made
        (scheme, host, port) = parts
    }

    deinit { curl_url_cleanup(handle) }

    private static func read(
        _ text: String, into handle: OpaquePointer
    ) throws(Problem) -> (scheme: String, host: String, port: Int) {
        // Others are named in the message, so the parser takes them here; the transfer would refuse them too.
        let flags = UInt32(CURLU_NON_SUPPORT_SCHEME | CURLU_URLENCODE)
        guard curl_url_set(handle, CURLUPART_URL, text, flags) == CURLUE_OK,
            let scheme = part(handle, CURLUPART_SCHEME)
        else { throw .malformed }
        guard scheme == "http" || scheme == "https" else { throw .scheme(scheme) }
        guard var host = part(handle, CURLUPART_HOST), !host.isEmpty,
            let port = part(handle, CURLUPART_PORT, UInt32(CURLU_DEFAULT_PORT)).flatMap({ Int($0) })
        else { throw .malformed }
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        return (scheme, host.lowercased(), port)
    }

    private static func part(_ handle: OpaquePointer, _ part: CURLUPart, _ flags: UInt32 = 0) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(handle, part, &text, flags) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }

    func hasOrigin(of other: HTTPURL) -> Bool {
        scheme.isSame(as: other.scheme) && host.isSame(as: other.host) && port == other.port
    }

    /// For the log: without user and password, and with the names of its query alone, as values may be secrets.
    var shown: String {
        let isUsual = port == (scheme == "https" ? 443 : 80)
        let name = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
        var text = "\(scheme)://\(name)\(isUsual ? "" : ":\(port)")\(HTTPURL.part(handle, CURLUPART_PATH) ?? "/")"
        if let query = HTTPURL.part(handle, CURLUPART_QUERY), !query.isEmpty {
            let fields = query.split(separator: "&", omittingEmptySubsequences: true).map { field in
                field.firstIndex(of: "=").map { field[..<$0] + "=…" } ?? "…"
            }
            text += "?" + fields.joined(separator: "&")
        }
        return text
    }
}

extension HTTPURL.Problem {
    /// After "the url ".
    var text: String {
        switch self {
        case .controlCharacter: "holds a line end or another control character; encode it with %"
        case .malformed: "is no URL; write it as https://HOST/PATH"
        case .scheme(let scheme): "begins with \(DisplayText.line(scheme)):, and only http and https are spoken"
        }
    }
}
