import CSwiftlet
import Swiftlet
import TestSupport
import Testing

/// The pieces a callback received, and when it stops.
final class Pieces {
    var texts: [String] = []
    var tokens: [Int32] = []
    var most = Int.max
    var onPiece: () -> Void = {}

    static let callback: swiftlet_on_text = { user, text, size, token in
        guard let user = user, let text = text else { return Int32(SWIFTLET_STOP) }
        let pieces = Unmanaged<Pieces>.fromOpaque(user).takeUnretainedValue()
        let bytes = (0..<size).map { UInt8(bitPattern: text[$0]) }
        // `String(validating:)` is the proof that no character was cut.
        pieces.texts.append(String(validating: bytes, as: UTF8.self) ?? "<cut>")
        if text[size] != 0 { pieces.texts.append("<no zero>") }
        pieces.tokens.append(token)
        pieces.onPiece()
        return Int32(pieces.tokens.count < pieces.most ? SWIFTLET_CONTINUE : SWIFTLET_STOP)
    }

    var user: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }
}

/// Generated text through the header, beside that of the Swift API.
@Suite struct `C: text` {
    private let path = Fixtures.path("chat.gguf")
    private let prompt = "Q: How do I compute embeddings?\nA:"
    private let model: Owned

    init() throws {
        model = try Owned.fixture("chat.gguf")
    }

    private func withOptions<Result>(
        greedy: Bool = true, _ body: (inout swiftlet_generation_options) throws -> Result
    ) rethrows -> Result {
        var sampling = swiftlet_sampling_options()
        sampling.struct_size = size(of: swiftlet_sampling_options.self)
        sampling.greedy = UInt32(greedy ? SWIFTLET_YES : SWIFTLET_NO)
        sampling.seed = 7
        return try withUnsafePointer(to: &sampling) {
            var options = swiftlet_generation_options()
            options.struct_size = size(of: swiftlet_generation_options.self)
            options.sampling = $0
            options.max_tokens = 24
            return try body(&options)
        }
    }

    private func complete(
        _ session: Owned, _ options: inout swiftlet_generation_options, _ pieces: Pieces = Pieces()
    ) throws -> (text: String, swiftlet_generation) {
        var result = swiftlet_generation()
        result.struct_size = size(of: swiftlet_generation.self)
        var text: OpaquePointer?
        try withBytes(prompt) { prompt, size in
            try check {
                swiftlet_complete(
                    session.raw, prompt, size, &options, Pieces.callback, pieces.user, &result, &text, $0)
            }
        }
        return (takeText(text), result)
    }

    @Test(arguments: [true, false])
    func `completions are those of the Swift API`(greedy: Bool) throws {
        let reference = try Model(path: path)
        var expected = GenerationOptions()
        expected.maxTokens = 24
        expected.sampling = greedy ? .greedy : SamplingOptions()
        expected.sampling.seed = 7
        var swiftSession = try Session(reference)
        let generation = try swiftSession.generate(from: reference.tokenize(prompt), expected)
        let session = try Owned.session(model)
        try withOptions(greedy: greedy) { options in
            for round in 0..<2 {
                let pieces = Pieces()
                let (text, result) = try complete(session, &options, pieces)
                #expect(text == generation.text && pieces.texts.joined() == text)
                #expect(pieces.tokens.filter { $0 >= 0 } == generation.tokens)
                #expect(result.generated_tokens == UInt64(generation.tokens.count))
                #expect(result.prompt_tokens == UInt64(reference.tokenize(prompt).count))
                #expect(result.computed_tokens == (round == 0 ? result.prompt_tokens : 1))
                #expect(result.end == UInt32(generation.reason == .end ? SWIFTLET_END_MODEL : SWIFTLET_END_LENGTH))
                #expect(result.prompt_seconds > 0 && result.generation_seconds > 0)
            }
        }
    }

