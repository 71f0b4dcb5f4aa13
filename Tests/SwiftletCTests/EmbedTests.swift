import CSwiftlet
import Swiftlet
import TestSupport
import Testing

/// Vectors through the header, beside those of the Swift API.
@Suite struct `C: vectors` {
    private let texts = [
        "The cat sat on the mat.", "", "Ein Kätzchen — 🐈 — schläft.", String(repeating: "word ", count: 90), "x",
    ]
    private let model: Owned
    private let dimensions: Int

    init() throws {
        model = try Owned.fixture("embed.gguf")
        dimensions = try Embedder(Model(path: Fixtures.path("embed.gguf"))).dimensions
    }

    private func embed(
        _ embedder: Owned, _ texts: inout swiftlet_texts, _ change: (inout swiftlet_embed_options) -> Void = { _ in }
    ) throws -> [Float] {
        var options = swiftlet_embed_options()
        options.struct_size = size(of: swiftlet_embed_options.self)
        change(&options)
        var vectors = [Float](repeating: .nan, count: Int(texts.count) * dimensions)
        let capacity = vectors.count
        var needed = 0
        try check {
            swiftlet_embed(embedder.raw, &texts, &options, &vectors, capacity, &needed, $0)
        }
        #expect(needed == vectors.count)
        return vectors
    }

    @Test func `are those of the Swift API, in every form of the texts`() throws {
        var reference = try Embedder(Model(path: Fixtures.path("embed.gguf")))
        let expected = try reference.embed(texts).values
        let embedder = try Owned.embedder(model)
        let blob = Array(texts.joined().utf8)
        try withTexts(texts) { list in
            let wide = try embed(embedder, &list)
            #expect(wide == expected)
            var offsets: [Int32] = [0]
            for text in texts { offsets.append(offsets[offsets.count - 1] + Int32(text.utf8.count)) }
            #expect(Int(offsets[texts.count]) == blob.count)
            list.offsets64 = nil
            let narrow = try offsets.withUnsafeBufferPointer {
                list.offsets32 = $0.baseAddress
                return try embed(embedder, &list)
            }
            #expect(narrow == expected)
        }
        let strings = texts.map { Array($0.utf8CString) }
        let flat = Array(strings.joined())
        try flat.withUnsafeBufferPointer { flat in
            var starts: [UnsafePointer<CChar>?] = []
            var start = 0
            for string in strings {
                starts.append(flat.baseAddress.map { $0 + start })
                start += string.count
            }
            let found = try starts.withUnsafeBufferPointer {
                var list = swiftlet_texts()
                list.struct_size = size(of: swiftlet_texts.self)
                list.count = UInt64(strings.count)
                list.strings = $0.baseAddress
                return try embed(embedder, &list)
            }
            #expect(found == expected)
        }
    }

    @Test func `special tokens that a text spells are tokens, or text on request`() throws {
        let model = try Owned.fixture("models/bert-f16.gguf")
        let texts = ["a[SEP]b", "plain"]
        for choice in [SWIFTLET_DEFAULT, SWIFTLET_YES, SWIFTLET_NO] {
            var options = EmbedderOptions()
            options.parsesSpecial = choice != SWIFTLET_NO
            var reference = try Embedder(Model(path: Fixtures.path("models/bert-f16.gguf")), options)
            let expected = try reference.embed(texts)
            #expect((expected.texts[0].tokenCount == 5) == options.parsesSpecial)
            let embedder = try Owned.embedder(model) { $0.parse_special = UInt32(choice) }
            var found = [Float](repeating: .nan, count: expected.values.count)
            let capacity = found.count
            try withTexts(texts) { list in
                try check { swiftlet_embed(embedder.raw, &list, nil, &found, capacity, nil, $0) }
            }
            #expect(found == expected.values)
        }
        #expect(throws: CFailure.self) { _ = try Owned.embedder(model) { $0.parse_special = 3 } }
    }

    @Test func `of more texts than are computed at once`() throws {
        let many = (0..<2100).map { "text \($0 % 7)" }
        var reference = try Embedder(Model(path: Fixtures.path("embed.gguf")))
        let expected = try reference.embed(many).values
        let embedder = try Owned.embedder(model)
        #expect(try withTexts(many) { try embed(embedder, &$0) } == expected)
    }

    @Test func `with options`() throws {
        var options = EmbedderOptions()
        options.pooling = .max
        options.normalize = false
        options.queryPrefix = "query: "
        var reference = try Embedder(Model(path: Fixtures.path("embed.gguf")), options)
        let expected = try reference.embed(texts, as: .query).values
        let found = try "query: ".withCString { prefix in
            let embedder = try Owned.embedder(model) {
                $0.pooling = UInt32(SWIFTLET_POOLING_MAX)
                $0.normalize = UInt32(SWIFTLET_NO)
                $0.query_prefix = prefix
            }
            return try withTexts(texts) {
                try embed(embedder, &$0) { $0.role = UInt32(SWIFTLET_ROLE_QUERY) }
            }
        }
        #expect(found == expected)
    }

