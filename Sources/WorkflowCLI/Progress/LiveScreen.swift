internal import Dispatch
internal import Synchronization
internal import Terminal
internal import WorkflowViews

/// The part of a terminal that is redrawn in place, and the lines that are printed above it meanwhile.
///
/// Lines for the stream go above the drawing while it stands. In the background of a shell nothing is drawn; back in
/// the foreground the drawing begins anew beneath whatever stands there.
final class LiveScreen: Sendable {
    fileprivate struct State {
        var frame: Frame?
        var notes: [String] = []
        /// Beyond those that are kept.
        var leftOutNotes = 0
        var savedModes: TerminalDevice.SavedModes?
        var continuations = 0
        var settling = SizeSettling()
    }

    /// Lines that wait while the terminal takes nothing.
    private static let notesMax = 1000

    private let stream: ByteStream
    private let device: TerminalDevice
    private let painter: Painter
    private let state: Mutex<State>

    init(_ stream: ByteStream, _ traits: TerminalTraits) {
        self.stream = stream
        device = TerminalDevice(descriptor: stream.descriptor)
        painter = Painter(palette: traits.palette)
        state = Mutex(State(continuations: SignalWatch.continuations))
    }

    var size: ScreenSize { device.size }

    /// Something is to be printed above the drawing, or the drawing does not stand as it was drawn.
    var isDisturbed: Bool {
        let size = device.size
        return state.withLock { state in
            !state.notes.isEmpty || state.continuations != SignalWatch.continuations
                || state.frame.map { $0.size != size } ?? false
        }
    }

    /// Takes the lines of the stream, until `close`.
    func open() {
        let keepsColours = stream.isTerminal
        stream.lead { [weak self] line in
            self?.state.withLock { state in
                guard state.notes.count < Self.notesMax else {
                    state.leftOutNotes += 1
                    return
                }
                state.notes.append(SafeText.lines(line, keepsColours: keepsColours))
            }
        }
    }

    /// Brings the drawing up to date. While the terminal takes nothing, nothing is drawn: what has changed by then is
    /// drawn when it does. While its size changes nothing is drawn either, and the drawing stays disturbed.
    func show(_ frame: Frame) {
        guard !stream.isBusy || stream.flush(within: .milliseconds(50)) else { return }
        guard device.isInForeground else {
            forgetDrawing()
            return
        }
        let bytes = state.withLock { state -> [UInt8] in
            // Since then a shell has had the screen.
            if state.continuations != SignalWatch.continuations {
                state.continuations = SignalWatch.continuations
                state.frame = nil
                state.savedModes = nil
            }
            guard state.settling.isSettled(frame.size, drawn: state.frame?.size) else { return [] }
            if state.savedModes == nil { state.savedModes = device.hideInput() }
            let bytes = painter.bytes(from: state.frame, notes: state.takeNotes(), to: frame)
            state.frame = frame
            return bytes
        }
        if !bytes.isEmpty { stream.write(bytes) }
    }

    /// Leaves the last drawing as it stands, beneath it an empty row; the stream's lines are written again.
    func close() {
        stream.lead(linesTo: nil)
        let (notes, modes) = state.withLock { state in
            defer { state = State() }
            return (state.takeNotes(), state.savedModes)
        }
        if let modes, device.isInForeground { device.restore(modes) }
        for note in notes { stream.line(note) }
    }

    /// The screen is a shell's; lines are printed as they come.
    private func forgetDrawing() {
        let notes = state.withLock { state in
            state.frame = nil
            state.savedModes = nil
            return state.takeNotes()
        }
        for note in notes { stream.write(Array((note + "\n").utf8)) }
    }
}

extension LiveScreen.State {
    fileprivate mutating func takeNotes() -> [String] {
        defer {
            notes = []
            leftOutNotes = 0
        }
        return leftOutNotes == 0
            ? notes
            : notes + [
                "(\(Counted.text(leftOutNotes, "line is", "lines are")) left out here: nothing was read for too long)"
            ]
    }
}
