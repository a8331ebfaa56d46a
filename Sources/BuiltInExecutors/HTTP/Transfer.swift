import AttemptProtocol
import CCurl

/// What goes to a server, and what the transfer may take.
struct Transfer {
    var url: HTTPURL
    var method: HTTPMethod
    var headers: [HeaderField]
    var body: [UInt8]?
    var bodyMax: Int
    var timeoutMilliseconds: Int
    var connectTimeoutMilliseconds: Int
    var deniesPrivate: Bool
    var certificates: String?

    /// An answer, and where it sends the request, which is not followed here.
    struct Result {
        var answer: HTTPAnswer
        var location: String?
        var milliseconds: Int
    }
}

/// The transfers of one process, over connections that are kept from one to the next.
final class TransferHandle {
    private let handle: UnsafeMutableRawPointer
    /// Called once a second at most, with the bytes that have come in and those that are to come, if that is known.
    var onProgress: (Int, Int?) -> Void = { _, _ in }
    /// Asked at least once a second.
    var isStopped: () -> Bool = { false }

    init?() {
        guard ccurl_start() == CURLE_OK, let made = curl_easy_init() else { return nil }
        handle = made
    }

    deinit { curl_easy_cleanup(handle) }

    func perform(_ transfer: Transfer) throws(TransferFailure) -> Transfer.Result {
        let course = TransferCourse(transfer, onProgress: onProgress, isStopped: isStopped)
        var callbacks = course.callbacks
        var message = [CChar](repeating: 0, count: Int(CURL_ERROR_SIZE))
        let body = transfer.body ?? []
        var lines: UnsafeMutablePointer<curl_slist>?
        defer { curl_slist_free_all(lines) }
        for field in transfer.headers {
            // curl's own spelling of a header without a value.
            let line = field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)"
            guard let longer = curl_slist_append(lines, line) else { throw .outOfMemory }
            lines = longer
        }
        // Bodies are sent as posted fields, and curl would call them a form.
        if transfer.headers.value("content-type") == nil, let longer = curl_slist_append(lines, "Content-Type:") {
            lines = longer
        }
        let code = withUnsafeMutablePointer(to: &callbacks) { callbacks in
            message.withUnsafeMutableBufferPointer { message in
                body.withUnsafeBytes { body in
                    curl_easy_reset(handle)
                    set(transfer)
                    ccurl_set_url(handle, transfer.url.handle)
                    ccurl_set_list(handle, CURLOPT_HTTPHEADER, lines)
                    ccurl_set_error_buffer(handle, message.baseAddress)
                    ccurl_set_callbacks(handle, callbacks)
                    if transfer.body != nil || transfer.method.hasBody {
                        ccurl_set_body(handle, body.baseAddress ?? UnsafeRawPointer(message.baseAddress), body.count)
                    }
                    ccurl_set_text(handle, CURLOPT_CUSTOMREQUEST, transfer.method.rawValue)
                    return withExtendedLifetime(course) { curl_easy_perform(handle) }
                }
            }
        }
        let status = Int(ccurl_number(handle, CURLINFO_RESPONSE_CODE))
        guard code == CURLE_OK else {
            let said = String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            throw TransferFailure(
                code: code, said: said.isEmpty ? String(cString: curl_easy_strerror(code)) : said, course: course,
                isSent: ccurl_large_number(handle, CURLINFO_PRETRANSFER_TIME_T) > 0, status: status)
        }
        // This curl takes the end of the connection for the end of the head.
        guard !course.head.isOpen else {
            throw TransferFailure(
                code: CURLE_PARTIAL_FILE, said: "the connection was closed within the head of the answer",
                course: course, isSent: true, status: status)
        }
        return Transfer.Result(
            answer: HTTPAnswer(status: status, headers: course.head.fields, body: course.body),
            location: ccurl_text(handle, CURLINFO_REDIRECT_URL).map { String(cString: $0) },
            milliseconds: Int(ccurl_large_number(handle, CURLINFO_TOTAL_TIME_T) / 1000))
    }

    /// All but what has to outlive this call.
    private func set(_ transfer: Transfer) {
        ccurl_allow_http_alone(handle)
        ccurl_set_number(handle, CURLOPT_NOSIGNAL, 1)
        ccurl_set_number(handle, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        ccurl_set_number(handle, CURLOPT_TCP_KEEPALIVE, 1)
        ccurl_set_number(handle, CURLOPT_TIMEOUT_MS, transfer.timeoutMilliseconds)
        ccurl_set_number(handle, CURLOPT_CONNECTTIMEOUT_MS, transfer.connectTimeoutMilliseconds)
        if let certificates = transfer.certificates { ccurl_set_text(handle, CURLOPT_CAINFO, certificates) }
        // A proxy would resolve the name by itself, out of our sight.
        if transfer.deniesPrivate { ccurl_set_text(handle, CURLOPT_NOPROXY, "*") }
        // Every encoding that this curl knows, decoded before its bytes are counted.
        if transfer.headers.value("accept-encoding") == nil { ccurl_set_text(handle, CURLOPT_ACCEPT_ENCODING, "") }
        // On a connection that turns out to be closed curl sends a request again by itself.
        if !transfer.method.isSafe { ccurl_set_number(handle, CURLOPT_FRESH_CONNECT, 1) }
        if transfer.method == .head {
            ccurl_set_number(handle, CURLOPT_NOBODY, 1)
        } else {
            ccurl_set_large_number(handle, CURLOPT_MAXFILESIZE_LARGE, curl_off_t(transfer.bodyMax))
        }
    }
}

