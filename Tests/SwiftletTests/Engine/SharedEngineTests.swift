import AllocationChecks
import Foundation
import Swiftlet
import Synchronization
import TestSupport
import Testing

/// Sessions that share an engine.
@Suite struct SharedEngineTests {
    @Test func `sessions of one engine give what sessions of their own give, from several threads too`() throws {
        let model = try TinyModels.open("llama-q8_0.gguf")
        let engine = try Engine(model, sequences: 4)
        let found = Mutex([[Token]](repeating: [], count: 4))
        let failures = Mutex(0)
        DispatchQueue.concurrentPerform(iterations: 4) { index in
            do {
                var session = try Session(sharing: engine)
                let text = try Self.text(&session, index)
                found.withLock { $0[index] = text }
            } catch {
                failures.withLock { $0 += 1 }
            }
        }
        #expect(failures.withLock { $0 } == 0)
        for index in 0..<4 {
            var session = try Session(model)
            let expected = try Self.text(&session, index)
            #expect(found.withLock { $0[index] } == expected)
        }
        // Sessions that are gone have given their sequences back.
        for _ in 0..<4 { _ = try engine.open() }
        #expect(throws: SwiftletError.self) { _ = try Session(sharing: engine) }
    }

    /// Generates, goes back, and generates with guesses.
    private static func text(_ session: inout Session, _ index: Int) throws -> [Token] {
        var options = GenerationOptions()
        options.sampling = .greedy
        options.maxTokens = 12
        options.ignoresEnd = true
        let first = try session.generate(from: TinyModels.prompt(session.model, 10 + index), options)
        session.rewind(to: 8)
        options.drafting = .lookup()
        let second = try session.generate(from: TinyModels.prompt(session.model, 5), options)
        return first.tokens + second.tokens
    }

    @Test func `a common beginning is kept, the rest computed`() throws {
        let model = try TinyModels.open("llama-f32.gguf")
        var session = try Session(model)
        #expect(try session.update(to: [1, 2, 3, 4, 5]) == 5)
        #expect(try session.update(to: [1, 2, 3, 9]) == 1)
        #expect(try session.update(to: [1, 2, 3, 9]) == 1)
        #expect(try session.update(to: [7]) == 1)
        #expect(session.tokens == [7])
        #expect(try session.update(to: []) == 0)
        #expect(session.tokens.isEmpty)
    }

    @Test(
        .enabled(if: allocation_checks_available(), "allocations are counted on Linux, without sanitizers"),
        arguments: [1, 2], [1, 16])
    func `a decode step allocates nothing`(threads: Int, count: Int) throws {
        let engine = try Engine(TinyModels.open("llama-q4_0.gguf"), threads: threads)
        let entries = try (0..<count).map { EngineEntry(try engine.open(), [Token($0)]) }
        for _ in 0..<3 { try engine.step(entries.span) }
        let before = allocation_checks_count()
        try engine.step(entries.span)
        #expect(allocation_checks_count() == before)
    }
}
