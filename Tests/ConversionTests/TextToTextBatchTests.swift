import Conversion
import GGUF
import Swiftlet
import TestSupport
import Testing

/// Batches of models as transformers saves them, and their languages.
@Suite struct TextToTextBatchTests {
    /// Of 1 to 20 tokens.
    private static func sources(vocabulary: Int) -> [[Token]] {
        (0..<20).map { n in (0...n).map { Token((31 * $0 * $0 + 13 * $0 + 17 * n) % (vocabulary - 4) + 3) } }
    }

    private static func model(_ name: String) throws -> Model {
        let folder = try ModelFolderCopy(name)
        _ = try folder.converted()
        return try Model(path: folder.output)
    }

    @Test(arguments: ["t5", "bart", "marian", "m2m100"], [1, 4])
    func `a source's targets are bit-identical alone and in any company`(name: String, beams: Int) throws {
        let model = try Self.model(name)
        let sources = Self.sources(vocabulary: model.vocabularySize)
        var options = BeamOptions()
        options.beams = beams
        options.results = beams
        options.maxTokens = 14
        options.noRepeatNgram = 3
        var runtime = TextToTextOptions()
        runtime.hypotheses = beams
        runtime.sources = 20
        var batch = try TextToText(model, .plain, runtime)
        let alone = try sources.map { try batch.generate(from: [$0], options)[0] }
        #expect(alone.allSatisfy { $0.count == beams })
        #expect(try batch.generate(from: sources, options) == alone)
        #expect(try batch.generate(from: sources.reversed(), options) == alone.reversed())
        // Few places, small steps, one thread.
        runtime.sources = 3
        runtime.sourceTokens = 16
        runtime.threads = 1
        var narrow = try TextToText(model, .plain, runtime)
        #expect(try narrow.generate(from: sources, options) == alone)
        // The kernels for one source differ by rounding.
        runtime.sources = 1
        var single = try TextToText(model, .plain, runtime)
        let close = try single.generate(from: sources, options)
        for (found, expected) in zip(close, alone) {
            #expect(abs(found[0].score - expected[0].score) < 1e-3)
        }
    }

    /// A file whose tokens 4 to 7 name languages.
    private static func languages(_ names: [String], layout: String? = nil) throws -> Model {
        let folder = try ModelFolderCopy("m2m100")
        let file = try folder.converted()
        var tokens = try file.metadata.strings("tokenizer.ggml.tokens")
        var types = try file.metadata.ints("tokenizer.ggml.token_type").map(Int32.init)
        for (place, name) in names.enumerated() {
            tokens[4 + place] = name
            types[4 + place] = 3
        }
        try ModelCopy.write(folder.output, to: folder.path("named.gguf")) {
            $0.set("tokenizer.ggml.tokens", tokens)
            $0.set("tokenizer.ggml.token_type", types)
            if let layout { $0.set("general.translation.layout", layout) }
        }
        return try Model(path: folder.path("named.gguf"))
    }

    @Test(arguments: [
        (["eng_Latn", "deu_Latn", "zho_Hans", "zho_Hant"], "en", "de"),
        (["eng_Latn", "deu_Latn", "zho_Hans", "zho_Hant"], "English", "deu_Latn"),
        (["__en__", "__de__", "__zh__"], "eng", "german"), (["en_XX", "de_DE", "zh_CN"], "en_xx", "deu"),
    ])
    func `a language is found by its codes and name, before the source and as the target's first token`(
        names: [String], source: String, target: String
    ) throws {
        let model = try Self.languages(names)
        var translator = try TextToText(model, .translation(from: source, to: target))
        let tokens = translator.sourceTokens(of: "a cat")
        let plain = model.tokenize("a cat", addSpecial: false)
        #expect(tokens == [4] + plain + [2])
        #expect(translator.targetTokens(of: "a cat") == [5] + plain + [2])
        var options = BeamOptions()
        options.maxTokens = 4
        #expect(try translator.convert(["a cat"], options)[0].targets[0].tokens[0][0] == 5)
        options.prefix = plain
        #expect(try translator.convert(["a cat"], options)[0].targets[0].tokens[0].starts(with: [5] + plain))
        let pairs = try translator.alignment(of: [5] + plain, to: "a cat")
        #expect(pairs.map(\.target) == Array(1...plain.count))
        #expect(pairs.allSatisfy { (1...plain.count).contains($0.source) })
    }

