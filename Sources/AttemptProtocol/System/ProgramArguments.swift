internal import CSystem
internal import Glibc

/// What this program was started with, byte for byte; the first is its own name.
///
/// `CommandLine.arguments` replaces what is no UTF-8, and is empty where a preloaded library has changed the
/// environment.
package enum ProgramArguments {
    package static let bytes: [[UInt8]] = {
        guard let vector = csystem_arguments() else { return [] }
        return (0..<Int(csystem_argument_count())).compactMap { index in
            vector[index].map { text in (0..<strlen(text)).map { UInt8(bitPattern: text[$0]) } }
        }
    }()
}
