import CSwiftlet
import Foundation
import Swiftlet
import Synchronization
import TestSupport
import Testing

/// Handles in the hands of several threads.
@Suite struct `C: threads` {
    @Test func `one embedder serves eight threads`() async throws {
        let texts = (0..<40).map { "text number \($0) of some" }
        var reference = try Embedder(Model(path: Fixtures.path("embed.gguf")))
        let expected = try reference.embed(texts).values
        let embedder = try Owned.embedder(Owned.fixture("embed.gguf"))
        let results = await onThreads(8) {
            var vectors = [Float](repeating: .nan, count: expected.count)
            for _ in 0..<3 {
                withTexts(texts) { texts in
                    _ = swiftlet_embed(embedder.raw, &texts, nil, &vectors, expected.count, nil, nil)
                }
            }
            return vectors
        }
        #expect(results.count == 8 && results.allSatisfy { $0 == expected })
    }

    @Test func `a session in use is busy, and is not disturbed`() async throws {
        let model = try Owned.fixture("chat.gguf")
        let tokens = try Model(path: Fixtures.path("chat.gguf")).tokenize("Q: What is 2 + 3?\nA:")
        let session = try Owned.session(model)
        let met = Met()
        let statuses = await onThreads(4) {
            var found: Set<Int> = []
            for round in 0..<2_000 where round < 200 || !met.flag.load(ordering: .relaxed) {
                found.insert(Int(swiftlet_session_prefill(session.raw, tokens, tokens.count, nil, nil)))
                found.insert(Int(swiftlet_session_rewind(session.raw, 0, nil)))
                if found.contains(SWIFTLET_ERROR_BUSY) { met.flag.store(true, ordering: .relaxed) }
            }
            return found
        }
        let all = statuses.reduce(into: Set<Int>()) { $0.formUnion($1) }
        #expect(all.contains(SWIFTLET_OK) && all.contains(SWIFTLET_ERROR_BUSY), "\(all)")
        #expect(all.isSubset(of: [SWIFTLET_OK, SWIFTLET_ERROR_BUSY, SWIFTLET_ERROR_CONTEXT_FULL]), "\(all)")
    }

    /// Whether a thread has met another one.
    private final class Met: Sendable {
        let flag = Atomic(false)
    }

    @Test func `a cancellation stops a call of another thread`() throws {
        let embedder = try Owned.embedder(Owned.fixture("embed.gguf"))
        let cancellation = try Owned.cancellation()
        let texts = [String](repeating: String(repeating: "many words ", count: 20), count: 20_000)
        var options = swiftlet_embed_options()
        options.struct_size = size(of: swiftlet_embed_options.self)
        options.cancellation = cancellation.raw
        var many = [Float](repeating: 0, count: 20_000 * 1024)
        let capacity = many.count
        Thread.detachNewThread {
            usleep(50_000)
            swiftlet_cancellation_cancel(cancellation.raw)
        }
        let found = withTexts(texts) { texts in
            Int(swiftlet_embed(embedder.raw, &texts, &options, &many, capacity, nil, nil))
        }
        #expect(found == SWIFTLET_ERROR_CANCELLED)
        // The embedder is as it was.
        var vectors = [Float](repeating: 0, count: 1024)
        let later = withTexts(["x"]) { texts in
            Int(swiftlet_embed(embedder.raw, &texts, nil, &vectors, 1024, nil, nil))
        }
        #expect(later == SWIFTLET_OK)
    }

    @Test func `a cancellation at the end of a call does not stop the next one`() throws {
        let tokens = try Model(path: Fixtures.path("chat.gguf")).tokenize("Q: What is 2 + 3?\nA:")
        let session = try Owned.session(Owned.fixture("chat.gguf"))
        let over = Met()
        defer { over.flag.store(true, ordering: .relaxed) }
        // Threads that leave the one that cancels no processor for a while.
        for _ in 0..<16 {
            Thread.detachNewThread { while !over.flag.load(ordering: .relaxed) {} }
        }
        for round in 0..<50 {
            let cancellation = try Owned.cancellation()
            Thread.detachNewThread {
                usleep(UInt32(round * 40))
                swiftlet_cancellation_cancel(cancellation.raw)
            }
            _ = swiftlet_session_prefill(session.raw, tokens, tokens.count, cancellation.raw, nil)
            try check { swiftlet_session_rewind(session.raw, 0, $0) }
            try check { swiftlet_session_prefill(session.raw, tokens, tokens.count, nil, $0) }
            try check { swiftlet_session_rewind(session.raw, 0, $0) }
        }
    }
}
