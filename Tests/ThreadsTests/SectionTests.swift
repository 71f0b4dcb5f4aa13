import Testing
import ThreadChecks

/// The threads and the forks are in C (`Tests/ThreadChecks`).
@Suite struct SectionTests {
    @Test(arguments: [1, 2, 8] as [UInt32])
    func `a section is one thread's alone`(threads: UInt32) {
        #expect(check_sections(threads, 100_000))
    }

    @Test func `a fork among sections leaves the child with what they protect whole`() {
        #expect(check_fork_during_sections(3, 100))
    }
}
