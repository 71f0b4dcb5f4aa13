package import Graph
internal import Synchronization

/// Interpreters of one program with a thread each, which take steps from one queue.
///
/// The threads of one interpreter meet after every operation, and the slowest decides. Steps that have nothing to do with
/// each other can do without: each member runs its own steps, and all are joined at the end.
package struct ReplicaPool: ~Copyable {
    private final class Member: @unchecked Sendable {  // each thread of a run has one of its own
        var interpreter: Interpreter

        init(_ program: Program, _ options: Interpreter.Options) throws(InterpreterError) {
            interpreter = try Interpreter(program, options)
        }
    }

    /// State shared by the members while they run.
    private final class Queue: Sendable {
        let next = Atomic<Int>(0)
        let failure = ForkSafeMutex<InterpreterError?>(nil)
    }

    private let members: [Member]

    /// - Parameters:
    ///   - count: threads that take part; 0 where none will.
    ///   - options: of each member, but for the threads; requests to its cancellation stop all members.
    /// - Throws: ``InterpreterError``, as an interpreter does.
    package init(_ program: Program, _ options: Interpreter.Options, count: Int) throws(InterpreterError) {
        var members: [Member] = []
        for _ in 0..<count {
            var own = options
            own.threads = 1
            own.cancellation = Cancellation(within: options.cancellation)
            members.append(try Member(program, own))
        }
        self.members = members
    }

    /// Threads that take part.
    package var count: Int { members.count }

    /// Takes the numbers from 0 up to `steps` on the threads of an interpreter with as many as there are members.
    ///
    /// - Parameter step: is called with each number once, on any thread, several at once, each with another interpreter.
    ///   An error ends the run: steps that have begun are finished, others not begun.
    /// - Throws: the first error.
    package mutating func run(
        steps: Int, on leader: borrowing Interpreter,
        _ step: @Sendable (_ number: Int, _ interpreter: inout Interpreter) throws(InterpreterError) -> Void
    ) throws(InterpreterError) {
        guard steps > 0 else { return }
        let queue = Queue()
        leader.pool.run { [members] thread, _ in
            while true {
                let number = queue.next.add(1, ordering: .relaxed).oldValue
                guard number < steps else { return }
                do throws(InterpreterError) {
                    try step(number, &members[thread].interpreter)
                } catch {
                    queue.next.store(steps, ordering: .relaxed)
                    queue.failure.withLock { $0 = $0 ?? error }
                }
            }
        }
        guard let error = queue.failure.withLock({ $0 }) else { return }
        if error == .cancelled { leader.cancellation.reset() }
        throw error
    }

    /// Notes the times of the steps from here on.
    package mutating func startTiming() {
        for member in members { member.interpreter.startTiming() }
    }

    /// Stops timing; returns the times of all members since ``startTiming()``.
    package mutating func endTiming() -> StepProfile {
        members.reduce(into: StepProfile()) { sum, member in sum += member.interpreter.endTiming() }
    }
}
