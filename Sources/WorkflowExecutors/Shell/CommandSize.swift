import AttemptProtocol
import Glibc

/// What the kernel takes of a command's arguments and environment; measured before anything begins, so that what is too
/// large is named.
struct CommandSize {
    /// `MAX_ARG_STRLEN`, the NUL at its end included.
    static let textBytesMax = 131_072
    /// What all texts may have together never exceeds this, whatever the stack's limit.
    private static let allBytesMax = 6 << 20
    /// Kept free for what supervisor and kernel add: the script's path, `WORKFLOW_OUTPUT`, the program's own path.
    private static let reservedBytes = 16_384

    static let rule =
        "a variable has at most \(textBytesMax - 1) bytes with its name, and all of them with the arguments a quarter "
        + "of `ulimit -s`; write large values to a file, and hand over its path"

    let arguments: [String]
    let environment: [String: String]

    /// Why the kernel would refuse them; nil where it will not.
    func problem(stackLimit: Int? = Self.stackLimit()) -> String? {
        if let name = largestVariable, let bytes = size(of: name), bytes > Self.textBytesMax {
            return "the variable \(name) has \(bytes - 1) bytes with its name: \(Self.rule)"
        }
        if let argument = arguments.max(by: { $0.utf8.count < $1.utf8.count }),
            argument.utf8.count + 1 > Self.textBytesMax
        {
            return "an argument of the shell has \(argument.utf8.count) bytes: \(Self.rule)"
        }
        let texts = arguments.map { $0.utf8.count + 1 } + environment.keys.compactMap(size(of:))
        // A pointer for each stands beside it.
        let all = texts.reduce(0) { $0 + $1 + MemoryLayout<Int>.size }
        let limit = max(Self.textBytesMax, min((stackLimit ?? .max) / 4, Self.allBytesMax))
        guard all + Self.reservedBytes > limit, let name = largestVariable, let bytes = size(of: name) else {
            return nil
        }
        return "arguments and environment take \(all) bytes together, and \(limit - Self.reservedBytes) are to be "
            + "had; the largest is the variable \(name) with \(bytes - 1): \(Self.rule)"
    }

    private func size(of name: String) -> Int? { environment[name].map { name.utf8.count + $0.utf8.count + 2 } }

    private var largestVariable: String? {
        environment.keys.sorted().max { (size(of: $0) ?? 0) < (size(of: $1) ?? 0) }
    }

    /// Bytes; nil where there is no limit.
    private static func stackLimit() -> Int? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_STACK.rawValue), &limit) == 0, limit.rlim_cur != rlim_t.max else {
            return nil
        }
        return Int(clamping: limit.rlim_cur)
    }
}
