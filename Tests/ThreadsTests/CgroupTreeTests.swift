import CThreads
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Whole `/proc` and `/sys/fs/cgroup` trees in a temporary folder.
@Suite struct CgroupTreeTests {
    struct Tree: CustomTestStringConvertible {
        let testDescription: String
        let files: [String: String]
        let cpus: UInt32  // 0: no limit
    }

    static let v2 = "41 22 0:38 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
    static let v1 = "32 22 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"

    @Test(arguments: [
        Tree(testDescription: "no files", files: [:], cpus: 0),
        Tree(
            testDescription: "v2, own group",
            files: [
                "proc/self/cgroup": "0::/a/b\n", "proc/self/mountinfo": v2,
                "sys/fs/cgroup/a/b/cpu.max": "300000 100000\n",
            ], cpus: 3),
        Tree(
            testDescription: "v2, a group around is tighter",
            files: [
                "proc/self/cgroup": "0::/a/b\n", "proc/self/mountinfo": v2,
                "sys/fs/cgroup/a/b/cpu.max": "max 100000\n", "sys/fs/cgroup/a/cpu.max": "250000 100000\n",
                "sys/fs/cgroup/cpu.max": "800000 100000\n",
            ], cpus: 2),
        Tree(
            testDescription: "v2 in a container: the group seen from outside is not below the mount's",
            files: [
                "proc/self/cgroup": "0::/outer/me\n",
                "proc/self/mountinfo": "41 22 0:38 /outer/m /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
                "sys/fs/cgroup/cpu.max": "400000 100000\n", "sys/fs/cgroup/e/cpu.max": "100000 100000\n",
            ], cpus: 4),
        Tree(
            testDescription: "v1, mounted from the group",
            files: [
                "proc/self/cgroup": "3:cpu:/docker/x/y\n",
                "proc/self/mountinfo": "32 22 0:29 /docker/x /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n",
                "sys/fs/cgroup/cpu/y/cpu.cfs_quota_us": "600000\n", "sys/fs/cgroup/cpu/y/cpu.cfs_period_us": "100000\n",
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            ], cpus: 6),
        Tree(
            testDescription: "both versions, v1 without a limit",
            files: [
                "proc/self/cgroup": "3:cpu:/\n0::/\n",
                "proc/self/mountinfo": v1 + "41 22 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
                "sys/fs/cgroup/unified/cpu.max": "500000 100000\n",
            ], cpus: 5),
        Tree(
            testDescription: "a path that climbs is not followed",
            files: [
                "proc/self/cgroup": "0::/../../x\n", "proc/self/mountinfo": v2,
                "sys/x/cpu.max": "100000 100000\n", "sys/fs/cgroup/cpu.max": "700000 100000\n",
            ], cpus: 7),
        Tree(
            testDescription: "megabytes of mounts and a quota without end",
            files: [
                "proc/self/cgroup": "0::/\n",
                "proc/self/mountinfo": v2 + String(repeating: "x ", count: 1 << 20),
                "sys/fs/cgroup/cpu.max": String(repeating: "1", count: 100_000),
            ], cpus: 0),
    ])
    func `the tightest quota from the process's group to the root counts`(tree: Tree) throws {
        var folder = try TemporaryFolder()
        for (path, text) in tree.files { try folder.write(text, to: path) }
        let cpus = unsafe swl_cgroup_cpus(folder.path)
        #expect(cpus == tree.cpus)
    }
}

/// A folder that lives as long as its owner.
private struct TemporaryFolder: ~Copyable {
    struct SystemError: Error {
        let call: String, path: String
        let code = errno
    }

    let path: String
    private var made: [String] = []  // each after the folder it lies in

    init() throws {
        var template = Array("/tmp/swiftlet-cgroup-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw SystemError(call: "mkdtemp", path: "/tmp") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        for entry in made.reversed() { unsafe remove(entry) }
        unsafe rmdir(path)
    }

    /// Writes a file below the folder, and makes the folders it lies in.
    mutating func write(_ text: String, to name: String) throws {
        var entry = path
        for component in name.split(separator: "/").dropLast() {
            entry += "/\(component)"
            if unsafe mkdir(entry, 0o700) == 0 { made.append(entry) }
        }
        entry = "\(path)/\(name)"
        guard let file = unsafe fopen(entry, "w") else { throw SystemError(call: "fopen", path: entry) }
        made.append(entry)
        unsafe fputs(text, file)
        unsafe fclose(file)
    }
}
