internal import Dispatch
internal import Glibc

/// The end of the process: not before what it said is read, as far as somebody reads.
enum Leaving {
    /// Without progress for so long, what waits is given up.
    private static let patience = DispatchTimeInterval.seconds(3)

    /// Ends the process with what the command came to, or with 74 where its data was lost.
    ///
    /// - Parameter isLook: the data was all that the command was for. A run's own status says more than that its
    ///   document was lost, unless all is well.
    static func leave(_ status: ExitStatus, _ output: ByteStream, isLook: Bool) -> Never {
        giveUpOnlyWhenAsked(output)
        let isLost = output.hasLost && (isLook || status == .completed)
        leave(isLost ? .inputOutput : status)
    }

    static func leave(_ status: ExitStatus) -> Never {
        ByteStream.output.flushAnyway(within: patience)
        ByteStream.error.flushAnyway(within: patience)
        exit(status.rawValue)
    }

    /// Data waits for its reader, as `cat` would; a signal ends the waiting.
    private static func giveUpOnlyWhenAsked(_ output: ByteStream) {
        while !SignalWatch.hasBeenAsked, !output.flushAnyway(within: .milliseconds(200)) {}
    }
}
