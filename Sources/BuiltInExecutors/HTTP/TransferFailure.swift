import CCurl

/// Why no whole answer came.
struct TransferFailure: Error {
    /// `dns`, `connect`, …
    var code: String
    var message: String
    /// Whether another time may end otherwise.
    var isTransient: Bool
    /// Whether a part of the request may have reached the server.
    var isSent: Bool
    /// Of an answer whose head came; 0 without one.
    var status: Int

    static let outOfMemory = TransferFailure(
        code: HTTPFailureCode.ownFault.rawValue, message: "no memory is left for the request's headers",
        isTransient: true, isSent: false,
        status: 0)
}

extension TransferFailure {
    /// - Parameters:
    ///   - said: curl's words; they name hosts and never users, passwords or queries.
    ///   - isSent: whether curl was about to send.
    init(code: CURLcode, said: String, course: TransferCourse, isSent: Bool, status: Int) {
        self.isSent = isSent
        self.status = status
        let said = DisplayText.line(said)
        if let denied = course.denied, code == CURLE_COULDNT_CONNECT {
            (self.code, isTransient) = (HTTPFailureCode.privateAddress.rawValue, false)
            message = "the address \(denied.text) is not one of the public Internet, which deny_private: true asks for"
        } else if course.isStopped {
            (self.code, isTransient) = ("cancelled", true)
            message = "ended by a signal"
        } else if course.isHeadTooLarge {
            (self.code, isTransient) = (HTTPFailureCode.tooLarge.rawValue, false)
            message = "the answer has more than \(DisplayText.size(AnswerHead.bytesMax)) of headers, which is the limit"
        } else if course.isBodyTooLarge || code == CURLE_FILESIZE_EXCEEDED {
            (self.code, isTransient) = (HTTPFailureCode.tooLarge.rawValue, false)
            message =
                "the body is larger than max_body (\(DisplayText.size(course.bodyMax))); raise it, or ask for less"
        } else {
            (self.code, isTransient) = TransferFailure.meaning(of: code)
            message = "\(said)\(TransferFailure.move(code))"
        }
    }

    /// The failure's code for one of curl's, and whether it may pass.
    static func meaning(of code: CURLcode) -> (code: String, isTransient: Bool) {
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: (HTTPFailureCode.dns.rawValue, true)
        case CURLE_COULDNT_CONNECT: (HTTPFailureCode.connect.rawValue, true)
        case CURLE_OPERATION_TIMEDOUT: ("timeout", true)
        case CURLE_SSL_CONNECT_ERROR: (HTTPFailureCode.tls.rawValue, true)
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
            (HTTPFailureCode.tls.rawValue, false)
        case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE:
            (HTTPFailureCode.connectionLost.rawValue, true)
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING, CURLE_HTTP2,
            CURLE_HTTP2_STREAM:
            (HTTPFailureCode.badResponse.rawValue, true)
        case CURLE_URL_MALFORMAT: (HTTPFailureCode.invalidRequest.rawValue, false)
        default: ("curl_\(code.rawValue)", true)
        }
    }

    private static func move(_ code: CURLcode) -> String {
        switch code {
        case CURLE_PEER_FAILED_VERIFICATION:
            "; where the server's certificate is of an authority of your own, name its file with ca"
        case CURLE_SSL_CACERT_BADFILE: "; install the package ca-certificates, or name a file of authorities with ca"
        default: ""
        }
    }
}
