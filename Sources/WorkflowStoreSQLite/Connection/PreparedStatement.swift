internal import GRDB
internal import GRDBSQLite

/// A value bound to a statement.
enum SQLValue {
    case null
    case integer(Int64)
    case text(String)
    /// Text that is UTF-8 bytes already.
    case utf8([UInt8])
    case blob([UInt8])

    static func optional(_ text: String?) -> SQLValue { text.map { .text($0) } ?? .null }
}

/// A statement of the hot path, prepared once and used through the C API on a connection of GRDB's.
///
/// For appends and for reading journals, where GRDB's bookkeeping per statement costs as much as the statement.
final class PreparedStatement {
    private let statement: OpaquePointer
    private let connection: OpaquePointer

    init(_ sql: String, on connection: OpaquePointer) throws(DatabaseError) {
        var statement: OpaquePointer?
        let code = sqlite3_prepare_v3(connection, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        guard code == SQLITE_OK, let statement else { throw DatabaseError(connection, code) }
        self.statement = statement
        self.connection = connection
    }

    deinit {
        sqlite3_finalize(statement)
    }

    /// Runs the statement for its effect.
    func run(_ values: SQLValue...) throws(DatabaseError) {
        try bind(values)
        defer { reset() }
        while try step() {}
    }

    /// Runs the statement and reads its first row.
    func first<Value>(
        _ values: SQLValue..., read: (PreparedStatement) throws(DatabaseError) -> Value
    ) throws(DatabaseError) -> Value? {
        try bind(values)
        defer { reset() }
        guard try step() else { return nil }
        let value = try read(self)
        while try step() {}
        return value
    }

    /// Runs the statement and reads every row.
    func all<Value>(
        _ values: SQLValue..., read: (PreparedStatement) throws(DatabaseError) -> Value
    ) throws(DatabaseError) -> [Value] {
        try bind(values)
        defer { reset() }
        var rows: [Value] = []
        while try step() { rows.append(try read(self)) }
        return rows
    }

    /// Runs the statement and shows each row to `look`, until that returns false.
    func each(
        _ values: SQLValue..., look: (PreparedStatement) throws(DatabaseError) -> Bool
    ) throws(DatabaseError) {
        try bind(values)
        defer { reset() }
        while try step() {
            guard try look(self) else { return }
        }
    }

    func integer(_ column: Int32) -> Int64 {
        sqlite3_column_int64(statement, column)
    }

    /// How many bytes a text or blob has.
    func count(_ column: Int32) -> Int {
        Int(sqlite3_column_bytes(statement, column))
    }

    /// The bytes of a text or blob; none for null.
    func bytes(_ column: Int32) -> [UInt8] {
        guard let start = sqlite3_column_blob(statement, column) else { return [] }
        let count = Int(sqlite3_column_bytes(statement, column))
        return Array(UnsafeRawBufferPointer(start: start, count: count))
    }

    func text(_ column: Int32) -> String {
        guard let start = sqlite3_column_blob(statement, column) else { return "" }
        let count = Int(sqlite3_column_bytes(statement, column))
        return String(decoding: UnsafeRawBufferPointer(start: start, count: count), as: UTF8.self)
    }

    private func step() throws(DatabaseError) -> Bool {
        switch sqlite3_step(statement) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw DatabaseError(connection, code)
        }
    }

    private func reset() {
        // The code is that of the step, which was reported already.
        _ = sqlite3_reset(statement)
        _ = sqlite3_clear_bindings(statement)
    }

    private func bind(_ values: [SQLValue]) throws(DatabaseError) {
        for (index, value) in values.enumerated() {
            let place = Int32(index + 1)
            let code: Int32
            switch value {
            case .null: code = sqlite3_bind_null(statement, place)
            case .integer(let number): code = sqlite3_bind_int64(statement, place, number)
            case .text(var text):
                code = text.withUTF8 { utf8 in
                    utf8.withMemoryRebound(to: CChar.self) { bytes in
                        // A nil start would bind null, and empty text may have one.
                        sqlite3_bind_text(
                            statement, place, bytes.baseAddress ?? emptyText, Int32(clamping: bytes.count), copied)
                    }
                }
            case .utf8(let utf8):
                code = utf8.withUnsafeBytes { bytes in
                    let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self) ?? emptyText
                    return sqlite3_bind_text(statement, place, start, Int32(clamping: bytes.count), copied)
                }
            case .blob(let blob):
                code = blob.withUnsafeBytes { bytes in
                    bytes.isEmpty
                        ? sqlite3_bind_zeroblob(statement, place, 0)
                        : sqlite3_bind_blob(
                            statement, place, bytes.baseAddress, Int32(clamping: bytes.count), copied)
                }
            }
            guard code == SQLITE_OK else { throw DatabaseError(connection, code) }
        }
    }
}

/// SQLite copies what is bound: `SQLITE_TRANSIENT`, which Swift cannot import.
private var copied: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }

/// Where a text of no bytes starts: anywhere but nowhere.
private var emptyText: UnsafePointer<CChar> { sqlite3_libversion() }

extension DatabaseError {
    /// The newest error of a connection.
    init(_ connection: OpaquePointer, _ code: Int32) {
        self.init(resultCode: ResultCode(rawValue: code), message: String(cString: sqlite3_errmsg(connection)))
    }
}
