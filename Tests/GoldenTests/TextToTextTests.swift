import Swiftlet
import TestSupport
import Testing

/// Tiny random-weight T5 models against transformers in float64 (`Fixtures/golden/make_text_to_text.py`).
@Suite struct TextToTextTests {
    struct List: Decodable {
        struct Model: Decodable, CustomTestStringConvertible {
            let file: String
            let values: String
            let states: [Int]
            let logits: [Int]

            var testDescription: String { file }
            /// Largest error, of the largest value.
            var tolerance: Float { file.contains("q8_0") ? 0.03 : 1e-5 }
        }

        /// Text that transformers generates from each source.
        struct Generation: Decodable, CustomTestStringConvertible {
            struct Result: Decodable {
                let ids: [Token]
                let score: Double?
            }

            let file: String
            let options: Parameters
            let results: [[Result]]

            var testDescription: String { "\(file), \(options)" }
        }

        /// Generation parameters by transformers' names.
        struct Parameters: Decodable {
            let numBeams: Int?
            let numReturnSequences: Int?
            let lengthPenalty: Double?
            let earlyStopping: EarlyStopping?
            let noRepeatNgramSize: Int?
            let repetitionPenalty: Float?
            let minNewTokens: Int?
            let suppressTokens: [Token]?
            let forcedBosTokenId: Token?
            let forcedEosTokenId: Token?

            func options(maxTokens: Int) -> BeamOptions {
                var options = BeamOptions()
                options.maxTokens = maxTokens
                options.beams = numBeams ?? options.beams
                options.results = numReturnSequences ?? options.results
                options.lengthPenalty = lengthPenalty ?? options.lengthPenalty
                options.earlyStopping = earlyStopping?.value ?? options.earlyStopping
                options.noRepeatNgram = noRepeatNgramSize ?? options.noRepeatNgram
                options.repetitionPenalty = repetitionPenalty ?? options.repetitionPenalty
                options.minTokens = minNewTokens ?? options.minTokens
                options.suppressed = suppressTokens ?? options.suppressed
                options.forcedFirst = forcedBosTokenId
                options.forcedLast = forcedEosTokenId
                return options
            }
        }

        /// A boolean or a word.
        struct EarlyStopping: Decodable {
            let value: BeamOptions.EarlyStopping

            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let flag = try? container.decode(Bool.self) {
                    value = flag ? .true : .false
                } else {
                    value = try #require(BeamOptions.EarlyStopping(rawValue: container.decode(String.self)))
                }
            }
        }

