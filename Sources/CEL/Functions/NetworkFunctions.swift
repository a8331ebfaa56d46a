/// Addresses and ranges of the Internet Protocol: the network extension of the specification.
enum NetworkFunctions {
    static let all: [Function] = [
        .global("ip", 1, ip), .global("isIP", 1, isIP), .global("ip.isCanonical", 1, isCanonical),
        .global("cidr", 1, cidr), .global("isCIDR", 1, isCIDR),
        .method("family", 1, family), .method("isUnspecified", 1, isUnspecified), .method("isLoopback", 1, isLoopback),
        .method("isGlobalUnicast", 1, isGlobalUnicast), .method("isLinkLocalMulticast", 1, isLinkLocalMulticast),
        .method("isLinkLocalUnicast", 1, isLinkLocalUnicast),
        .method("containsIP", 2, containsIP), .method("containsCIDR", 2, containsCIDR),
        .method("ip", 1, networkAddress),
        .method("masked", 1, masked), .method("isMask", 1, isMask), .method("prefixLength", 1, prefixLength),
    ]

    // MARK: Addresses

    private static func ip(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        .address(try address(arguments.string(0)))
    }

    private static func isIP(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        .bool(IPAddress(try arguments.string(0)) != nil)
    }

    /// Whether an address is written as RFC 5952 writes it.
    private static func isCanonical(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        let text = try arguments.string(0)
        return .bool(CodePoints.areEqual(try address(text).text, text))
    }

    private static func family(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        .int(Int64(try address(arguments).family))
    }

    private static func isUnspecified(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        .bool(try address(arguments).isUnspecified)
    }

    private static func isLoopback(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        .bool(try address(arguments).isLoopback)
    }

    private static func isGlobalUnicast(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        .bool(try address(arguments).isGlobalUnicast)
    }

    private static func isLinkLocalMulticast(
        _ arguments: Arguments, _ meter: inout Meter
    ) throws(CELError) -> CELValue {
        .bool(try address(arguments).isLinkLocalMulticast)
    }

    private static func isLinkLocalUnicast(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        .bool(try address(arguments).isLinkLocalUnicast)
    }

    // MARK: Ranges

    private static func cidr(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        .network(try network(arguments.string(0)))
    }

    private static func isCIDR(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        .bool(IPNetwork(try arguments.string(0)) != nil)
    }

    private static func containsIP(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        let range = try network(arguments)
        switch arguments[1] {
        case .address(let other): return .bool(range.contains(other))
        case .string(let text): return .bool(range.contains(try address(text)))
        default: throw arguments.mismatch
        }
    }

    private static func containsCIDR(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        let range = try network(arguments)
        switch arguments[1] {
        case .network(let other): return .bool(range.contains(other))
        case .string(let text): return .bool(range.contains(try network(text)))
        default: throw arguments.mismatch
        }
    }

    private static func networkAddress(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        .address(try network(arguments).address)
    }

    private static func masked(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        .network(try network(arguments).masked)
    }

    /// Whether no bit is set behind those that all members share.
    private static func isMask(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        let range = try network(arguments)
        return .bool(range.masked == range)
    }

    private static func prefixLength(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        .int(Int64(try network(arguments).prefixLength))
    }

    // MARK: Arguments

    private static func address(_ arguments: Arguments) throws(CELError) -> IPAddress {
        guard case .address(let value) = arguments[0] else { throw arguments.mismatch }
        return value
    }

    private static func network(_ arguments: Arguments) throws(CELError) -> IPNetwork {
        guard case .network(let value) = arguments[0] else { throw arguments.mismatch }
        return value
    }

    private static func address(_ text: String) throws(CELError) -> IPAddress {
        guard let value = IPAddress(text) else {
            throw CELError(
                .invalidArgument,
                "'\(Excerpt.of(text))' is no IP address; write it like '192.168.0.1' or '2001:db8::1', without a zone")
        }
        return value
    }

    private static func network(_ text: String) throws(CELError) -> IPNetwork {
        guard let value = IPNetwork(text) else {
            throw CELError(
                .invalidArgument,
                "'\(Excerpt.of(text))' is no range of IP addresses; write it like '192.168.0.0/24' or '2001:db8::/32'")
        }
        return value
    }
}
