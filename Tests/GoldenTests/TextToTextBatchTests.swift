import Swiftlet
import TestSupport
import Testing

/// Many sources side by side, and what steers generation beside beams.
@Suite struct TextToTextBatchTests {
    private static func model(_ file: String) throws -> TextToText {
        var options = TextToTextOptions()
        options.cacheType = .f32
        options.hypotheses = 4
        options.sources = 6
        options.sourceTokens = 40
        return try TextToText(Model(path: Fixtures.path("models/\(file)")), .plain, options)
    }

    @Test(arguments: TextToTextTests.list?.generation ?? [])
    func `texts and scores of many sources are those of transformers`(test: TextToTextTests.List.Generation) throws {
        let list = try #require(TextToTextTests.list)
        var model = try Self.model(test.file)
        let found = try model.generate(from: list.sources, test.options.options(maxTokens: list.maxTokens))
        for (results, expected) in zip(found, test.results) {
            #expect(results.map(\.tokens) == expected.map(\.ids))
            for (result, exact) in zip(results, expected) {
                #expect(abs(result.score - (exact.score ?? result.score)) <= 1e-4 * max(1, abs(result.score)))
            }
        }
    }

    @Test func `a target goes on from its prefix, and scores are of the rest`() throws {
        let list = try #require(TextToTextTests.list)
        var model = try Self.model("t5-f32.gguf")
        var options = BeamOptions()
        options.maxTokens = 6
        for source in list.sources.prefix(4) {
            let whole = try model.generate(from: [source], options)[0][0].tokens
            options.prefix = Array(whole.prefix(2))
            #expect(try model.generate(from: [source], options)[0][0].tokens.starts(with: whole))
            options.prefix = [whole[0] == 9 ? 10 : 9]
            options.beams = 3
            options.results = 3
            let found = try model.generate(from: [source], options)[0]
            for result in found {
                #expect(result.tokens.first == options.prefix[0] && result.tokens.count <= 7)
                let exact = try model.logProbabilities(of: result.tokens, given: source).dropFirst()
                #expect(abs(result.score - exact.reduce(0, +) / Double(exact.count)) < 1e-4)
            }
            options = BeamOptions()
            options.maxTokens = 6
        }
    }

    @Test func `drawn texts are those of their seed, whatever is beside them`() throws {
        let list = try #require(TextToTextTests.list)
        var model = try Self.model("t5-f32.gguf")
        var options = BeamOptions()
        var sampling = SamplingOptions()
        sampling.temperature = 1.5
        sampling.seed = 7
        options.sampling = sampling
        options.results = 3
        options.maxTokens = 8
        let found = try model.generate(from: list.sources, options)
        #expect(found.allSatisfy { $0.count == 3 && Set($0.map(\.tokens)).count > 1 })
        for place in [0, 19] {
            #expect(try model.generate(from: [list.sources[place]], options) == [found[place]])
            let scores = found[place].map(\.score)
            #expect(scores == scores.sorted(by: >))
            let best = found[place][0]
            let exact = try model.logProbabilities(of: best.tokens, given: list.sources[place])
            #expect(abs(best.score - exact.reduce(0, +) / Double(exact.count)) < 1e-4)
        }
        // Of the most probable token alone there is one text.
        options.sampling?.topK = 1
        let sure = try model.generate(from: list.sources, options)
        var greedy = BeamOptions()
        greedy.maxTokens = 8
        #expect(try sure.map { $0[2].tokens } == model.generate(from: list.sources, greedy).map { $0[0].tokens })
    }

    @Test func `a caller ends it early`() throws {
        let list = try #require(TextToTextTests.list)
        var model = try Self.model("t5-f32.gguf")
        var options = BeamOptions()
        options.maxTokens = 4
        var count = 0
        let found = try model.generate(from: list.sources, options) { _, _ in
            count += 1
            return count < 3
        }
        #expect(count == 3 && found.count { !$0.isEmpty } == 3)
        #expect(try model.generate(from: list.sources, options).allSatisfy { $0.count == 1 })
    }

