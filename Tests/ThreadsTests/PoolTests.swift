import Testing
import ThreadChecks

/// The bodies that run on many threads are in C (`Tests/ThreadChecks`): fork has no place in Swift.
@Suite struct PoolTests {
    @Test(arguments: [1, 2, 3, 8, 33] as [UInt32])
    func `every chunk is taken once and barriers show what others wrote`(threads: UInt32) {
        #expect(check_rounds(threads, 200))
    }

    @Test func `callers on several threads take turns`() {
        #expect(check_callers(4, 3, 50))
    }

    @Test func `pools come and go, run or not`() {
        #expect(check_cycles(3, 50))
    }

    #if os(Linux)
        @Test func `the first run starts the threads and destruction ends them`() {
            #expect(check_lazy_start(5))
        }

        @Test func `a pool that is refused threads runs with fewer`() {
            #expect(check_refused_threads())
        }
    #endif

    @Test func `workers take no signals of the host but keep their own faults`() {
        #expect(check_signals())
    }

    @Test(arguments: [1, 2, 7] as [UInt32])
    func `a forked child runs on its parent's pool and destroys it`(threads: UInt32) {
        #expect(check_fork(threads))
    }

    @Test func `a fork in the middle of another thread's run leaves a usable pool`() {
        #expect(check_fork_during_runs(3, 30))
    }
}
