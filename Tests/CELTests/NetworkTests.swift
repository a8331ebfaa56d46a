import CEL
import Testing

@Suite("Addresses and ranges of the Internet Protocol")
struct NetworkTests {
    @Test(
        "An address is written in its canonical form",
        arguments: [
            ("192.168.0.1", "192.168.0.1"), ("0.0.0.0", "0.0.0.0"), ("::", "::"), ("::1", "::1"), ("1::", "1::"),
            ("2001:DB8::68", "2001:db8::68"), ("2001:db8:0:0:0:0:0:1", "2001:db8::1"),
            ("1:0:0:2:0:0:0:3", "1:0:0:2::3"),
            ("1:0:0:2:3:0:0:4", "1::2:3:0:0:4"), ("1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"), ("::1.2.3.4", "::102:304"),
            ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"), ("0001:002::", "1:2::"),
            ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
            ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"),
        ])
    func canonical(text: String, written: String) throws {
        #expect(try evaluate("string(ip('\(text)'))") == .string(written))
        #expect(try evaluate("ip.isCanonical('\(text)')") == .bool(text == written))
        #expect(try evaluate("ip('\(written)') == ip('\(text)')") == .bool(true))
    }

    @Test(
        "What is no address is refused",
        arguments: [
            "", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.4 ", "1..3.4", "+1.2.3.4", "1.2.3.-4", ":", ":::",
            "1",
            "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4::5:6:7:8", "1::2::3", ":1::", "1::2:", "12345::", "g::",
            "fe80::1%en0",
            "::ffff:192.168.0.1", "1.2.3.4::", "::1.2.3.4:5", "2001:db8:::68", "1:2:3:4:5:6:7:1.2.3.4", "10.0.0.0/8",
            "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000",
        ])
    func noAddress(text: String) {
        FailingExpression("ip('\(text)')", .invalidArgument).check()
        FailingExpression("ip.isCanonical('\(text)')", .invalidArgument).check()
        #expect((try? evaluate("isIP('\(text)')")) == .bool(false))
    }

    @Test(
        "Kinds of addresses",
        arguments: [
            ["ip('10.0.0.1').family()", "4"], ["ip('::1').family()", "6"], ["ip('0.0.0.0').isUnspecified()", "true"],
            ["ip('::').isUnspecified()", "true"], ["ip('127.8.9.1').isLoopback()", "true"],
            ["ip('::1').isLoopback()", "true"],
            ["ip('::2').isLoopback()", "false"], ["ip('224.0.0.251').isLinkLocalMulticast()", "true"],
            ["ip('224.0.1.1').isLinkLocalMulticast()", "false"], ["ip('ff02::1').isLinkLocalMulticast()", "true"],
            ["ip('ff12::1').isLinkLocalMulticast()", "true"], ["ip('ff05::1').isLinkLocalMulticast()", "false"],
            ["ip('169.254.1.1').isLinkLocalUnicast()", "true"], ["ip('febf::1').isLinkLocalUnicast()", "true"],
            ["ip('fec0::1').isLinkLocalUnicast()", "false"], ["ip('10.0.0.1').isGlobalUnicast()", "true"],
            ["ip('255.255.255.255').isGlobalUnicast()", "false"], ["ip('239.1.1.1').isGlobalUnicast()", "false"],
            ["ip('::ffff:7f00:1').isLoopback()", "true"], ["type(ip('::1')) == net.IP", "true"],
            ["ip('::ffff:c0a8:1') == ip('192.168.0.1')", "true"], ["ip('::1') == '::1'", "false"],
            ["ip('::1') in [ip('0:0::1')]", "true"], ["optional.ofNonZeroValue(ip('::')).hasValue()", "true"],
            ["toJSON([ip('::1'), cidr('::/0')])", "'[\"::1\",\"::/0\"]'"], ["'%s'.format([ip('::1')])", "'::1'"],
        ] as [Equivalence])
    func kinds(_ pair: Equivalence) throws { try pair.check() }

    @Test(
        "Ranges",
        arguments: [
            ["cidr('10.0.0.0/8').containsIP('10.255.0.1')", "true"],
            ["cidr('10.0.0.0/8').containsIP(ip('11.0.0.1'))", "false"],
            ["cidr('0.0.0.0/0').containsIP('255.1.2.3')", "true"], ["cidr('0.0.0.0/0').containsIP('::1')", "false"],
            ["cidr('::/0').containsIP('ffff::1')", "true"], ["cidr('::/0').containsIP('1.2.3.4')", "false"],
            ["cidr('1.2.3.4/32').containsIP('1.2.3.4')", "true"], ["cidr('::1/128').containsIP('::2')", "false"],
            ["cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16')", "true"],
            ["cidr('10.0.0.0/8').containsCIDR('10.0.0.0/7')", "false"],
            ["cidr('10.0.0.0/8').containsCIDR(cidr('10.0.0.0/8'))", "true"],
            ["cidr('10.1.2.3/8').ip()", "ip('10.1.2.3')"],
            ["cidr('10.1.2.3/8').masked()", "cidr('10.0.0.0/8')"],
            ["cidr('10.1.2.3/8') == cidr('10.0.0.0/8')", "false"],
            ["cidr('2001:db8:ffff::/33').masked()", "cidr('2001:db8:8000::/33')"],
            ["cidr('10.0.0.0/8').isMask()", "true"],
            ["cidr('10.0.0.1/8').isMask()", "false"], ["cidr('::1/0').masked()", "cidr('::/0')"],
            ["cidr('10.0.0.0/8').prefixLength()", "8"], ["string(cidr('2001:DB8::/32'))", "'2001:db8::/32'"],
            ["isCIDR('10.0.0.1/8')", "true"], ["isCIDR('10.0.0.0')", "false"], ["isCIDR('10.0.0.0/33')", "false"],
            ["isCIDR('::/129')", "false"], ["isCIDR('::/08')", "false"], ["isCIDR('::/')", "false"],
            ["isCIDR('/8')", "false"],
            ["type(cidr('::/0')) == net.CIDR", "true"],
        ] as [Equivalence])
    func ranges(_ pair: Equivalence) throws { try pair.check() }

    @Test(
        "Misuse fails",
        arguments: [
            FailingExpression("ip(1)", .noSuchOverload), FailingExpression("isIP(cidr('::/0'))", .noSuchOverload),
            FailingExpression("cidr('192.168.0.0/')", .invalidArgument),
            FailingExpression("cidr('::ffff:1.2.3.4/24')", .invalidArgument),
            FailingExpression("cidr('fe80::1%en0/24')", .invalidArgument),
            FailingExpression("'::1'.family()", .noSuchOverload),
            FailingExpression("ip('::1').masked()", .noSuchOverload),
            FailingExpression("ip('::1') < ip('::2')", .noSuchOverload),
            FailingExpression("cidr('::/0').containsIP('x')", .invalidArgument),
            FailingExpression("cidr('::/0').containsIP(cidr('::/0'))", .noSuchOverload),
            FailingExpression("{ip('::1'): 1}", .unsupportedKey),
        ])
    func failures(_ item: FailingExpression) { item.check() }

    @Test("A host's variable may be called ip, too")
    func variable() throws {
        #expect(
            try evaluate("ip.name + string(ip('::1'))", ["ip": .map(CELMap([("name", .string("a"))]))])
                == .string("a::1"))
    }
}