    @Test func `what does not fit is an error that says where`() throws {
        var model = try Self.model("t5-f32.gguf")
        func expectError(_ part: String, _ sources: [[Token]], _ change: (inout BeamOptions) -> Void = { _ in }) {
            var options = BeamOptions()
            options.maxTokens = 2
            change(&options)
            let error = #expect(throws: SwiftletError.self) { _ = try model.generate(from: sources, options) }
            #expect(error?.message.contains(part) == true, "\(String(describing: error))")
        }
        expectError("source 2 has no tokens", [[5, 1], []])
        expectError("source 1 has 100 tokens, at most 64 are possible", [[Token](repeating: 5, count: 100)])
        expectError("source 1 has the token 288", [[288]])
        expectError("5 beams need as many hypotheses", [[5, 1]]) { $0.beams = 5 }
        expectError("the target's beginning has the token 300", [[5, 1]]) { $0.prefix = [300] }
        expectError("the target's beginning has 64 tokens", [[5, 1]]) { $0.prefix = [Token](repeating: 5, count: 64) }
        expectError("the number of beams is 2: use 1 where tokens are drawn", [[5, 1]]) {
            $0.beams = 2
            $0.sampling = SamplingOptions()
        }
        expectError("the temperature is -1", [[5, 1]]) {
            $0.sampling = SamplingOptions()
            $0.sampling?.temperature = -1
        }
        #expect(try model.generate(from: []).isEmpty)
        var options = TextToTextOptions()
        options.sources = 0
        #expect(throws: SwiftletError.self) {
            _ = try TextToText(Model(path: Fixtures.path("models/t5-f32.gguf")), .plain, options)
        }
    }

    @Test func `scores of a given target are those of its search, and places are aligned`() throws {
        var model = try Self.model("t5-f32.gguf")
        let source = model.sourceTokens(of: "the hat")
        var options = BeamOptions()
        options.maxTokens = 8
        options.beams = 4
        options.results = 4
        for result in try model.generate(from: [source], options)[0] {
            let scores = try model.logProbabilities(of: result.tokens, given: source)
            #expect(scores.count == result.tokens.count)
            #expect(abs(scores.reduce(0, +) / Double(scores.count) - result.score) < 1e-4)
            let pairs = try model.alignment(of: result.tokens, to: "the hat")
            #expect(pairs.map(\.target) == pairs.map(\.target).sorted())
            #expect(pairs.allSatisfy { $0.source < source.count - 1 && $0.target < result.tokens.count })
        }
        #expect(throws: SwiftletError.self) { _ = try model.logProbabilities(of: [], given: source) }
        #expect(throws: SwiftletError.self) { _ = try model.logProbabilities(of: [-1], given: source) }
    }

    @Test func `long texts are cut at ends of sentences and joined, and empty ones stay`() throws {
        var model = try Self.model("t5-f32.gguf")
        var options = BeamOptions()
        options.maxTokens = 5
        let texts = ["the cat sat. a hat! is it? yes", "", "the cat", " \t "]
        let whole = try model.convert(texts, options)
        #expect(whole.map(\.pieces) == [[texts[0]], [], ["the cat"], []])
        #expect(whole[1].targets == whole[3].targets && whole[1].text.isEmpty && whole[1].targets.count == 1)
        let limit = model.sourceTokens(of: "the cat sat.").count
        let cut = try model.convert(texts, options, limit: limit)
        #expect(cut[0].pieces.first == "the cat sat." && cut[0].pieces.count > 1)
        #expect(cut[0].pieces.joined(separator: " ") == texts[0])
        let parts = try model.convert(cut[0].pieces, options)
        #expect(cut[0].text.filter { $0 != " " } == parts.map(\.text).joined().filter { $0 != " " })
        #expect(cut[0].targets[0].tokens == parts.flatMap { $0.targets[0].tokens })
        let first = try model.convert(texts, options, limit: limit, long: .cut)
        #expect(first[0] == parts[0])
        // A sentence without an end, and a word without a space.
        let run = try model.convert(["the cat the cat the cat", "catcatcatcatcatcat"], options, limit: 5)
        #expect(run[0].pieces.joined(separator: " ") == "the cat the cat the cat" && run[0].pieces.count > 1)
        #expect(run[1].pieces.joined() == "catcatcatcatcatcat" && run[1].pieces.count > 1)
        for piece in run.flatMap(\.pieces) { #expect(model.sourceTokens(of: piece).count <= 5) }
        #expect(throws: SwiftletError.self) { _ = try model.convert(["x"], options, limit: 0) }
    }
}
