import AttemptProtocol
import Glibc
import Hashing

/// Copies the files of `artifact` events beside the attempt's log, a piece at a time: neither the command's output nor
/// its limits of time wait for a large file.
///
/// ```
/// logs/RUN/STEP.1.log            the log
/// logs/RUN/STEP.1.artifacts/NAME a file of attempt 1: written as .NAME.part, synced, then renamed
/// logs/RUN/artifact-sizes        8 bytes for each reservation, little-endian; the sum is what the run keeps
/// ```
///
/// The reservations are appended, so that supervisors of one run need no lock, which a stopped one would hold. What a
/// crash takes back too late counts as kept.
struct ArtifactCopies: ~Copyable {
    private static let pieceBytes = 4 << 20

    /// What became of one.
    struct Finished {
        let result: Result<ArtifactEvent, EventProblem>
        let reply: String?
    }

    private struct Wanted {
        let artifact: ArtifactEvent
        let reply: String?
    }

    private struct Copy: ~Copyable {
        let artifact: ArtifactEvent
        let source: Descriptor
        let folder: Descriptor
        let target: Descriptor
        let reservedBytes: Int64
        var hash = SHA256()
        var bytes: Int64 = 0

        var draft: String { ArtifactCopies.draft(of: artifact.name) }
    }

    private let logPath: String
    private let workingDirectory: String
    private var wanted: [Wanted] = []
    private var current: Copy?

    init(_ specification: LaunchSpecification) {
        logPath = specification.logPath
        workingDirectory = specification.workingDirectory
    }

    var isEmpty: Bool { wanted.isEmpty }

    mutating func add(_ artifact: ArtifactEvent, reply: String?) {
        wanted.append(Wanted(artifact: artifact, reply: reply))
    }

    /// Begins or goes on with the oldest one. Returns it when it is kept or refused.
    mutating func work() -> Finished? {
        guard let first = wanted.first else { return nil }
        let result: Result<ArtifactEvent, EventProblem>
        do throws(EventProblem) {
            var copy =
                if let current = current.take() { current } else { try begin(first.artifact) }
            do throws(EventProblem) {
                guard try Self.copyPiece(&copy) else {
                    current = consume copy
                    return nil
                }
                result = .success(try Self.finish(copy))
            } catch {
                _ = unlinkat(copy.folder.number, copy.draft, 0)
                _ = try? reserve(-copy.reservedBytes)
                throw error
            }
        } catch {
            result = .failure(error)
        }
        wanted.removeFirst()
        return Finished(result: result, reply: first.reply)
    }

    /// Gives up all that are not copied yet.
    mutating func refuseRest() -> [Finished] {
        if let copy = current.take() {
            _ = unlinkat(copy.folder.number, copy.draft, 0)
            _ = try? reserve(-copy.reservedBytes)
        }
        defer { wanted.removeAll() }
        return wanted.map { wanted in
            Finished(
                result: .failure(
                    Self.problem(
                        wanted.artifact,
                        "the step ended before its file was copied; let the step wait for the reply")),
                reply: wanted.reply)
        }
    }

    private func begin(_ artifact: ArtifactEvent) throws(EventProblem) -> Copy {
        let path =
            artifact.path.utf8.first == UInt8(ascii: "/") ? artifact.path : "\(workingDirectory)/\(artifact.path)"
        // Without O_NONBLOCK a named pipe in its place would hold us up for ever.
        let source = try Self.asking(artifact) { () throws(SystemError) in
            try Descriptor.open(path, O_RDONLY | O_NONBLOCK)
        }
        let status = try Self.asking(artifact) { () throws(SystemError) in try source.status(path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw Self.problem(artifact, "\(path) is no regular file; put what is to be kept into one")
        }
        let size = Int64(status.st_size)
        guard size <= EventLimits.artifactBytesMax else { throw Self.tooLarge(artifact) }
        let folder = try Self.asking(artifact) { () throws(SystemError) in try openFolder() }
        guard faccessat(folder.number, artifact.name, F_OK, AT_SYMLINK_NOFOLLOW) != 0 else {
            throw Self.problem(artifact, "this attempt keeps one of that name already; use another name")
        }
        guard
            try Self.asking(artifact, { () throws(SystemError) in try reserve(size) })
                <= EventLimits.runArtifactBytesMax
        else {
            _ = try? reserve(-size)
            throw Self.problem(
                artifact,
                "the artifacts of a run may have \(EventLimits.runArtifactBytesMax) bytes together; keep less, or "
                    + "elsewhere")
        }
        do throws(SystemError) {
            let target = try Descriptor.open(
                Self.draft(of: artifact.name), at: folder.number, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW)
            return Copy(artifact: artifact, source: source, folder: folder, target: target, reservedBytes: size)
        } catch {
            _ = try? reserve(-size)
            throw Self.problem(artifact, error)
        }
    }

    private func openFolder() throws(SystemError) -> Descriptor {
        let path = ArtifactLayout.folder(ofLog: logPath)
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw .last("mkdir", path) }
        return try Descriptor.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    }

