internal import CSystem
internal import WorkflowStore

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// File systems whose locks and memory maps do not hold between machines, so that a store on them would be damaged.
enum NetworkFileSystem {
    /// Refuses a folder on such a file system.
    ///
    /// - Throws: `.storeUnsupported`; `.io` or `.notPermitted` when it cannot be told which file system it is.
    static func check(_ folder: String) throws(StoreError) {
        guard let name = try name(at: folder) else { return }
        throw StoreError(
            .storeUnsupported,
            "\(folder) is on a network file system (\(name)), where a store's locks do not hold; name a --store on a "
                + "local disk")
    }

    #if os(Linux)
        private static let fuse: UInt64 = 0x6573_5546

        /// By the magic numbers of statfs(2) and the kernel's `magic.h`.
        private static let magics: [UInt64: String] = [
            0x6969: "NFS", 0x517B: "SMB", 0xFF53_4D42: "CIFS", 0xFE53_4D42: "SMB 2 or 3", 0x0102_1997: "9P",
            0x5346_414F: "AFS", 0x6B41_4653: "AFS", 0x00C3_6400: "Ceph", 0x0BD0_0BD0: "Lustre", 0x4750_4653: "GPFS",
            0x7375_7245: "Coda", 0x564C: "NCP", 0x786F_4256: "VirtualBox share", 0xBACB_ACBC: "VMware share",
            0x0116_1970: "GFS2", 0x7461_636F: "OCFS2", 0x1983_0326: "BeeGFS", 0x2003_0528: "OrangeFS",
            0xAAD7_AAEA: "PanFS", 0xBEEF_DEAD: "StorNext", 0x6163_6673: "ACFS", 0x7C7C_6673: "Parallels share",
            0x0131_11A8: "IBRIX",
        ]

        /// FUSE serves local file systems as well; these it serves from elsewhere.
        private static let fuseTypes: Set<String> = [
            "sshfs", "s3fs", "gcsfuse", "rclone", "glusterfs", "ceph", "ceph-fuse", "goofys", "mount-s3", "davfs",
            "davfs2", "juicefs", "JuiceFS", "curlftpfs", "blobfuse", "blobfuse2", "moosefs", "mfs", "lizardfs",
            "saunafs", "seaweedfs", "s3ql", "smbnetfs", "afpfs", "vmhgfs-fuse", "prl_fsd", "grpcfuse", "osxfs",
            // A folder of the host, which it may share with other guests too.
            "virtiofs",
        ]

        /// The name of the file system, if it is one of the network.
        static func name(at folder: String) throws(StoreError) -> String? {
            var magic: UInt64 = 0
            guard csystem_file_system_magic(folder, &magic) == 0 else {
                throw .file("tell which file system holds", folder, errno)
            }
            if magic != fuse { return magics[magic] }
            let type = try fuseType(at: folder)
            return fuseTypes.contains(type) ? type : nil
        }

        /// What stands behind `fuse.` in the mount that holds the folder.
        private static func fuseType(at folder: String) throws(StoreError) -> String {
            var status = stat()
            guard stat(folder, &status) == 0 else { throw .file("look at", folder, errno) }
            let table = "/proc/self/mountinfo"
            guard let mounts = fopen(table, "re") else {
                throw .file("tell which FUSE file system holds \(folder) from", table, errno)
            }
            defer { fclose(mounts) }
            var line: UnsafeMutablePointer<CChar>?
            var capacity = 0
            defer { free(line) }
            while getline(&line, &capacity, mounts) > 0, let text = line.map({ String(cString: $0) }) {
                if let type = mountType(text, device: deviceText(UInt64(status.st_dev))) { return type }
            }
            throw StoreError(
                .io,
                "cannot tell which FUSE file system holds \(folder): \(table) does not have it, and on one of the "
                    + "network a store's locks do not hold; name a --store on a local disk")
        }

        /// `sshfs` from a line of mountinfo for the device: `36 35 0:43 / /mnt rw shared:1 - fuse.sshfs host:/ rw`.
        static func mountType(_ line: String, device: String) -> String? {
            let fields = line.split(separator: " ")
            guard fields.count > 2, fields[2] == device, let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count
            else { return nil }
            let type = fields[dash + 1]
            return type.hasPrefix("fuse.") ? String(type.dropFirst(5)) : String(type)
        }

        /// `MAJOR:MINOR`, as glibc splits a device number.
        private static func deviceText(_ device: UInt64) -> String {
            let major = (device >> 8 & 0xFFF) | (device >> 32 & 0xFFFF_F000)
            let minor = (device & 0xFF) | (device >> 12 & 0xFFFF_FF00)
            return "\(major):\(minor)"
        }
    #else
        /// The name of the file system, if it is one of the network.
        static func name(at folder: String) throws(StoreError) -> String? {
            var status = statfs()
            guard statfs(folder, &status) == 0 else { throw .file("tell which file system holds", folder, errno) }
            guard status.f_flags & UInt32(MNT_LOCAL) == 0 else { return nil }
            return withUnsafePointer(to: &status.f_fstypename) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 16) { String(cString: $0) }
            }
        }
    #endif
}