    @Test func `a stop string, the callback and the context end a text`() throws {
        let session = try Owned.session(model) { $0.context_length = 32 }
        try withOptions { options in
            options.max_tokens = 0
            options.ignore_end = UInt32(SWIFTLET_YES)
            let (whole, full) = try complete(session, &options)
            #expect(full.end == UInt32(SWIFTLET_END_CONTEXT))
            #expect(full.prompt_tokens + full.generated_tokens == 33)
            let pieces = Pieces()
            pieces.most = 3
            #expect(try complete(session, &options, pieces).1.end == UInt32(SWIFTLET_END_CALLBACK))
            #expect(pieces.tokens.count == 3)
            let word = String(whole.split(separator: " ").last ?? "")
            try withTexts([word]) { stop in
                try withUnsafePointer(to: &stop) {
                    options.stop = $0
                    let (text, result) = try complete(session, &options)
                    #expect(result.end == UInt32(SWIFTLET_END_STOP))
                    #expect(!text.contains(word) && whole.hasPrefix(text))
                }
            }
        }
    }

    @Test func `an empty stop string is an error`() throws {
        let session = try Owned.session(model)
        withOptions { options in
            withTexts(["a", ""]) { stop in
                withUnsafePointer(to: &stop) {
                    options.stop = $0
                    let error = #expect(throws: CFailure.self) { try complete(session, &options) }
                    #expect(error?.status == SWIFTLET_ERROR_ARGUMENT)
                    #expect(error?.place == "options.stop" && error?.index == 1)
                    #expect(error?.message == "stop string 1 is empty: give each at least one character")
                }
            }
        }
    }

    @Test func `a grammar holds`() throws {
        let session = try Owned.session(model)
        try withOptions { options in
            let (text, result) = try "root ::= \"yes\" | \"no\"".withCString { grammar in
                options.grammar = grammar
                return try complete(session, &options)
            }
            #expect(["yes", "no"].contains(text))
            #expect(result.end == UInt32(SWIFTLET_END_GRAMMAR))
            #expect(result.grammar == UInt32(SWIFTLET_GRAMMAR_COMPLETE) && result.grammar_tokens == 0)
            let cut = try "root ::= \"How do I compute embeddings?\"".withCString { grammar in
                options.grammar = grammar
                options.max_tokens = 1
                return try complete(session, &options).1
            }
            #expect(cut.end == UInt32(SWIFTLET_END_LENGTH))
            #expect(cut.grammar == UInt32(SWIFTLET_GRAMMAR_UNFINISHED) && cut.grammar_tokens > 1)
            options.grammar = nil
            #expect(try complete(session, &options).1.grammar == UInt32(SWIFTLET_GRAMMAR_NONE))
            "root ::= (".withCString { grammar in
                options.grammar = grammar
                let error = #expect(throws: CFailure.self) { try complete(session, &options) }
                #expect(error?.status == SWIFTLET_ERROR_ARGUMENT && error?.place == "options.grammar")
            }
        }
    }