    @Test func `a bad text is told by its status or fails the call`() throws {
        let embedder = try Owned.embedder(model) { $0.max_tokens = 8 }
        let bytes = [Array("one".utf8), [0x61, 0xFF, 0x62], Array(String(repeating: "long ", count: 40).utf8), [0xC3]]
        try withTexts(bytes) { list in
            var statuses = [Int32](repeating: 99, count: 4)
            var counts = [Int32](repeating: 99, count: 4)
            let vectors = try statuses.withUnsafeMutableBufferPointer { statuses in
                try counts.withUnsafeMutableBufferPointer { counts in
                    try embed(embedder, &list) {
                        $0.statuses = statuses.baseAddress
                        $0.token_counts = counts.baseAddress
                    }
                }
            }
            #expect(
                statuses.map(Int.init) == [
                    SWIFTLET_OK, SWIFTLET_ERROR_UTF8, SWIFTLET_ERROR_CONTEXT_FULL, SWIFTLET_ERROR_UTF8,
                ])
            #expect(counts[0] > 0 && counts[1...] == [0, 0, 0])
            #expect(vectors[..<dimensions].contains { $0 != 0 })
            #expect(vectors[dimensions...].allSatisfy { $0 == 0 })
            let error = #expect(throws: CFailure.self) { try embed(embedder, &list) }
            #expect(error?.status == SWIFTLET_ERROR_UTF8 && error?.index == 1 && error?.place == "texts")
        }
        let lenient = try Owned.embedder(model) {
            $0.max_tokens = 8
            $0.overflow = UInt32(SWIFTLET_OVERFLOW_TRUNCATE)
        }
        try withTexts([bytes[0], bytes[2]]) { list in
            var statuses: [Int32] = [99, 99]
            try statuses.withUnsafeMutableBufferPointer { statuses in
                _ = try embed(lenient, &list) { $0.statuses = statuses.baseAddress }
            }
            #expect(statuses == [0, Int32(SWIFTLET_TRUNCATED)])
        }
    }

    @Test func `a buffer that is too small is not touched`() throws {
        let embedder = try Owned.embedder(model)
        try withTexts(texts) { list in
            var vectors = [Float](repeating: 7, count: texts.count * dimensions - 1)
            let capacity = vectors.count
            var needed = 0
            let error = #expect(throws: CFailure.self) {
                try check { swiftlet_embed(embedder.raw, &list, nil, &vectors, capacity, &needed, $0) }
            }
            #expect(error?.status == SWIFTLET_ERROR_BUFFER && error?.place == "vectors")
            #expect(needed == texts.count * dimensions && vectors.allSatisfy { $0 == 7 })
            needed = 0
            try check { swiftlet_embed(embedder.raw, &list, nil, nil, 0, &needed, $0) }
            #expect(needed == texts.count * dimensions)
        }
    }

    @Test(arguments: [UInt64.max, 1 << 62, 1 << 40])
    func `an absurd number of texts is an error`(count: UInt64) throws {
        let embedder = try Owned.embedder(model)
        withTexts(texts) { list in
            list.count = count
            var vector: Float = 0
            let found = status { swiftlet_embed(embedder.raw, &list, nil, &vector, 1, nil, $0) }
            #expect(found == SWIFTLET_ERROR_ARGUMENT || found == SWIFTLET_ERROR_BUFFER)
        }
    }

    @Test(arguments: [[-1, 3], [0, 4], [2, 1], [Int64.min, Int64.max], [3, Int64.max]])
    func `offsets outside the data are an error`(offsets: [Int64]) throws {
        let embedder = try Owned.embedder(model)
        withTexts(["abc"]) { list in
            offsets.withUnsafeBufferPointer {
                list.offsets64 = $0.baseAddress
                let error = #expect(throws: CFailure.self) { try embed(embedder, &list) }
                #expect(error?.status == SWIFTLET_ERROR_ARGUMENT && error?.place == "texts.offsets64")
            }
        }
    }

    @Test func `similarities are those of the Swift API`() throws {
        var reference = try Embedder(Model(path: Fixtures.path("embed.gguf")))
        let vectors = try reference.embed(texts)
        let embedder = try Owned.embedder(model)
        var cosines = [Float](repeating: .nan, count: texts.count)
        try withTexts(texts) { list in
            try withBytes(texts[0]) { text, size in
                try check {
                    swiftlet_similarity(embedder.raw, text, size, &list, nil, &cosines, 5, nil, $0)
                }
            }
        }
        #expect(cosines == texts.indices.map { vectors.similarity(0, $0) })
    }

    @Test func `scores are those of the Swift API`() throws {
        let path = Fixtures.path("models/bert-reranker-f16.gguf")
        var reference = try Reranker(Model(path: path))
        let documents = ["the one", "another", "", "the one"]
        let expected = try reference.score("which one", documents)
        let model = try Owned.model(path)
        let reranker = try Owned(swiftlet_reranker_release) {
            swiftlet_reranker_open(model.raw, nil, $0, $1)
        }
        var scores = [Float](repeating: .nan, count: 4)
        try withTexts(documents) { list in
            try withBytes("which one") { query, size in
                try check {
                    swiftlet_rerank(reranker.raw, query, size, &list, nil, &scores, 4, nil, $0)
                }
            }
        }
        #expect(scores == expected)
        #expect(status { swiftlet_reranker_open(self.model.raw, nil, nil, $0) } != SWIFTLET_OK)
    }
}