    @Test func `a language may stand behind the source, and one of a target alone before it`() throws {
        let model = try Self.languages(["en_XX", "ro_RO"], layout: "behind")
        var translator = try TextToText(model, .translation(from: "en", to: "ro"))
        let plain = model.tokenize("a cat", addSpecial: false)
        #expect(translator.sourceTokens(of: "a cat") == plain + [2, 4])
        var options = BeamOptions()
        options.maxTokens = 3
        let found = try translator.convert(["a cat"], options)[0].targets[0].tokens[0]
        var session = try TextToTextSession(model)
        try session.encode(plain + [2, 4])
        try session.decode([5])
        #expect(session.withLogits { SamplerProbe.best($0) } == found.first)
        let marian = try Self.languages([">>fra<<", ">>deu<<"])
        let both = try TextToText(marian, .translation(from: nil, to: "fr"))
        #expect(both.sourceTokens(of: "a cat") == [4] + plain + [2])
    }

    @Test(
        arguments: [
            (["eng_Latn", "deu_Latn"], "en", "xx", "does not know the language \"xx\": it knows eng_Latn, deu_Latn"),
            (["eng_Latn", "zho_Hans", "zho_Hant"], "en", "zh", "use one of zho_Hans, zho_Hant"),
            (
                ["eng_Latn", "deu_Latn"], nil, "de",
                "the language to translate from is missing: the model knows eng_Latn"
            ),
            (["eng_Latn", "deu_Latn"], "en", nil, "the language to translate to is missing: the model knows eng_Latn"),
        ] as [([String], String?, String?, String)])
    func `a language that is not there is told`(
        names: [String], source: String?, target: String?, message: String
    ) throws {
        let model = try Self.languages(names)
        let error = #expect(throws: SwiftletError.self) {
            _ = try TextToText(model, .translation(from: source, to: target))
        }
        #expect(
            error?.code == .invalidArgument && error?.message.contains(message) == true, "\(String(describing: error))")
    }

    @Test func `a file that names no languages takes any`() throws {
        let model = try Self.languages([])
        let plain = try TextToText(model, .translation(from: nil, to: nil)).sourceTokens(of: "a cat")
        #expect(try TextToText(model, .translation(from: "en", to: "de")).sourceTokens(of: "a cat") == plain)
    }

    @Test func `T5 is told in words`() throws {
        let model = try Self.model("t5")
        let german = try TextToText(model, .translation(from: nil, to: "de"))
        #expect(german.sourceTokens(of: "a cat") == model.tokenize("translate English to German: a cat"))
        let back = try TextToText(model, .translation(from: "French", to: "en"))
        #expect(back.sourceTokens(of: "a cat") == model.tokenize("translate French to English: a cat"))
        let summary = try TextToText(model, .summary)
        #expect(summary.sourceTokens(of: "a cat") == model.tokenize("summarize: a cat"))
        for target in [nil, "xx"] {
            #expect(throws: SwiftletError.self) { _ = try TextToText(model, .translation(from: "en", to: target)) }
        }
    }

    @Test func `a file of one direction knows it`() throws {
        let folder = try ModelFolderCopy("marian")
        for (name, code) in [("source_lang", "eng"), ("target_lang", "deu")] {
            try folder.replace("\"\(name)\": null", by: "\"\(name)\": \"\(code)\"", in: "tokenizer_config.json")
        }
        _ = try folder.converted()
        let model = try Model(path: folder.output)
        _ = try TextToText(model, .translation(from: "en", to: "German"))
        let error = #expect(throws: SwiftletError.self) {
            _ = try TextToText(model, .translation(from: "en", to: "fr"))
        }
        #expect(error?.message.contains("translates to deu alone, not to fr") == true)
    }
}

/// The most probable token of a row of logits.
private enum SamplerProbe {
    static func best(_ logits: Span<Float>) -> Token { Sampler.mostProbable(logits) }
}
