import CLibyaml

/// What the YAML scanner tells, one after another.
enum YAMLEvent {
    case streamStart
    case streamEnd
    case documentStart
    case documentEnd
    case alias(String)
    case scalar(YAMLScalar)
    case listStart(anchor: String?, tag: String?, isFlow: Bool)
    case listEnd
    case mapStart(anchor: String?, tag: String?, isFlow: Bool)
    case mapEnd
}

struct YAMLScalar {
    var text: String
    var anchor: String?
    /// As written and resolved against `%TAG`; nil where there was none.
    var tag: String?
    var style: Node.Style
}

/// Why the scanner stopped.
struct YAMLScanError: Error {
    var message: String
    /// Nil where `offset` says it.
    var position: Position?
    /// Where that begins which could not be read to its end.
    var begin: Position?
    /// In bytes.
    var offset: Int
}

/// A text as a sequence of YAML events.
///
/// These come from the system's libyaml, and not through the `compose` of Yams: that one recurses as deep as the
/// file nests, resolves scalars by YAML 1.1, expands aliases without a limit, and stops at two equal keys, naming the
/// first. libyaml itself keeps its state on the heap and refuses more than 1,000 levels.
final class YAMLEvents {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let file: Int

    /// The text must stay alive and in place as long as this reader is used.
    init(_ text: UnsafeBufferPointer<UInt8>, file: Int) {
        self.file = file
        parser = .allocate(capacity: 1)
        parser.initialize(to: yaml_parser_t())
        yaml_parser_initialize(parser)
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, text.baseAddress, text.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deinitialize(count: 1)
        parser.deallocate()
    }

    private static let endings = [
        "found unexpected end of stream", "could not find expected ':'", "did not find expected ',' or",
    ]

    func next() throws(YAMLScanError) -> (event: YAMLEvent, start: Position, end: Position) {
        var raw = yaml_event_t()
        guard yaml_parser_parse(parser, &raw) == 1 else { throw scanError() }
        defer { yaml_event_delete(&raw) }
        return (event(from: raw), position(raw.start_mark), position(raw.end_mark))
    }

    private func event(from raw: yaml_event_t) -> YAMLEvent {
        switch raw.type {
        case YAML_STREAM_START_EVENT: .streamStart
        case YAML_DOCUMENT_START_EVENT: .documentStart
        case YAML_DOCUMENT_END_EVENT: .documentEnd
        case YAML_ALIAS_EVENT: .alias(text(raw.data.alias.anchor) ?? "")
        case YAML_SCALAR_EVENT: .scalar(scalar(from: raw))
        case YAML_SEQUENCE_START_EVENT:
            .listStart(
                anchor: text(raw.data.sequence_start.anchor), tag: text(raw.data.sequence_start.tag),
                isFlow: raw.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE)
        case YAML_SEQUENCE_END_EVENT: .listEnd
        case YAML_MAPPING_START_EVENT:
            .mapStart(
                anchor: text(raw.data.mapping_start.anchor), tag: text(raw.data.mapping_start.tag),
                isFlow: raw.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE)
        case YAML_MAPPING_END_EVENT: .mapEnd
        // STREAM_END, and NO_EVENT, which libyaml gives when it is asked again after the end.
        default: .streamEnd
        }
    }

    private func scalar(from raw: yaml_event_t) -> YAMLScalar {
        let data = raw.data.scalar
        let bytes = UnsafeBufferPointer(start: data.value, count: data.length)
        let style: Node.Style =
            switch data.style {
            case YAML_SINGLE_QUOTED_SCALAR_STYLE, YAML_DOUBLE_QUOTED_SCALAR_STYLE: .quoted
            case YAML_LITERAL_SCALAR_STYLE, YAML_FOLDED_SCALAR_STYLE: .block
            default: .plain
            }
        return YAMLScalar(
            text: String(decoding: bytes, as: UTF8.self), anchor: text(data.anchor), tag: text(data.tag), style: style)
    }

    private func text(_ pointer: UnsafePointer<UInt8>?) -> String? {
        pointer.map { String(cString: $0) }
    }

    private func position(_ mark: yaml_mark_t) -> Position {
        Position(line: mark.line + 1, column: mark.column + 1, file: file)
    }

    private func scanError() -> YAMLScanError {
        let problem = parser.pointee.problem.map { String(cString: $0) } ?? "the YAML parser ran out of memory"
        guard parser.pointee.error != YAML_READER_ERROR else {
            return YAMLScanError(message: problem, position: nil, offset: parser.pointee.problem_offset)
        }
        let context = parser.pointee.context.map { " " + String(cString: $0) } ?? ""
        // The scanner notices at the end of the file, or lines below, that something has none.
        let lacksEnd = YAMLEvents.endings.contains(where: problem.hasPrefix)
        return YAMLScanError(
            message: problem + context, position: position(parser.pointee.problem_mark),
            begin: lacksEnd && !context.isEmpty ? position(parser.pointee.context_mark) : nil, offset: 0)
    }
}
