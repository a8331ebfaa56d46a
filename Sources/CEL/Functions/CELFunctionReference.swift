/// What the built-in functions, methods and macros are for: one line each, for the reference of the language.
///
/// A test compares the names with those of the function table.
package enum CELFunctionReference {
    package struct Entry: Sendable {
        /// As in `CELExpression.knownFunctions`.
        package let name: String
        /// How it is called: one form, or several with two spaces between them.
        package let forms: String
        package let description: String

        fileprivate init(_ name: String, _ forms: String, _ description: String) {
            self.name = name
            self.forms = forms
            self.description = description
        }
    }

    package static let entries: [Entry] = [
        Entry(
            "size", "size(x)  x.size()",
            "How many characters a text has, how many elements a list, how many keys a map."),
        Entry("type", "type(x)", "The type of a value: int, string, list and so on."),
        Entry("dyn", "dyn(x)", "The value itself; for expressions written for other hosts of CEL."),
        Entry("bool", "bool(x)", "true or false from a text."),
        Entry(
            "int", "int(x)",
            "A whole number from a number, a text or a timestamp (seconds since 1970); fractions are cut off."),
        Entry("uint", "uint(x)", "A whole number from 0 up."),
        Entry("double", "double(x)", "A number with a fraction, from a number or a text."),
        Entry("string", "string(x)", "The text of a number, a boolean, a timestamp or a duration."),
        Entry("bytes", "bytes(x)", "The bytes of a text, in UTF-8."),
        Entry("duration", "duration(text)", "A length of time: duration(\"90s\"), duration(\"1h30m\")."),
        Entry("timestamp", "timestamp(text)", "An instant: timestamp(\"2026-02-02T10:00:00Z\")."),
        Entry("toJSON", "toJSON(x)", "A value as compact JSON."),
        Entry("fromJSON", "fromJSON(text)", "The value that a JSON text holds."),
        Entry("base64.encode", "base64.encode(bytes)", "Bytes as base64."),
        Entry("base64.decode", "base64.decode(text)", "The bytes of a base64 text."),
        Entry("range", "range(n)", "The list 0, 1, … n-1."),
        Entry("lists.range", "lists.range(n)", "The same as range(n)."),
        Entry("slice", "list.slice(from, to)", "The elements from a position, up to but not including another."),
        Entry("flatten", "list.flatten()  list.flatten(depth)", "A list of lists as one list."),
        Entry("distinct", "list.distinct()", "Each element once, where it comes first."),
        Entry("sort", "list.sort()", "The elements in order."),
        Entry("first", "list.first()", "The first element, as an optional: list.first().orValue(x)."),
        Entry("last", "list.last()", "The last element, as an optional."),
        Entry("math.greatest", "math.greatest(a, b, …)", "The greatest of its arguments, or of a list."),
        Entry("math.least", "math.least(a, b, …)", "The least of its arguments, or of a list."),
        Entry("math.ceil", "math.ceil(x)", "Rounded up."),
        Entry("math.floor", "math.floor(x)", "Rounded down."),
        Entry("math.round", "math.round(x)", "Rounded to the nearest whole number, halves away from zero."),
        Entry("math.trunc", "math.trunc(x)", "Without its fraction."),
        Entry("math.abs", "math.abs(x)", "Without its sign."),
        Entry("math.sign", "math.sign(x)", "-1, 0 or 1."),
        Entry("math.isNaN", "math.isNaN(x)", "Whether it is no number."),
        Entry("math.isInf", "math.isInf(x)", "Whether it is infinite."),
        Entry("math.isFinite", "math.isFinite(x)", "Whether it is a number and finite."),
        Entry("math.sqrt", "math.sqrt(x)", "The square root."),
        Entry("math.bitAnd", "math.bitAnd(a, b)", "The bits that both have."),
        Entry("math.bitOr", "math.bitOr(a, b)", "The bits that one of them has."),
        Entry("math.bitXor", "math.bitXor(a, b)", "The bits that just one of them has."),
        Entry("math.bitNot", "math.bitNot(a)", "All bits turned."),
        Entry("math.bitShiftLeft", "math.bitShiftLeft(a, n)", "The bits moved up by n places."),
        Entry("math.bitShiftRight", "math.bitShiftRight(a, n)", "The bits moved down by n places."),
        Entry("ip", "ip(text)  cidr.ip()", "An IP address; of a network its address."),
        Entry("isIP", "isIP(text)", "Whether a text is an IP address."),
        Entry("ip.isCanonical", "ip.isCanonical(text)", "Whether an IP address is written in its one canonical form."),
        Entry("cidr", "cidr(text)", "A network: cidr(\"10.0.0.0/8\")."),
        Entry("isCIDR", "isCIDR(text)", "Whether a text is a network."),
        Entry("family", "ip.family()", "4 or 6."),
        Entry("isUnspecified", "ip.isUnspecified()", "Whether it is 0.0.0.0 or ::."),
        Entry("isLoopback", "ip.isLoopback()", "Whether it is an address of this machine only."),
        Entry("isGlobalUnicast", "ip.isGlobalUnicast()", "Whether it is a global unicast address."),
        Entry("isLinkLocalMulticast", "ip.isLinkLocalMulticast()", "Whether it is a link-local multicast address."),
        Entry("isLinkLocalUnicast", "ip.isLinkLocalUnicast()", "Whether it is a link-local unicast address."),
        Entry("containsIP", "cidr.containsIP(ip)", "Whether an address lies in the network."),
        Entry("containsCIDR", "cidr.containsCIDR(other)", "Whether a network lies in the network."),
        Entry("masked", "cidr.masked()", "The network with the bits behind its prefix cleared."),
        Entry("isMask", "ip.isMask()", "Whether an address is the mask of a network."),
        Entry("prefixLength", "cidr.prefixLength()", "The number behind the slash."),
        Entry("optional.of", "optional.of(x)", "An optional that has a value."),
        Entry(
            "optional.ofNonZeroValue", "optional.ofNonZeroValue(x)",
            "An optional that has a value unless it is 0, empty or false."),
        Entry("optional.none", "optional.none()", "An optional that has none."),
        Entry("optional.unwrap", "optional.unwrap(list)", "The values of those optionals of a list that have one."),
        Entry("unwrapOpt", "list.unwrapOpt()", "The same as a method."),
        Entry("hasValue", "optional.hasValue()", "Whether an optional has a value."),
        Entry("value", "optional.value()", "The value of an optional; an error where it has none."),
        Entry("or", "optional.or(other)", "The optional, or another one where it has no value."),
        Entry("orValue", "optional.orValue(x)", "The value of an optional, or x: params[?\"name\"].orValue(\"none\")."),
        Entry("optMap", "optional.optMap(x, expression)", "An optional of what the expression gives for its value."),
        Entry("optFlatMap", "optional.optFlatMap(x, expression)", "The same for an expression that gives an optional."),
        Entry("sets.contains", "sets.contains(a, b)", "Whether list a has all elements of list b."),
        Entry("sets.equivalent", "sets.equivalent(a, b)", "Whether two lists have the same elements."),
        Entry("sets.intersects", "sets.intersects(a, b)", "Whether two lists have an element in common."),
        Entry("lowerAscii", "text.lowerAscii()", "With small letters for A to Z."),
        Entry("upperAscii", "text.upperAscii()", "With capitals for a to z."),
        Entry("trim", "text.trim()", "Without white space around it."),
        Entry("reverse", "text.reverse()  list.reverse()", "Backwards."),
        Entry(
            "substring", "text.substring(from)  text.substring(from, to)",
            "A part of a text, by character positions from 0."),
        Entry(
            "replace", "text.replace(old, new)  text.replace(old, new, n)",
            "With one text in place of another, n times at most."),
        Entry("split", "text.split(separator)  text.split(separator, n)", "The parts between separators, as a list."),
        Entry("join", "list.join()  list.join(separator)", "A list of texts as one text."),
        Entry("format", "text.format([a, b])", "Values in place of %s, %d, %f and the like."),
        Entry("strings.quote", "strings.quote(text)", "A text in double quotes, with escapes."),
        Entry("contains", "text.contains(part)", "Whether a text has another in it."),
        Entry("startsWith", "text.startsWith(part)", "Whether a text begins with another."),
        Entry("endsWith", "text.endsWith(part)", "Whether a text ends with another."),
        Entry("matches", "text.matches(pattern)", "Whether an RE2 pattern is found in a text; anchor it with ^ and $."),
        Entry("charAt", "text.charAt(n)", "The character at a position from 0."),
        Entry(
            "indexOf", "text.indexOf(part)  text.indexOf(part, from)",
            "Where a text is found first; -1 where it is not."),
        Entry(
            "lastIndexOf", "text.lastIndexOf(part)  text.lastIndexOf(part, from)",
            "Where a text is found last; -1 where it is not."),
        Entry(
            "getFullYear", "time.getFullYear()  time.getFullYear(zone)",
            "The year; in UTC, or in a zone such as \"Europe/Berlin\"."),
        Entry(
            "getMonth", "time.getMonth()  time.getMonth(zone)",
            "The month, from 0; in UTC, or in a zone such as \"Europe/Berlin\"."),
        Entry(
            "getDate", "time.getDate()  time.getDate(zone)",
            "The day of the month, from 1; in UTC, or in a zone such as \"Europe/Berlin\"."),
        Entry(
            "getDayOfMonth", "time.getDayOfMonth()  time.getDayOfMonth(zone)",
            "The day of the month, from 0; in UTC, or in a zone such as \"Europe/Berlin\"."),
        Entry(
            "getDayOfWeek", "time.getDayOfWeek()  time.getDayOfWeek(zone)",
            "The day of the week, from 0 for Sunday; in UTC, or in a zone such as \"Europe/Berlin\"."),
        Entry(
            "getDayOfYear", "time.getDayOfYear()  time.getDayOfYear(zone)",
            "The day of the year, from 0; in UTC, or in a zone such as \"Europe/Berlin\"."),
        Entry(
            "getHours", "time.getHours()  time.getHours(zone)",
            "The hour; of a duration, all of it in hours; in UTC, or in a zone such as \"Europe/Berlin\"."),
        Entry(
            "getMinutes", "time.getMinutes()  time.getMinutes(zone)",
            "The minute; of a duration, all of it in minutes; in UTC, or in a zone such as \"Europe/Berlin\"."),
        Entry(
            "getSeconds", "time.getSeconds()  time.getSeconds(zone)",
            "The second; of a duration, all of it in seconds; in UTC, or in a zone such as \"Europe/Berlin\"."),
        Entry(
            "getMilliseconds", "time.getMilliseconds()  time.getMilliseconds(zone)",
            "The milliseconds within the second; in UTC, or in a zone such as \"Europe/Berlin\"."),
        Entry("has", "has(x.name)", "Whether a map has a key."),
        Entry("all", "list.all(x, condition)", "Whether a condition holds for every element."),
        Entry("exists", "list.exists(x, condition)", "Whether a condition holds for an element."),
        Entry("exists_one", "list.exists_one(x, condition)", "Whether a condition holds for just one element."),
        Entry("existsOne", "list.existsOne(x, condition)", "The same as exists_one."),
        Entry(
            "map", "list.map(x, expression)  list.map(x, condition, expression)",
            "What an expression gives for each element."),
        Entry("filter", "list.filter(x, condition)", "The elements for which a condition holds."),
        Entry(
            "transformList", "list.transformList(i, x, expression)",
            "What an expression gives for each position and element."),
        Entry("transformMap", "map.transformMap(k, v, expression)", "The same keys with other values."),
        Entry("transformMapEntry", "map.transformMapEntry(k, v, {key: value})", "Another map, entry by entry."),
        Entry(
            "sortBy", "list.sortBy(x, expression)",
            "The elements in the order of what an expression gives for them."),
        Entry(
            "cel.bind", "cel.bind(name, value, expression)",
            "An expression with a name for a value that it needs more than once."),
    ]
}