/// What one transfer has brought so far, and why it was ended where it was ended from here.
final class TransferCourse {
    private(set) var head = AnswerHead()
    private(set) var body: [UInt8] = []
    private(set) var denied: NetworkAddress?
    private(set) var isHeadTooLarge = false
    private(set) var isBodyTooLarge = false
    private(set) var isStopped = false
    let bodyMax: Int
    private let deniesPrivate: Bool
    private let onProgress: (Int, Int?) -> Void
    private let asksToStop: () -> Bool
    private var shownSecond: Int64 = 0

    init(_ transfer: Transfer, onProgress: @escaping (Int, Int?) -> Void, isStopped: @escaping () -> Bool) {
        bodyMax = transfer.bodyMax
        deniesPrivate = transfer.deniesPrivate
        self.onProgress = onProgress
        asksToStop = isStopped
    }

    /// They hold this object without keeping it alive.
    var callbacks: ccurl_callbacks {
        ccurl_callbacks(
            context: Unmanaged.passUnretained(self).toOpaque(),
            body: { bytes, _, count, context in TransferCourse.of(context)?.takeBody(bytes, count) ?? 0 },
            head: { bytes, _, count, context in TransferCourse.of(context)?.takeHead(bytes, count) ?? 0 },
            progress: { context, expected, received, _, _ in
                TransferCourse.of(context)?.goOn(Int(received), of: Int(expected)) ?? 1
            },
            allows: { context, address in
                guard let address, let course = TransferCourse.of(context) else { return 0 }
                return course.allows(address) ? 1 : 0
            })
    }

    private static func of(_ context: UnsafeMutableRawPointer?) -> TransferCourse? {
        context.map { Unmanaged<TransferCourse>.fromOpaque($0).takeUnretainedValue() }
    }

    private func takeBody(_ bytes: UnsafeMutablePointer<CChar>?, _ count: Int) -> Int {
        guard body.count + count <= bodyMax else {
            isBodyTooLarge = true
            return 0
        }
        body.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: count))
        return count
    }

    private func takeHead(_ bytes: UnsafeMutablePointer<CChar>?, _ count: Int) -> Int {
        head.take(Array(UnsafeRawBufferPointer(start: bytes, count: count)))
        guard head.bytes <= AnswerHead.bytesMax else {
            isHeadTooLarge = true
            return 0
        }
        return count
    }

    private func goOn(_ received: Int, of expected: Int) -> Int32 {
        isStopped = asksToStop()
        let second = SystemClock.monotonicNanoseconds() / 1_000_000_000
        if received > 0, second != shownSecond {
            if shownSecond != 0 { onProgress(received, expected > 0 ? expected : nil) }
            shownSecond = second
        }
        return isStopped ? 1 : 0
    }

    private func allows(_ address: UnsafePointer<sockaddr>) -> Bool {
        guard deniesPrivate else { return true }
        guard let address = NetworkAddress(address) else { return false }
        if !address.isPublic { denied = address }
        return address.isPublic
    }
}
