import CEL

/// What to write instead. A hint closes the hole: what it proposes is no longer code, and no longer warned of.
enum Hint {
    /// `{}` of a remedy becomes the expression.
    static func filled(_ remedy: String, _ written: String) -> String {
        remedy.replacing("{}", with: written)
    }

    static func literal(_ place: Interpolation.LiteralPlace, _ site: InterpolationSite) -> String {
        switch place {
        case .singleQuotes, .escapedQuotes, .quotedHereDocument:
            // Double quotes would only move it from where it does nothing to where it is code.
            if case .code(let code) = site.answer.use { return filled(code.remedy, site.written) }
            if case .executes(_, let remedy) = site.answer.use, remedy != .number { return evaluated(remedy, site) }
        case .backslash, .hereDocumentDelimiter, .variableName, .backticks, .longComment, .tooDeep: break
        }
        switch place {
        case .singleQuotes, .escapedQuotes:
            return "write it in double quotes, or end the single ones before it: '…'\"\(site.written)\"'…'"
        case .quotedHereDocument:
            return "take the quotes off the delimiter, and write \\$ and \\` for those that are meant as text"
        case .backslash: return "take the backslash away, or write $${{ for the characters ${{"
        case .hereDocumentDelimiter: return "write the delimiter out"
        case .variableName: return "write the name out; case can choose between several"
        case .backticks: return "write $( … ) instead of the backticks"
        case .longComment: return "write it in one line, or take it out"
        case .tooDeep: return "divide the script"
        }
    }

    static func evaluated(_ remedy: Interpolation.Remedy, _ site: InterpolationSite) -> String {
        switch remedy {
        case .substitution: return "write $( … ) instead of the backticks"
        case .number:
            return "declare its type as integer or number, or convert it: ${{ int(\(site.expression.source)) }}"
        case .argument:
            return "hand it over as an argument, which the code reads: sh -c '… \"$1\" …' _ \"\(site.written)\""
        case .input:
            return "hand it over as an argument and quote the delimiter: bash -s -- \"\(site.written)\" <<'EOF', and "
                + "\"$1\" in the text"
        case .format: return "write printf '%s' \"\(site.written)\""
        case .variable:
            return "put it in a variable first, v=\"\(site.written)\", and write \"$v\" in single quotes here"
        case .name: return "write the name out; case can choose between several"
        case .quotes: return "write \"\(site.written)\""
        case .check: return "put it in a variable, check that with case, and use the variable"
        }
    }

    static func early(_ expansion: Interpolation.EarlyExpansion, _ site: InterpolationSite) -> String {
        switch expansion {
        case .braceRange: return "use seq, as in $(seq 1 \"\(site.written)\")"
        case .tilde: return "ask for the folder: \"$(getent passwd \"\(site.written)\" | cut -d: -f6)\""
        case .descriptor: return "let the shell choose the number: exec {fd}>file, then >&\"$fd\""
        case .assignment:
            return "write the name out; into a program's environment it goes with env \"\(site.written)=…\" program"
        }
    }
}
