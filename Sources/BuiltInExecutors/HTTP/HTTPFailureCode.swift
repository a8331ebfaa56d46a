/// The codes of failures that are this executor's own. `timeout` and `cancelled` are those of every step, `http_STATUS`
/// has the status that was not expected, and `curl_N` libcurl's error, for which there is no word here.
enum HTTPFailureCode: String {
    case invalidRequest = "invalid_request"
    case dns, connect, tls
    case privateAddress = "private_address"
    case connectionLost = "connection_lost"
    case badResponse = "bad_response"
    case tooLarge = "too_large"
    case redirectLimit = "redirect_limit"
    case redirectRefused = "redirect_refused"
    case rateLimit = "rate_limit"
    case expectFailed = "expect_failed"
    case pollLimit = "poll_limit"
    /// Of the machine that it runs on: no memory, no disk.
    case ownFault = "internal"
}
