/// Where an answer sends a request, and what becomes of it on the way: as browsers do, but for what is said below.
struct Redirect: Equatable {
    var method: HTTPMethod
    var keepsBody: Bool
    var keepsCredentials: Bool

    static let limit = 10

    /// - Returns: nil for an answer that sends nowhere.
    init?(status: Int, method: HTTPMethod, toSameOrigin: Bool) {
        switch status {
        case 301, 302:
            self.method = method == .post ? .get : method
        case 303:
            self.method = method == .head ? .head : .get
        case 307, 308:
            self.method = method
        default: return nil
        }
        keepsBody = self.method == method
        keepsCredentials = toSameOrigin
    }

    /// Headers that go along to another origin. All others may be credentials: browsers drop `Authorization` alone, and
    /// a token in `X-Api-Key` is no less of a secret.
    private static let harmless: Set<String> = [
        "accept", "accept-charset", "accept-encoding", "accept-language", "cache-control", "content-encoding",
        "content-language", "content-type", "idempotency-key", "if-match", "if-modified-since", "if-none-match",
        "if-unmodified-since", "prefer", "range", "user-agent",
    ]

    func headers(of fields: [HeaderField]) -> [HeaderField] {
        fields.filter { field in
            let key = field.key
            if !keepsBody, key.hasPrefix("content-") || key == "idempotency-key" { return false }
            return keepsCredentials || Redirect.harmless.contains(key)
        }
    }
}

/// What a request asks for.
enum HTTPMethod: String, CaseIterable, Sendable {
    case get = "GET"
    case head = "HEAD"
    case options = "OPTIONS"
    case put = "PUT"
    case delete = "DELETE"
    case post = "POST"
    case patch = "PATCH"

    /// It changes nothing (RFC 9110, section 9.2.1).
    var isSafe: Bool { self == .get || self == .head || self == .options }

    /// Twice is as good as once (section 9.2.2).
    var isIdempotent: Bool { isSafe || self == .put || self == .delete }

    /// Whether a request without a body says that it has none.
    var hasBody: Bool { self == .put || self == .post || self == .patch }
}
