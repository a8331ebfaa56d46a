/// All built-in functions by name and call style.
enum FunctionTable {
    private static let functions: [Function] =
        SizeFunctions.all + ConversionFunctions.all + StringFunctions.all + StringEditing.all + TimeFunctions.all
        + ListFunctions.all + SetFunctions.all + MathFunctions.all + OptionalFunctions.all + EncodingFunctions.all
        + NetworkFunctions.all

    private static let globals: [String: Function] = Dictionary(
        uniqueKeysWithValues: functions.filter { !$0.isMethod }.map { ($0.name, $0) })

    private static let methods: [String: Function] = Dictionary(
        uniqueKeysWithValues: functions.filter(\.isMethod).map { ($0.name, $0) })

    static func function(_ name: String, isMethod: Bool) -> Function? {
        isMethod ? methods[name] : globals[name]
    }

    /// `math`, `optional` and the other words before the dot of a function's name.
    static let namespaces: Set<String> = Set(
        globals.keys.compactMap { name in name.lastIndex(of: ".").map { String(name[..<$0]) } })

    static let names: [String] = functions.map(\.name)
}
