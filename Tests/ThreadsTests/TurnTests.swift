import Testing
import ThreadChecks

/// The threads and the fork are in C (`Tests/ThreadChecks`).
@Suite struct TurnTests {
    @Test(arguments: [1, 2, 8] as [UInt32])
    func `a turn is one thread's alone`(threads: UInt32) {
        #expect(check_turns(threads, 2000))
    }

    @Test func `a forked child does not wait for a turn that nobody ends`() {
        #expect(check_turn_in_child())
    }
}
