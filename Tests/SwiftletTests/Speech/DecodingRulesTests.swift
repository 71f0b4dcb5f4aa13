import Swiftlet
import Testing

/// Each rule on logits made by hand.
@Suite struct DecodingRulesTests {
    private let model: SpeechModel
    private var options = TranscriptionOptions()

    init() throws {
        model = try NanoSpeech.model()
    }

    /// The tokens that stay possible.
    private func possible(
        after text: [Token], _ options: TranscriptionOptions? = nil, logit: (Token) -> Float = { _ in 0 }
    ) -> Set<Token> {
        var row = LogitRow(values: (0..<model.vocabularySize).map { logit(Token($0)) })
        DecodingRules(model, options ?? self.options).apply(to: &row, after: text)
        return Set(row.values.indices.filter { row.values[$0] > -.infinity }.map(Token.init))
    }

    /// Text that is so likely that times do not outweigh it.
    private func text(_ token: Token) -> Float { token < model.tokens.endOfText ? 20 : 0 }

    @Test func `a window begins with a time of the first second`() {
        let found = possible(after: [], logit: text)
        #expect(found == Set(model.time(0)...model.time(1)))
    }

    @Test func `without a latest start it begins with any time`() {
        var options = options
        options.latestStart = nil
        #expect(possible(after: [], options, logit: text) == Set(model.tokens.timestamps))
    }

    @Test(arguments: [30, 30.02, 31, 1e9]) func `a latest start behind the last time changes nothing`(latest: Double) {
        var options = options
        options.latestStart = latest
        let last = min(latest, model.tokens.seconds(model.tokens.timestamps.upperBound) ?? 0)
        #expect(possible(after: [], options, logit: text) == Set(model.time(0)...model.time(last)))
    }

    @Test func `behind the first time stands text`() {
        let found = possible(after: [model.time(0.5)], logit: text)
        #expect(!found.isEmpty && found.isDisjoint(with: model.tokens.timestamps))
        #expect(found.contains(model.tokens.endOfText))
    }

    @Test func `times do not go back, and a segment takes some time`() {
        let found = possible(after: model.said(0.5, "a", 1).dropLast(), logit: text)
        let times = found.intersection(model.tokens.timestamps)
        #expect(times == Set(model.time(0.52)...model.tokens.timestamps.upperBound))
    }

    @Test func `behind a segment's end stands a time from there on, or the end`() {
        let found = possible(after: model.said(0, "a", 1), logit: { $0 == model.tokens.endOfText ? 20 : 0 })
        #expect(found == Set(model.time(1)...model.tokens.timestamps.upperBound).union([model.tokens.endOfText]))
    }

    @Test func `behind a pair of times stands text`() {
        let found = possible(after: model.said(0, "a", 1) + [model.time(1)], logit: text)
        #expect(found.isDisjoint(with: model.tokens.timestamps))
    }

    @Test(arguments: [-8, -7] as [Float]) func `times that are likelier together than any text win`(logit: Float) {
        // 1,480 times of this logit are as likely as one of 7.3 more.
        let found = possible(after: model.said(0, "a", 0.4).dropLast()) { token in
            token == 65 ? 0 : model.tokens.timestamps.contains(token) ? logit : -20
        }
        #expect(found.contains(65) == (logit == -8))
    }

    @Test func `an empty text is none, and nothing steers the model`() {
        var options = options
        options.findsTimes = false
        let blank = model.tokenize(" ")
        let first = possible(after: [], options)
        #expect(blank.count == 1 && first.isDisjoint(with: blank + [model.tokens.endOfText]))
        let second = possible(after: [65], options)
        #expect(second.isSuperset(of: blank + [model.tokens.endOfText]))
        #expect(second.allSatisfy { $0 <= model.tokens.endOfText })
    }

    @Test func `symbols that nobody says come only where they may`() throws {
        let bracket = try #require(model.tokenize("[").first)
        let hyphen = try #require(model.tokenize("-").first)
        #expect(!possible(after: [model.time(0)], logit: text).contains(bracket))
        #expect(possible(after: [model.time(0)], logit: text).contains(hyphen))
        var options = options
        options.suppressesSymbols = false
        #expect(possible(after: [model.time(0)], options, logit: text).contains(bracket))
    }

    @Test func `what is no number is never the best nor drawn`() throws {
        var random = RandomSource(seed: 1)
        let row = LogitRow(values: [.nan, 1, 3, .nan, 2, -.infinity])
        #expect(row.best == 2 && row.best(9) == [2, 4, 1] && row.best(2) == [2, 4])
        let draws = try #require(row.draws(temperature: 1))
        let drawn = Set((0..<200).compactMap { _ in draws.token(at: random.uniform()) })
        #expect(drawn == [1, 2, 4])
        #expect(LogitRow(values: [.nan, -.infinity]).best == nil)
        #expect(LogitRow(values: [-.infinity]).draws(temperature: 1) == nil)
    }

    @Test func `the likeliest language and its share of all of them`() throws {
        var row = LogitRow(values: [Float](repeating: 50, count: model.vocabularySize))
        for language in model.tokens.languages { row.values[Int(language.token)] = -.infinity }
        row.values[Int(try #require(model.tokens.language("de")))] = 2
        row.values[Int(try #require(model.tokens.language("fr")))] = 1
        let found = try #require(row.language(of: model.tokens.languages))
        #expect(found.code == "de" && abs(found.probability - 0.7311) < 1e-4)
    }
}
