/// A here-document whose text begins behind the next line end.
struct HereDocument {
    var delimiter: [UInt8]
    /// A quoted delimiter: nothing in the text is expanded.
    var isQuoted: Bool
    /// `<<-`: leading tabs are removed.
    var stripsTabs: Bool
    var command: SimpleCommand
}

extension ShellLexer {
    /// The delimiter behind `<<` or `<<-`.
    func hereDocument(stripsTabs: Bool, of command: SimpleCommand) {
        skipBlanks()
        let word = word(.argument)
        mark(word.placeholders, .literal(.hereDocumentDelimiter))
        command.hasHereDocument = true
        pendingHereDocuments.append(
            HereDocument(delimiter: word.prefix, isQuoted: word.hasQuotes, stripsTabs: stripsTabs, command: command))
    }

    /// Reads the texts that begin here, at the beginning of a line.
    func hereDocumentTexts() {
        let documents = pendingHereDocuments
        pendingHereDocuments = []
        for document in documents {
            let (end, next) = endOfText(document)
            let first = passed
            if document.isQuoted {
                while position < end {
                    if isAtPlaceholder {
                        pass(.literal(.quotedHereDocument))
                    } else {
                        position += 1
                    }
                }
            } else {
                let outer = limit
                limit = end
                nested(expandedText)
                limit = outer
            }
            position = next
            mark(first..<passed, document.command.input)
        }
    }

    /// As in double quotes, but that `"` is text.
    private func expandedText() {
        while !atEnd {
            if isAtPlaceholder {
                pass(.safe)
            } else if isAt("\\") {
                position += 1
                if isAtPlaceholder {
                    pass(.literal(.backslash))
                } else {
                    position = min(position + 1, limit)
                }
            } else if isAt("$") {
                dollar(inDoubleQuotes: true)
            } else if isAt("`") {
                backticks()
            } else {
                position += 1
            }
        }
    }

    /// Where the text ends, and where the line behind its delimiter begins. Without a delimiter it goes on to the end.
    private func endOfText(_ document: HereDocument) -> (end: Int, next: Int) {
        var line = position
        var isContinued = false
        while line < limit {
            var end = line
            while end < limit, units[end] != 0x0A { end += 1 }
            var start = line
            if document.stripsTabs { while start < end, units[start] == 0x09 { start += 1 } }
            if !isContinued, units[start..<end].elementsEqual(document.delimiter.map(Int32.init)) {
                return (line, min(end + 1, limit))
            }
            // A line that ends in a backslash goes on in the next one, which then is no delimiter.
            let backslashes = units[line..<end].reversed().prefix { $0 == 0x5C }.count
            isContinued = !document.isQuoted && backslashes % 2 == 1
            line = end + 1
        }
        return (limit, limit)
    }
}
