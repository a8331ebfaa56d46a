/// What a server said, whole.
struct HTTPAnswer: Equatable {
    var status: Int
    var headers: [HeaderField]
    var body: [UInt8]

    var isSuccess: Bool { (200...299).contains(status) }
    var type: String? { headers.value("content-type") }

    init(status: Int, headers: [HeaderField] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}
