import CThreads
import Testing

@Suite struct CgroupTests {
    struct Quota: CustomTestStringConvertible {
        let text: String
        let cpus: UInt32  // 0: no limit

        var testDescription: String { "\"\(text)\"" }
    }

    @Test(arguments: [
        Quota(text: "200000 100000\n", cpus: 2),
        Quota(text: "299999 100000\n", cpus: 2),
        Quota(text: "50000 100000\n", cpus: 1),
        Quota(text: "max 100000\n", cpus: 0),
        Quota(text: "1000000000000000 1", cpus: .max),
        Quota(text: "100000 0\n", cpus: 0),
        Quota(text: "0 100000\n", cpus: 0),
        Quota(text: "-1 100000\n", cpus: 0),
        Quota(text: "99999999999999999999999999 100000\n", cpus: 0),
        Quota(text: "200000", cpus: 0),
        Quota(text: "200000 100000 junk\n", cpus: 0),
        Quota(text: "", cpus: 0),
    ])
    func `a v2 quota is rounded down to at least one CPU`(quota: Quota) {
        let cpus = unsafe swl_cgroup_v2_quota(quota.text)
        #expect(cpus == quota.cpus)
    }

    @Test(arguments: [("400000\n", "100000\n", 4), ("-1\n", "100000\n", 0), ("junk", "100000", 0), ("1", "", 0)])
    func `a v1 quota is two files of one number`(quota: String, period: String, expected: UInt32) {
        let cpus = unsafe swl_cgroup_v1_quota(quota, period)
        #expect(cpus == expected)
    }

    static let groups = """
        11:cpuset:/elsewhere
        malformed
        9:cpu,cpuacct:/docker/a:b
        1:name=systemd:/init
        0::/user.slice/session-1.scope

        """

    @Test func `the process's group is found by its hierarchy`() {
        #expect(path(Self.groups, SWL_CGROUP_V1) == "/docker/a:b")
        #expect(path(Self.groups, SWL_CGROUP_V2) == "/user.slice/session-1.scope")
        #expect(path("9:cpuset,cpuacct:/x\n", SWL_CGROUP_V1) == nil)
        #expect(path("::\n0:\n:\n", SWL_CGROUP_V2) == nil)
        #expect(path("0::/" + String(repeating: "x", count: 5000), SWL_CGROUP_V2) == nil)
    }

    static let mounts = """
        22 1 0:20 / / rw - ext4 /dev/vda rw
        31 22 0:28 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset
        cut short
        32 22 0:29 /docker/a /sys/fs/cgroup/cpu\\040time rw,relatime shared:9 master:1 - cgroup cgroup rw,cpu,cpuacct
        41 22 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw,nsdelegate

        """

    @Test func `the hierarchy's mount is found by its type and options`() {
        #expect(mount(Self.mounts, SWL_CGROUP_V1) == ["/sys/fs/cgroup/cpu time", "/docker/a"])
        #expect(mount(Self.mounts, SWL_CGROUP_V2) == ["/sys/fs/cgroup/unified", "/"])
        #expect(mount("- - - - - - - cgroup2 x", SWL_CGROUP_V2) == nil)
        #expect(mount(String(repeating: " ", count: 100), SWL_CGROUP_V1) == nil)
    }

    private func path(_ text: String, _ version: swl_cgroup_version) -> String? {
        var path = [CChar](repeating: 0, count: Int(SWL_PATH_LIMIT))
        return unsafe swl_cgroup_path(text, version, &path) ? string(path) : nil
    }

    private func mount(_ text: String, _ version: swl_cgroup_version) -> [String]? {
        var folder = [CChar](repeating: 0, count: Int(SWL_PATH_LIMIT)), group = folder
        guard unsafe swl_cgroup_mount(text, version, &folder, &group) else { return nil }
        return [string(folder), string(group)]
    }

    private func string(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
