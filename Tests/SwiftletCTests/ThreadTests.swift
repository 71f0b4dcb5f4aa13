import CSwiftlet
import Swiftlet
import TestSupport
import Testing

/// Handles in the hands of several threads.
@Suite struct `C: threads` {
    @Test func `one embedder serves eight threads`() async throws {
        let texts = (0..<40).map { "text number \($0) of some" }
        var reference = try Embedder(Model(path: Fixtures.path("embed.gguf")))
        let expected = try reference.embed(texts).values
        let embedder = try Owned.embedder(Owned.fixture("embed.gguf"))
        let results = await withTaskGroup(of: [Float].self) { group in
            for _ in 0..<8 {
                group.addTask {
                    var vectors = [Float](repeating: .nan, count: expected.count)
                    for _ in 0..<3 {
                        withTexts(texts) { texts in
                            _ = swiftlet_embed(
                                embedder.raw, &texts, nil, &vectors, expected.count, nil, nil)
                        }
                    }
                    return vectors
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results.count == 8 && results.allSatisfy { $0 == expected })
    }

    @Test func `a session in use is busy, and is not disturbed`() async throws {
        let model = try Owned.fixture("chat.gguf")
        let tokens = try Model(path: Fixtures.path("chat.gguf")).tokenize("Q: What is 2 + 3?\nA:")
        let session = try Owned.session(model)
        let statuses = await withTaskGroup(of: Set<Int>.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    var found: Set<Int> = []
                    for _ in 0..<200 {
                        found.insert(
                            status { _ in swiftlet_session_prefill(session.raw, tokens, tokens.count, nil, nil) })
                        found.insert(status { _ in swiftlet_session_rewind(session.raw, 0, nil) })
                    }
                    return found
                }
            }
            return await group.reduce(into: Set<Int>()) { $0.formUnion($1) }
        }
        // Two calls of one thread need not have the same status.
        #expect(statuses.isSubset(of: [SWIFTLET_OK, SWIFTLET_ERROR_BUSY, SWIFTLET_ERROR_CONTEXT_FULL, -100]))
        #expect(statuses.contains(SWIFTLET_ERROR_BUSY) || statuses.contains(-100))
    }

    @Test func `a cancellation stops a call of another thread`() async throws {
        let embedder = try Owned.embedder(Owned.fixture("embed.gguf"))
        let cancellation = try Owned.cancellation()
        let texts = [String](repeating: String(repeating: "many words ", count: 20), count: 20_000)
        async let found = Task.detached {
            var options = swiftlet_embed_options()
            options.struct_size = size(of: swiftlet_embed_options.self)
            options.cancellation = cancellation.raw
            var vectors = [Float](repeating: 0, count: 20_000 * 1024)
            return withTexts(texts) { texts in
                Int(swiftlet_embed(embedder.raw, &texts, &options, &vectors, 20_000 * 1024, nil, nil))
            }
        }.value
        try await Task.sleep(for: .milliseconds(50))
        swiftlet_cancellation_cancel(cancellation.raw)
        #expect(await found == SWIFTLET_ERROR_CANCELLED)
        // The embedder is as it was.
        var vectors = [Float](repeating: 0, count: 1024)
        let later = withTexts(["x"]) { texts in
            Int(swiftlet_embed(embedder.raw, &texts, nil, &vectors, 1024, nil, nil))
        }
        #expect(later == SWIFTLET_OK)
    }
}