        let source: [Token]
        let decoder: [Token]
        let models: [Model]
        let sources: [[Token]]
        let maxTokens: Int
        let generation: [Generation]
    }

    static let list = try? decode(List.self, Fixtures.path("golden/text_to_text.json"))
    static let models = list?.models ?? []
    static let pairs = models.filter { $0.logits[0] > 0 }

    @Test func `there are models of every kind`() { #expect(Self.models.count == 5 && Self.pairs.count == 4) }

    private func check(_ found: [Float], _ expected: ArraySlice<Float>, _ tolerance: Float) {
        #expect(found.count == expected.count)
        let largest = expected.map(abs).max() ?? 0
        let error = zip(found, expected).map { abs($0 - $1) }.max() ?? .nan
        #expect(error <= tolerance * largest, "\(error) of \(largest)")
    }

    private static func logits(
        _ session: borrowing TextToTextSession, rows: Int
    ) -> [Float] {
        var logits: [Float] = []
        for row in 0..<rows { session.withLogits(row) { for i in $0.indices { logits.append($0[i]) } } }
        return logits
    }

    @Test(arguments: pairs, [nil] + InstructionSets.runnable)
    func `states and logits are those of exact arithmetic`(test: List.Model, isa: String?) throws {
        let list = try #require(Self.list)
        var options = TextToTextOptions()
        options.cacheType = .f32
        options.instructionSet = isa
        options.threads = isa == nil ? 2 : 1
        var session = try TextToTextSession(Model(path: Fixtures.path("models/\(test.file)")), options)
        #expect(session.startToken == 0)
        try session.encode(list.source)
        var states: [Float] = []
        session.withEncoded { _, row in for i in row.indices { states.append(row[i]) } }
        try session.decode(list.decoder, keepsAll: true)
        let exact = try floats(Fixtures.path("golden/\(test.values)"))
        check(states, exact[..<states.count], test.tolerance)
        let all = Self.logits(session, rows: list.decoder.count)
        check(all, exact[states.count...], test.tolerance)
        // In pieces, after another source, with a hypothesis beside it.
        try session.encode(list.source.reversed())
        try session.decode([0, 5, 6])
        try session.encode(list.source)
        var found: [Float] = []
        for token in list.decoder {
            try session.decode([token])
            found += Self.logits(session, rows: 1)
        }
        check(found, exact[states.count...], test.tolerance)
    }

    @Test(arguments: pairs) func `hypotheses side by side are what each is alone`(test: List.Model) throws {
        var options = TextToTextOptions()
        options.hypotheses = 3
        var session = try TextToTextSession(Model(path: Fixtures.path("models/\(test.file)")), options)
        let source = try #require(Self.list?.source)
        try session.encode(source)
        try session.decode([0, 7])
        try session.reorder([0, 0, 0])
        try session.decodeEach([5, 6, 7])
        try session.reorder([2, 0])
        try session.decodeEach([8, 9])
        let together = Self.logits(session, rows: 2)
        var alone: [Float] = []
        for tokens: [Token] in [[0, 7, 7, 8], [0, 7, 5, 9]] {
            session.reset()
            try session.decode(tokens)
            alone += Self.logits(session, rows: 1)
        }
        check(together, alone[...], max(test.tolerance, 2e-3))
    }

    @Test(arguments: list?.generation ?? []) func `texts and scores are those of transformers`(
        test: List.Generation
    ) throws {
        let list = try #require(Self.list)
        let options = test.options.options(maxTokens: list.maxTokens)
        var sessionOptions = TextToTextOptions()
        sessionOptions.cacheType = .f32
        sessionOptions.hypotheses = options.beams
        var session = try TextToTextSession(Model(path: Fixtures.path("models/\(test.file)")), sessionOptions)
        for (source, expected) in zip(list.sources, test.results) {
            let found = try session.generate(from: source, options)
            #expect(found.map(\.tokens) == expected.map(\.ids), "\(source)")
            for (result, exact) in zip(found, expected) {
                #expect(abs(result.score - (exact.score ?? result.score)) <= 1e-4 * max(1, abs(result.score)))
            }
        }
    }

    @Test func `options out of range are errors`() throws {
        var session = try TextToTextSession(Model(path: Fixtures.path("models/t5-f32.gguf")))
        func expectError(_ part: String, _ change: (inout BeamOptions) -> Void) {
            var options = BeamOptions()
            change(&options)
            let error = #expect(throws: SwiftletError.self) { _ = try session.generate(from: [5, 1], options) }
            #expect(
                error?.code == .invalidArgument && error?.message.contains(part) == true, "\(String(describing: error))"
            )
        }
        expectError("the number of beams is 0") { $0.beams = 0 }
        expectError("as many hypotheses") { $0.beams = 2 }
        expectError("the length penalty is nan") { $0.lengthPenalty = .nan }
        expectError("the number of results is 2") { $0.results = 2 }
        expectError("the repetition penalty is 0.0") { $0.repetitionPenalty = 0 }
        expectError("the number of tokens is 0") { $0.maxTokens = 0 }
        expectError("the least number of tokens is -1") { $0.minTokens = -1 }
        expectError("the length of runs that do not repeat is -1") { $0.noRepeatNgram = -1 }
    }

    @Test func `an encoder alone embeds, and pooled states are its own`() throws {
        let test = try #require(Self.models.first { $0.logits[0] == 0 })
        let list = try #require(Self.list)
        let model = try Model(path: Fixtures.path("models/\(test.file)"))
        #expect(model.isEncoder)
        var options = EmbedderOptions()
        options.pooling = .mean
        options.normalize = false
        var embedder = try Embedder(model, options)
        let found = try embedder.embed(tokens: [list.source])
        let states = try floats(Fixtures.path("golden/\(test.values)"))
        let mean = (0..<test.states[1]).map { column in
            (0..<test.states[0]).reduce(Float(0)) { $0 + states[$1 * test.states[1] + column] } / Float(test.states[0])
        }
        check(found.values, mean[...], 1e-4)
    }

    @Test func `what does not fit is an error`() throws {
        let model = try Model(path: Fixtures.path("models/t5-f32.gguf"))
        var session = try TextToTextSession(model)
        #expect(throws: SwiftletError.self) { try session.decode([0]) }
        #expect(throws: SwiftletError.self) { try session.encode([]) }
        #expect(throws: SwiftletError.self) {
            try session.encode([Token](repeating: 5, count: model.contextLength + 1))
        }
        #expect(throws: SwiftletError.self) { try session.encode([288]) }
        try session.encode([5, 1])
        #expect(throws: SwiftletError.self) { try session.decode([0], of: 1) }
        #expect(throws: SwiftletError.self) { try session.decode([-1]) }
        #expect(throws: SwiftletError.self) { try session.reorder([0, 0]) }
        let text = #expect(throws: SwiftletError.self) { _ = try Session(model) }
        #expect(text?.message.contains("turns a text into another") == true)
        let chat = try Model(path: Fixtures.path("models/llama-f32.gguf"))
        let other = #expect(throws: SwiftletError.self) { _ = try TextToTextSession(chat) }
        #expect(other?.code == .model && other?.message.contains("continues texts") == true)
    }
}
