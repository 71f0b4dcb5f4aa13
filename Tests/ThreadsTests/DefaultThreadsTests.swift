import CThreads
import Testing
import ThreadChecks

@Suite struct DefaultThreadsTests {
    struct Setting: CustomTestStringConvertible {
        let swiftlet: String?, openMP: String?
        let threads: UInt32  // 0: what the machine says

        var testDescription: String { "\(swiftlet ?? "unset"), \(openMP ?? "unset")" }
    }

    @Test(arguments: [
        Setting(swiftlet: nil, openMP: nil, threads: 0),
        Setting(swiftlet: "3", openMP: nil, threads: 3),
        Setting(swiftlet: "1024", openMP: "2", threads: 1024),
        Setting(swiftlet: nil, openMP: "5", threads: 5),
        Setting(swiftlet: "0", openMP: "5", threads: 5),
        Setting(swiftlet: "", openMP: nil, threads: 0),
        Setting(swiftlet: "1025", openMP: nil, threads: 0),
        Setting(swiftlet: "99999999999999999999", openMP: nil, threads: 0),
        Setting(swiftlet: "-2", openMP: "2,4", threads: 0),
        Setting(swiftlet: "4 ", openMP: "0x4", threads: 0),
    ])
    func `the environment overrides the machine when it is a number from 1 to 1024`(setting: Setting) {
        // In a child process: the environment belongs to all tests of this one.
        let right = unsafe check_default_threads(setting.swiftlet, setting.openMP, setting.threads)
        #expect(right)
    }

    @Test func `cores are at least one and no more than CPUs`() {
        #expect(swl_usable_cores() >= 1)
        #expect(swl_usable_cores() <= swl_usable_cpus())
    }
}
