import CSwiftlet
import Swiftlet
import TestSupport
import Testing

/// What a translation callback got.
private final class Translations {
    struct Found: Equatable {
        let index: Int
        let rank: Int
        let text: String
        let score: Double
        let tokens: [Token]
        let pieces: Int
    }

    var found: [Found] = []
    var most = Int.max

    static let callback: swiftlet_on_translation = { user, translation in
        guard let user = user, let given = translation?.pointee else { return Int32(SWIFTLET_STOP) }
        let translations = Unmanaged<Translations>.fromOpaque(user).takeUnretainedValue()
        translations.found.append(
            Found(
                index: Int(given.index), rank: Int(given.rank), text: String(cString: given.text), score: given.score,
                tokens: Array(UnsafeBufferPointer(start: given.tokens, count: Int(given.token_count))),
                pieces: Int(given.piece_count)))
        return Int32(translations.found.count < translations.most ? SWIFTLET_CONTINUE : SWIFTLET_STOP)
    }

    var user: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }
}

/// Texts to other texts through the header, beside the Swift API.
@Suite struct `C: translation` {
    private let model: Owned
    private let texts = ["the cat", "", "a hat. the cat sat on it!", "it is"]

    init() throws { model = try Owned.fixture("models/t5-f32.gguf") }

    private func open(_ change: (inout swiftlet_translator_options) -> Void = { _ in }) throws -> Owned {
        var options = swiftlet_translator_options()
        options.struct_size = size(of: swiftlet_translator_options.self)
        options.task = UInt32(SWIFTLET_TASK_PLAIN)
        change(&options)
        return try Owned(swiftlet_translator_release) { swiftlet_translator_open(model.raw, &options, $0, $1) }
    }

    private func translate(
        _ translator: Owned, _ texts: [String], _ translations: Translations,
        _ change: (inout swiftlet_translate_options) -> Void = { _ in }
    ) throws {
        var options = swiftlet_translate_options()
        options.struct_size = size(of: swiftlet_translate_options.self)
        options.max_tokens = 6
        change(&options)
        try withTexts(texts) { list in
            try check {
                swiftlet_translate(
                    translator.raw, &list, &options, Translations.callback, translations.user, $0)
            }
        }
    }

    @Test func `texts become those of the Swift API, the best first`() throws {
        var runtime = TextToTextOptions()
        runtime.hypotheses = 3
        var reference = try TextToText(
            Model(path: Fixtures.path("models/t5-f32.gguf")), .translation(from: nil, to: "de"), runtime)
        var beams = BeamOptions()
        beams.beams = 3
        beams.results = 2
        beams.maxTokens = 6
        beams.lengthPenalty = 0.5
        beams.noRepeatNgram = 2
        let expected = try reference.convert(texts, beams, limit: 40)
        let translator = try "de".withCString { language in
            try open {
                $0.task = UInt32(SWIFTLET_TASK_TRANSLATE)
                $0.to = language
                $0.beams = 3
            }
        }
        let translations = Translations()
        try translate(translator, texts, translations) {
            $0.n_best = 2
            $0.length_penalty = 0.5
            $0.no_repeat_ngram = 2
            $0.piece_tokens = 40
        }
        for (index, text) in expected.enumerated() {
            let own = translations.found.filter { $0.index == index }
            #expect(own.map(\.text) == text.targets.map(\.text) && own.map(\.rank) == Array(text.targets.indices))
            #expect(own.map(\.score) == text.targets.map(\.score))
            #expect(own.map(\.tokens) == text.targets.map { $0.tokens.flatMap(\.self) })
            #expect(own.allSatisfy { $0.pieces == text.pieces.count })
        }
        #expect(translations.found.count == 7)
    }

    @Test func `a callback stops it, and so does a cancellation`() throws {
        let translator = try open()
        let translations = Translations()
        translations.most = 2
        try translate(translator, texts, translations)
        #expect(translations.found.count == 2)
        let cancellation = try Owned.cancellation()
        swiftlet_cancellation_cancel(cancellation.raw)
        let error = #expect(throws: CFailure.self) {
            try translate(translator, texts, translations) { $0.cancellation = cancellation.raw }
        }
        #expect(error?.status == SWIFTLET_ERROR_CANCELLED && translations.found.count == 2)
    }

    @Test func `options, languages and texts are checked`() throws {
        func opened(_ change: (inout swiftlet_translator_options) -> Void) -> CFailure? {
            do {
                _ = try open(change)
                return nil
            } catch {
                return error as? CFailure
            }
        }
        #expect(opened { $0.beams = 65 }?.status == SWIFTLET_ERROR_ARGUMENT)
        #expect(opened { $0.batch = 5000 }?.status == SWIFTLET_ERROR_ARGUMENT)
        #expect(opened { $0.task = 9 }?.place == "options.task")
        #expect(opened { $0.recommended = 7 }?.place == "options.recommended")
        #expect(opened { $0.threads = .max }?.status == SWIFTLET_ERROR_ARGUMENT)
        let unknown = "xx".withCString { language in
            opened {
                $0.task = UInt32(SWIFTLET_TASK_TRANSLATE)
                $0.to = language
            }
        }
        #expect(unknown?.status == SWIFTLET_ERROR_ARGUMENT && unknown?.message.contains("\"xx\"") == true)
        #expect("de".withCString { language in opened { $0.from = language } }?.place == "options.task")

        let translator = try open()
        let translations = Translations()
        func failed(
            _ texts: [String] = ["a"], _ change: (inout swiftlet_translate_options) -> Void
        ) -> CFailure? {
            do {
                try translate(translator, texts, translations, change)
                return nil
            } catch {
                return error as? CFailure
            }
        }
        #expect(failed { $0.n_best = 2 }?.status == SWIFTLET_ERROR_ARGUMENT)
        #expect(failed { $0.length_penalty = .nan }?.status == SWIFTLET_ERROR_ARGUMENT)
        #expect(failed { $0.repetition_penalty = -1 }?.status == SWIFTLET_ERROR_ARGUMENT)
        #expect(failed { $0.early_stopping = 4 }?.place == "options.early_stopping")
        #expect(failed { $0.piece_tokens = .max }?.place == "options.piece_tokens")
        #expect(failed { $0.max_tokens = .max } == nil && failed([]) { _ in } == nil)
        #expect(
            status { swiftlet_translate(translator.raw, nil, nil, Translations.callback, nil, $0) }
                == SWIFTLET_ERROR_ARGUMENT)
        let wrong = #expect(throws: CFailure.self) {
            try withTexts([[0x61], [0xFF]]) { list in
                try check {
                    swiftlet_translate(
                        translator.raw, &list, nil, Translations.callback, translations.user, $0)
                }
            }
        }
        #expect(wrong?.status == SWIFTLET_ERROR_UTF8 && wrong?.index == 1)
        let none = #expect(throws: CFailure.self) {
            try withTexts(["a"]) { list in
                try check { swiftlet_translate(translator.raw, &list, nil, nil, nil, $0) }
            }
        }
        #expect(none?.place == "on_translation")
        let decoder = try Owned.fixture("models/llama-f32.gguf")
        #expect(status { swiftlet_translator_open(decoder.raw, nil, nil, $0) } == SWIFTLET_ERROR_MODEL)
    }
}
