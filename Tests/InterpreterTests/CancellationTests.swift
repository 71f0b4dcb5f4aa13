import Graph
import Interpreter
import Tensors
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension InterpreterTests {
    @Suite struct CancellationTests {
        private let program: Program
        private let tokens = someTokens(12)
        private let expected: [[Float]]

        init() throws {
            program = try Net.program(seed: 2) { net in
                var x = try net.embedding(columns: 64)
                let heads = Heads(queries: 4, keyValues: 2, keyDimension: 16, valueDimension: 16)
                for _ in 0..<12 {
                    let n = try net.norm(x)
                    let query = try net.linear(n, rows: 64)
                    let keys = try net.linear(n, rows: 32)
                    let values = try net.linear(n, rows: 32)
                    let attended = try net.attention(query: query, keys: keys, values: values, heads)
                    x = try net.add(x, net.linear(attended, rows: 64))
                }
                return try net.selectRows(x)
            }
            var interpreter = try Interpreter(program, .small())
            expected = try interpreter.run(tokens)
        }

        @Test(arguments: 1...3) func `a request before a step stops that step alone`(threads: Int) throws {
            var interpreter = try Interpreter(program, .small(threads: threads))
            _ = try interpreter.run(Array(tokens[..<4]))
            interpreter.cancellation.cancel()
            #expect(interpreter.cancellation.isCancelled)
            #expect(throws: InterpreterError.cancelled) { try interpreter.run(Array(tokens[4...])) }
            #expect(interpreter.store.length(of: 0) == 4)
            #expect(!interpreter.cancellation.isCancelled)
            #expect(try interpreter.run(Array(tokens[4...])) == Array(expected[4...]))
        }

        @Test func `a request can be taken back`() throws {
            var interpreter = try Interpreter(program, .small())
            interpreter.cancellation.cancel()
            interpreter.cancellation.reset()
            #expect(try interpreter.run(tokens) == expected)
        }

        @Test func `a graph without a place to stop is cancelled at its end`() throws {
            let program = try Net.program(seed: 2) { try $0.embedding(columns: 8) }
            var interpreter = try Interpreter(program, .small())
            interpreter.cancellation.cancel()
            #expect(throws: InterpreterError.cancelled) { try interpreter.run([1]) }
            #expect(interpreter.store.length(of: 0) == 0)
        }

        /// Whenever the request comes, the step is done whole or not at all, and what follows is right.
        @Test(arguments: 1...3) func `a request during a step stops it whole`(threads: Int) throws {
            var interpreter = try Interpreter(program, .small(threads: threads))
            var cancelled = 0
            // On a busy machine the thread may come too late 40 times.
            for attempt in 0..<4_000 where attempt < 40 || cancelled == 0 {
                let delay = UInt32(attempt % 40 * 100)
                let canceller = try Canceller(interpreter.cancellation, afterMicroseconds: delay)
                let result = Result { try interpreter.run(tokens) }
                canceller.join()
                interpreter.cancellation.reset()  // a request that came too late for the step
                switch result {
                case .success(let rows): #expect(rows == expected)
                case .failure(let error):
                    #expect(error as? InterpreterError == .cancelled)
                    #expect(interpreter.store.length(of: 0) == 0)
                    cancelled += 1
                    #expect(try interpreter.run(tokens) == expected)
                }
                interpreter.truncate(to: 0)
            }
            #expect(cancelled > 0)
        }
    }
}

/// A thread that cancels after a while.
private struct Canceller: ~Copyable {
    private let thread: pthread_t

    private final class Request {
        let cancellation: Cancellation
        let delay: UInt32

        init(_ cancellation: Cancellation, _ delay: UInt32) {
            self.cancellation = cancellation
            self.delay = delay
        }
    }

    struct Failure: Error {}

    init(_ cancellation: Cancellation, afterMicroseconds delay: UInt32) throws {
        let request = unsafe Unmanaged.passRetained(Request(cancellation, delay)).toOpaque()
        var thread = pthread_t()
        let failed = unsafe pthread_create(
            &thread, nil,
            { pointer in
                guard let pointer = unsafe pointer else { return nil }
                let request = unsafe Unmanaged<Request>.fromOpaque(pointer).takeRetainedValue()
                usleep(request.delay)
                request.cancellation.cancel()
                return nil
            }, request)
        guard failed == 0 else {
            unsafe Unmanaged<Request>.fromOpaque(request).release()
            throw Failure()
        }
        self.thread = thread
    }

    consuming func join() { pthread_join(thread, nil) }
}
