import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Where figures go: as text each at once, as JSON all of them at the end.
final class Report: Sendable {
    private let format: ReportFormat
    private let all = Mutex<[Figure]>([])

    init(format: ReportFormat) {
        self.format = format
    }

    var figures: [Figure] { all.withLock { $0 } }

    func begin(_ measurement: Measurement) {
        if format == .text { show("\(measurement.rawValue): minimum, median, maximum") }
        note("measuring \(measurement.rawValue)")
    }

    func add(_ figures: Figure...) { add(figures) }

    func add(_ figures: [Figure]) {
        if format == .text { for figure in figures { show(figure.line) } }
        all.withLock { $0 += figures }
    }

    /// At once, also where the output is a file or a pipe.
    private func show(_ line: String) {
        print(line)
        fflush(nil)
    }

    /// On standard error.
    func note(_ text: String) {
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }
}