    /// Takes room, or gives it back. Returns what the run has taken together.
    @discardableResult
    private func reserve(_ bytes: Int64) throws(SystemError) -> Int64 {
        let path = ArtifactLayout.sizes(besideLog: logPath)
        let file = try Descriptor.open(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW)
        try file.writeAll(withUnsafeBytes(of: bytes.littleEndian) { Array($0) }, path)
        var sum: Int64 = 0
        var offset = 0
        while case let piece = try file.read(at: offset, count: 65_536, path), piece.count >= 8 {
            piece.withUnsafeBytes { raw in
                for place in stride(from: 0, through: raw.count - 8, by: 8) {
                    sum &+= Int64(littleEndian: raw.loadUnaligned(fromByteOffset: place, as: Int64.self))
                }
            }
            offset += piece.count / 8 * 8
        }
        return sum
    }

    /// Returns whether the file is at its end.
    private static func copyPiece(_ copy: inout Copy) throws(EventProblem) -> Bool {
        var chunk = [UInt8](repeating: 0, count: 1 << 20)
        var left = pieceBytes
        while left > 0 {
            let count = read(copy.source.number, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw problem(copy.artifact, SystemError.last("read", copy.artifact.path)) }
            if count == 0 { return true }
            copy.bytes += Int64(count)
            guard copy.bytes <= EventLimits.artifactBytesMax else { throw tooLarge(copy.artifact) }
            let piece = Array(chunk[..<count])
            copy.hash.update(piece)
            do throws(SystemError) { try copy.target.writeAll(piece, copy.draft) } catch {
                throw problem(copy.artifact, error)
            }
            left -= count
        }
        return false
    }

    /// The file is there whole, with its name, before its event is.
    private static func finish(_ copy: borrowing Copy) throws(EventProblem) -> ArtifactEvent {
        let (folder, draft) = (copy.folder.number, copy.draft)
        guard fsync(copy.target.number) == 0 else { throw problem(copy.artifact, SystemError.last("fsync", draft)) }
        guard renameat(folder, draft, folder, copy.artifact.name) == 0 else {
            throw problem(copy.artifact, SystemError.last("rename", draft))
        }
        guard fsync(folder) == 0 else { throw problem(copy.artifact, SystemError.last("fsync", copy.artifact.name)) }
        var artifact = copy.artifact
        artifact.kept = ArtifactEvent.Kept(bytes: copy.bytes, sha256: Hexadecimal.text(copy.hash.finalize()))
        return artifact
    }

    /// Names of artifacts do not begin with a dot.
    private static func draft(of name: String) -> String { ".\(name).part" }

    private static func asking<Answer: ~Copyable>(
        _ artifact: ArtifactEvent, _ work: () throws(SystemError) -> Answer
    ) throws(EventProblem) -> Answer {
        do throws(SystemError) { return try work() } catch { throw problem(artifact, error) }
    }

    private static func tooLarge(_ artifact: ArtifactEvent) -> EventProblem {
        problem(
            artifact, "it is larger than \(EventLimits.artifactBytesMax) bytes; keep it elsewhere, and its place here")
    }

    private static func problem(_ artifact: ArtifactEvent, _ error: SystemError) -> EventProblem {
        problem(artifact, "\(error); \(error.move("look at the path and who may read it"))")
    }

    private static func problem(_ artifact: ArtifactEvent, _ what: String) -> EventProblem {
        EventProblem("the artifact \(artifact.name) was not kept: \(what)")
    }
}