    @Test func `a cancelled completion gives what came`() throws {
        let session = try Owned.session(model)
        let cancellation = try Owned.cancellation()
        try withOptions { options in
            options.cancellation = cancellation.raw
            let pieces = Pieces()
            pieces.onPiece = { if pieces.tokens.count == 4 { swiftlet_cancellation_cancel(cancellation.raw) } }
            var text: OpaquePointer?
            let error = #expect(throws: CFailure.self) {
                try withBytes(prompt) { prompt, size in
                    try check {
                        swiftlet_complete(
                            session.raw, prompt, size, &options, Pieces.callback, pieces.user, nil, &text, $0)
                    }
                }
            }
            #expect(error?.status == SWIFTLET_ERROR_CANCELLED)
            #expect(takeText(text) == pieces.texts.joined())
            #expect(pieces.tokens.count == 4)
            let later = #expect(throws: CFailure.self) { try complete(session, &options) }
            #expect(later?.status == SWIFTLET_ERROR_CANCELLED)
            swiftlet_cancellation_reset(cancellation.raw)
            let again = try complete(session, &options).1
            #expect(again.generated_tokens > 4)
        }
    }

    @Test func `a call on a session from its own callback is refused`() throws {
        let session = try Owned.session(model)
        let pieces = Pieces()
        var found: [Int] = []
        pieces.onPiece = {
            found.append(status { swiftlet_session_step(session.raw, 1, $0) })
            found.append(status { swiftlet_session_rewind(session.raw, 0, $0) })
        }
        pieces.most = 1
        try withOptions { options in _ = try complete(session, &options, pieces) }
        #expect(found == [SWIFTLET_ERROR_BUSY, SWIFTLET_ERROR_BUSY])
    }

    @Test func `a chat answers as the Swift API does`() throws {
        var options = ChatOptions()
        options.generation.sampling = .greedy
        options.generation.maxTokens = 40
        var reference = try ChatSession(Model(path: path), options)
        let chat = try Owned.chat(model)
        for question in ["How do I compute embeddings?", "What is 2 + 3?"] {
            let expected = try reference.respond(to: question)
            let pieces = Pieces()
            var result = swiftlet_generation()
            result.struct_size = size(of: swiftlet_generation.self)
            var text: OpaquePointer?
            try withOptions { options in
                options.max_tokens = 40
                try withBytes(question) { message, size in
                    try check {
                        swiftlet_chat_respond(
                            chat.raw, message, size, &options, Pieces.callback, pieces.user, &result, &text, $0)
                    }
                }
            }
            #expect(takeText(text) == expected.text && pieces.texts.joined() == expected.text)
            #expect(result.end == UInt32(SWIFTLET_END_MODEL))
            #expect(result.computed_tokens == UInt64(expected.computedTokens))
            #expect(result.generated_tokens == UInt64(expected.answerTokens))
        }
        #expect(try messages(chat) == reference.messages.map(\.content))
        try check { swiftlet_chat_truncate(chat.raw, 2, $0) }
        #expect(try messages(chat) == reference.messages.prefix(2).map(\.content))
        #expect(status { swiftlet_chat_truncate(chat.raw, 3, $0) } == SWIFTLET_ERROR_ARGUMENT)
    }

    private func messages(_ chat: Owned) throws -> [String] {
        var count: UInt64 = 0
        try check { swiftlet_chat_count(chat.raw, &count, $0) }
        return try (0..<count).map { index in
            var speaker: UInt32 = 0
            let content = try text {
                swiftlet_chat_message(chat.raw, index, &speaker, $0, $1, $2, $3)
            }
            #expect(speaker == UInt32(index % 2 == 0 ? SWIFTLET_SPEAKER_USER : SWIFTLET_SPEAKER_ASSISTANT))
            return content
        }
    }

    @Test func `a template is taken by its name`() throws {
        var options = swiftlet_chat_options()
        options.struct_size = size(of: swiftlet_chat_options.self)
        func open() -> Int {
            var chat: OpaquePointer?
            defer { swiftlet_chat_release(chat) }
            return status { swiftlet_chat_open(model.raw, &options, &chat, $0) }
        }
        "default".withCString { name in
            options.template_name = name
            #expect(open() == SWIFTLET_OK)
            options.chat_template = name
            #expect(open() == SWIFTLET_ERROR_ARGUMENT)
            options.chat_template = nil
        }
        "nope".withCString { name in
            options.template_name = name
            #expect(open() == SWIFTLET_ERROR_ARGUMENT)
        }
    }

    @Test func `messages are added, and a model without a template is refused`() throws {
        let chat = try Owned.chat(model)
        try "hello".withCString { text in
            var message = swiftlet_message()
            message.struct_size = size(of: swiftlet_message.self)
            message.speaker = UInt32(SWIFTLET_SPEAKER_USER)
            message.text = text
            message.size = 5
            try check { swiftlet_chat_add(chat.raw, &message, $0) }
            #expect(try messages(chat) == ["hello"])
            message.speaker = 9
            #expect(status { swiftlet_chat_add(chat.raw, &message, $0) } == SWIFTLET_ERROR_ARGUMENT)
        }
        let encoder = try Owned.fixture("embed.gguf")
        let error = #expect(throws: CFailure.self) { try Owned.chat(encoder) }
        #expect(error?.status == SWIFTLET_ERROR_MODEL)
    }
}
