import CEL
import Testing

@Suite("Conversions")
struct ConversionTests {
    @Test(
        "Between types",
        arguments: [
            ["int('-42')", "-42"], ["int(42u)", "42"], ["int(-3.99)", "-3"],
            ["int(timestamp('1970-01-01T00:01:00.9Z'))", "60"],
            ["uint('42')", "42u"], ["uint(3.99)", "3u"], ["uint(7)", "7u"], ["double('1.5e3')", "1500.0"],
            ["double('-.5')", "-0.5"],
            ["double('inf')", "1.0/0.0"], ["double('-Infinity')", "-1.0/0.0"], ["string(double('NaN'))", "'NaN'"],
            ["double(1)", "1.0"],
            ["string(1)", "'1'"], ["string(1u)", "'1'"], ["string(1.0)", "'1'"], ["string(0.1)", "'0.1'"],
            ["string(1e300)", "'1e+300'"],
            ["string(1000000.0)", "'1000000'"], ["string(true)", "'true'"], ["string(b'\\xf0\\x9f\\xa4\\xaa')", "'🤪'"],
            ["string(duration('1m1ms'))", "'60.001s'"], ["string(duration('-1ns'))", "'-0.000000001s'"],
            ["string(duration('0'))", "'0s'"],
            ["string(timestamp('2023-08-26T12:39:00-07:00'))", "'2023-08-26T19:39:00Z'"],
            ["string(timestamp('2023-08-26T12:39:00.120Z'))", "'2023-08-26T12:39:00.12Z'"],
            ["bytes('é')", "b'\\xc3\\xa9'"], ["bool('true')", "true"], ["bool('F')", "false"],
            ["type(type(1))", "type"], ["type(null)", "null_type"],
            ["type(timestamp(0))", "google.protobuf.Timestamp"], ["type(duration('0'))", "google.protobuf.Duration"],
            ["dyn([1])", "[1]"],
            ["type(int) == type(string)", "true"], ["type({})", "map"], ["type(b'')", "bytes"],
            ["type(1.0)", "double"],
            ["base64.encode(b'hello')", "'aGVsbG8='"], ["base64.decode('aGVsbG8=')", "b'hello'"],
            ["base64.decode('aGVsbG8')", "b'hello'"],
            ["base64.encode(b'')", "''"], ["base64.decode(base64.encode(b'\\x00\\xff\\xfe'))", "b'\\x00\\xff\\xfe'"],
            ["google.protobuf.Int32Value{value: 5}", "5"], ["google.protobuf.StringValue{}", "''"],
            ["google.protobuf.Value{number_value: 1}", "1.0"],
            ["google.protobuf.Struct{fields: {'a': 1}}.a", "1"],
            ["google.protobuf.Duration{seconds: 1, nanos: 5}", "duration('1.000000005s')"],
            ["google.protobuf.Timestamp{seconds: 60}", "timestamp(60)"], ["google.protobuf.Value{}", "null"],
            ["google.protobuf.BoolValue{?value: optional.none()}", "false"],
        ] as [Equivalence])
    func conversions(_ pair: Equivalence) throws { try pair.check() }

    @Test(
        "A conversion that would lose something fails",
        arguments: [
            FailingExpression("int('a')", .invalidArgument), FailingExpression("int(' 1')", .invalidArgument),
            FailingExpression("int('0x1')", .invalidArgument),
            FailingExpression("int('9223372036854775808')", .invalidArgument),
            FailingExpression("int(1e99)", .overflow), FailingExpression("int(0.0/0.0)", .overflow),
            FailingExpression("int(9223372036854775807.0)", .overflow),
            FailingExpression("int(9223372036854775808u)", .overflow),
            FailingExpression("uint(-1)", .overflow), FailingExpression("uint(-1.0)", .overflow),
            FailingExpression("uint('-1')", .invalidArgument),
            FailingExpression("double('')", .invalidArgument), FailingExpression("double('0x1p3')", .invalidArgument),
            FailingExpression("double('1e999')", .invalidArgument),
            FailingExpression("bool('yes')", .invalidArgument), FailingExpression("bool(1)", .noSuchOverload),
            FailingExpression("string([1])", .noSuchOverload),
            FailingExpression("string(b'\\xff')", .invalidArgument), FailingExpression("bytes(1)", .noSuchOverload),
            FailingExpression("int()", .noSuchOverload),
            FailingExpression("int(1, 2)", .noSuchOverload), FailingExpression("duration('1')", .invalidArgument),
            FailingExpression("duration('')", .invalidArgument),
            FailingExpression("duration('1d')", .invalidArgument), FailingExpression("duration('-')", .invalidArgument),
            FailingExpression("duration('.s')", .invalidArgument),
            FailingExpression("duration('9999999999h')", .overflow),
            FailingExpression("timestamp('2023-13-01T00:00:00Z')", .invalidArgument),
            FailingExpression("timestamp('2023-02-29T00:00:00Z')", .invalidArgument),
            FailingExpression("timestamp('2023-01-01')", .invalidArgument),
            FailingExpression("timestamp('2023-01-01T00:00:00')", .invalidArgument),
            FailingExpression("timestamp('2023-01-01T24:00:00Z')", .invalidArgument),
            FailingExpression("timestamp('0001-01-01T00:00:00+01:00')", .overflow),
            FailingExpression("timestamp(253402300800)", .overflow),
            FailingExpression("base64.decode('a')", .invalidArgument),
            FailingExpression("base64.decode('a!==')", .invalidArgument),
            FailingExpression("google.protobuf.Int32Value{value: 2147483648}", .overflow),
            FailingExpression("google.protobuf.Int32Value{x: 1}", .noSuchKey),
            FailingExpression("Unknown{a: 1}", .undeclaredReference),
            FailingExpression("google.protobuf.Struct{fields: {1: 2}}", .unsupportedKey),
            FailingExpression("google.protobuf.BoolValue{value: 1}", .noSuchOverload),
        ])
    func failures(_ item: FailingExpression) { item.check() }

    @Test(
        "Durations",
        arguments: [
            ("1h30m", 5_400_000_000_000), ("-1.5h", -5_400_000_000_000), ("1h34us", 3_600_000_034_000),
            ("100ms", 100_000_000), ("0", 0), ("+5s", 5_000_000_000),
            ("-23.4s", -23_400_000_000), (".5s", 500_000_000), ("1.s", 1_000_000_000), ("1.0000000019s", 1_000_000_001),
            ("1µs", 1_000), ("1μs", 1_000),
            ("9223372036854775807ns", Int64.max), ("-9223372036854775808ns", Int64.min), ("0.000000000001h", 3),
            ("1m1m", 120_000_000_000),
        ])
    func durations(text: String, nanoseconds: Int64) throws {
        #expect(try CELDuration(parsing: text).nanoseconds == nanoseconds)
    }
}
