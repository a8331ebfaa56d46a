internal import Glibc

/// The terminal behind a descriptor: its size, whether it is ours to draw on, and whether it echoes what is typed.
package struct TerminalDevice: Sendable {
    private let descriptor: Int32

    package init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    package var isTerminal: Bool { isatty(descriptor) == 1 }

    package var size: ScreenSize {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 else { return ScreenSize(columns: 0, rows: 0) }
        return ScreenSize(columns: Int(size.ws_col), rows: Int(size.ws_row))
    }

    /// False while this process stands in the background of a shell, or has no controlling terminal here.
    package var isInForeground: Bool { tcgetpgrp(descriptor) == getpgrp() }

    /// What is typed would move the cursor under a drawing: it is not shown meanwhile. Signal keys work as ever.
    ///
    /// To be called in the foreground. Returns how it was, for `restore`; nil where it cannot be changed.
    package func hideInput() -> SavedModes? {
        var modes = termios()
        guard tcgetattr(descriptor, &modes) == 0 else { return nil }
        let saved = SavedModes(localFlags: modes.c_lflag)
        modes.c_lflag &= ~tcflag_t(ECHO)
        return tcsetattr(descriptor, TCSANOW, &modes) == 0 ? saved : nil
    }

    package func restore(_ saved: SavedModes) {
        var modes = termios()
        guard tcgetattr(descriptor, &modes) == 0 else { return }
        modes.c_lflag = saved.localFlags
        _ = tcsetattr(descriptor, TCSANOW, &modes)
    }

    package struct SavedModes: Sendable {
        fileprivate let localFlags: tcflag_t
    }
}
