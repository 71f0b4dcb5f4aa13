import CSwiftlet
import Swiftlet
import TestSupport
import Testing

/// The layer of tokens through the header, beside the Swift API.
@Suite struct `C: tokens` {
    private let model: Owned
    private let reference: Model
    private let prompt: [Int32]

    init() throws {
        model = try Owned.fixture("chat.gguf")
        reference = try Model(path: Fixtures.path("chat.gguf"))
        prompt = reference.tokenize("Q: What is 2 + 3?\nA:")
    }

    private func info(_ session: Owned) throws -> swiftlet_session_info {
        var info = swiftlet_session_info()
        info.struct_size = size(of: swiftlet_session_info.self)
        try check { swiftlet_session_get_info(session.raw, &info, $0) }
        return info
    }

    private func prefill(_ session: Owned, _ tokens: [Int32]) throws {
        try check { swiftlet_session_prefill(session.raw, tokens, tokens.count, nil, $0) }
    }

    private func tokens(_ session: Owned) throws -> [Int32] {
        var needed = 0
        try check { swiftlet_session_tokens(session.raw, nil, 0, &needed, $0) }
        var tokens = [Int32](repeating: -1, count: needed)
        try check { swiftlet_session_tokens(session.raw, &tokens, needed, &needed, $0) }
        return tokens
    }

    private func logits(_ session: Owned) throws -> [Float] {
        var logits = [Float](repeating: .nan, count: reference.vocabularySize)
        let capacity = logits.count
        try check { swiftlet_session_logits(session.raw, &logits, capacity, nil, $0) }
        return logits
    }

    @Test(arguments: ["", "Hello, world", "<|endoftext|> 🦉\0x"], [0, 1, 2, 3])
    func `texts become tokens and back`(source: String, flags: Int) throws {
        let expected = reference.tokenize(source, addSpecial: flags & 1 == 0, parseSpecial: flags & 2 != 0)
        let found = try withBytes(source) { bytes, size in
            var needed = 0
            try check { swiftlet_tokenize(model.raw, bytes, size, UInt32(flags), nil, 0, &needed, $0) }
            var tokens = [Int32](repeating: -1, count: needed)
            try check {
                swiftlet_tokenize(model.raw, bytes, size, UInt32(flags), &tokens, needed, &needed, $0)
            }
            return tokens
        }
        #expect(found == expected)
        for special in [0, SWIFTLET_DETOKENIZE_SPECIAL] {
            let back = try text {
                swiftlet_detokenize(model.raw, found, found.count, UInt32(special), $0, $1, $2, $3)
            }
            #expect(back == reference.detokenize(expected, renderSpecial: special != 0))
        }
    }

    @Test func `ids, flags and sizes are checked`() throws {
        let bad: [Int32] = [1, Int32(reference.vocabularySize)]
        let error = #expect(throws: CFailure.self) {
            try check { swiftlet_detokenize(model.raw, bad, 2, 0, nil, 0, nil, $0) }
        }
        #expect(error?.status == SWIFTLET_ERROR_ARGUMENT && error?.index == 1 && error?.place == "tokens")
        let negative: [Int32] = [-1]
        let found: [Int] = [
            status { swiftlet_detokenize(model.raw, negative, 1, 0, nil, 0, nil, $0) },
            status { swiftlet_detokenize(model.raw, nil, 3, 0, nil, 0, nil, $0) },
            status { swiftlet_detokenize(model.raw, bad, Int.min, 0, nil, 0, nil, $0) },
            status { swiftlet_tokenize(model.raw, "x", 1, 4, nil, 0, nil, $0) },
            status { swiftlet_tokenize(model.raw, "x", -1, 0, nil, 0, nil, $0) },
            status { swiftlet_tokenize(model.raw, nil, 1, 0, nil, 0, nil, $0) },
            status { swiftlet_tokenize(model.raw, "x", 1, 0, nil, 5, nil, $0) },
        ]
        #expect(found.allSatisfy { $0 == SWIFTLET_ERROR_ARGUMENT })
        #expect(!swiftlet_token_is_end(model.raw, -5) && !swiftlet_token_is_end(nil, 0))
        let end = try #require(reference.tokenize("<|endoftext|>", addSpecial: false, parseSpecial: true).first)
        #expect(swiftlet_token_is_end(model.raw, end))
    }

    @Test func `logits and greedy tokens are those of the Swift API`() throws {
        var expected = try Session(reference)
        let session = try Owned.session(model)
        #expect(status { swiftlet_session_logits(session.raw, nil, 0, nil, $0) } == SWIFTLET_ERROR_NOT_FOUND)
        var token: Int32 = 0
        #expect(status { swiftlet_session_sample(session.raw, &token, $0) } == SWIFTLET_ERROR_NOT_FOUND)
        try expected.append(prompt)
        try prefill(session, prompt)
        var sampling = swiftlet_sampling_options()
        sampling.struct_size = size(of: swiftlet_sampling_options.self)
        sampling.greedy = UInt32(SWIFTLET_YES)
        try check { swiftlet_session_set_sampling(session.raw, &sampling, $0) }
        for _ in 0..<4 {
            let row = expected.withLogits { logits in logits.indices.map { logits[$0] } }
            #expect(try logits(session) == row)
            let best = expected.withLogits { Sampler.mostProbable($0) }
            try check { swiftlet_session_sample(session.raw, &token, $0) }
            #expect(token == best)
            try expected.append([token])
            try check { swiftlet_session_step(session.raw, token, $0) }
        }
        #expect(try tokens(session) == expected.tokens)
        let found = try info(session)
        #expect(found.position == UInt64(expected.position) && found.has_logits == 1)
        #expect(found.vocabulary_size == UInt64(reference.vocabularySize))
        try check { swiftlet_session_rewind(session.raw, 2, $0) }
        #expect(try tokens(session) == Array(prompt.prefix(2)) && info(session).has_logits == 0)
        for position in [3, UInt64.max] {
            #expect(status { swiftlet_session_rewind(session.raw, position, $0) } == SWIFTLET_ERROR_ARGUMENT)
        }
        for wrong in [-1, Int32.max, Int32.min] {
            #expect(status { swiftlet_session_step(session.raw, wrong, $0) } == SWIFTLET_ERROR_ARGUMENT)
        }
    }

    @Test func `sampling options out of range are errors`() throws {
        let session = try Owned.session(model)
        func found(_ change: (inout swiftlet_sampling_options) -> Void) -> Int {
            var options = swiftlet_sampling_options()
            options.struct_size = size(of: swiftlet_sampling_options.self)
            change(&options)
            return status { swiftlet_session_set_sampling(session.raw, &options, $0) }
        }
        #expect(found { _ in } == SWIFTLET_OK)
        #expect(found { $0.temperature = .nan } == SWIFTLET_ERROR_ARGUMENT)
        #expect(found { $0.temperature = -1 } == SWIFTLET_ERROR_ARGUMENT)
        #expect(found { $0.top_p = 2 } == SWIFTLET_ERROR_ARGUMENT)
        #expect(found { $0.typical_p = -.infinity } == SWIFTLET_ERROR_ARGUMENT)
        #expect(found { $0.penalty_window = .min } == SWIFTLET_ERROR_ARGUMENT)
        #expect(found { $0.greedy = 5 } == SWIFTLET_ERROR_ARGUMENT)
        #expect(found { $0.bias_count = .max } == SWIFTLET_ERROR_ARGUMENT)
        #expect(found { $0.top_k = .max } == SWIFTLET_OK)
        #expect(found { $0.struct_size = 0 } == SWIFTLET_ERROR_ARGUMENT)
    }

    @Test func `options out of range are errors`() throws {
        func found(_ change: (inout swiftlet_session_options) -> Void) -> Int {
            var options = swiftlet_session_options()
            options.struct_size = size(of: swiftlet_session_options.self)
            change(&options)
            var out: OpaquePointer?
            defer { swiftlet_session_release(out) }
            return Int(swiftlet_session_open(model.raw, &options, &out, nil))
        }
        #expect(found { $0.context_length = .max } == SWIFTLET_ERROR_ARGUMENT)
        #expect(found { $0.context_length = 1 << 40 } == SWIFTLET_ERROR_ARGUMENT)
        #expect(found { $0.threads = .max } == SWIFTLET_ERROR_ARGUMENT)
        #expect(found { $0.step_tokens = .max } == SWIFTLET_ERROR_ARGUMENT)
        #expect(found { $0.cache_type = 4 } == SWIFTLET_ERROR_ARGUMENT)
        #expect(found { $0.struct_size = 3 } == SWIFTLET_ERROR_ARGUMENT)
        // What the caller does not know is not read; what the library does not know is not either.
        #expect(found { ($0.struct_size, $0.context_length) = (8, .max) } == SWIFTLET_OK)
        #expect(found { ($0.struct_size, $0.cache_type) = (20, 99) } == SWIFTLET_OK)
        #expect(found { $0.struct_size = .max } == SWIFTLET_OK)
    }

    @Test(arguments: [SWIFTLET_CACHE_F32, SWIFTLET_CACHE_F16])
    func `a saved session goes on as if it had never ended`(cache: Int) throws {
        let session = try Owned.session(model) { $0.cache_type = UInt32(cache) }
        try prefill(session, prompt)
        var buffer: OpaquePointer?
        try check { swiftlet_session_save(session.raw, &buffer, $0) }
        let state = take(buffer)
        try check { swiftlet_session_step(session.raw, 40, $0) }
        let expected = try logits(session)
        let other = try Owned.session(model) { $0.cache_type = UInt32(cache) }
        try check { swiftlet_session_restore(other.raw, state, state.count, $0) }
        #expect(try tokens(other) == prompt)
        try check { swiftlet_session_step(other.raw, 40, $0) }
        #expect(try logits(other) == expected)

        let folder = try TemporaryFolder()
        let path = folder.path("state")
        try check { swiftlet_session_rewind(session.raw, UInt64(prompt.count), $0) }
        try check { swiftlet_session_save_file(session.raw, path, $0) }
        #expect(folder.names == ["state"])
        try check { swiftlet_session_restore_file(other.raw, path, $0) }
        try check { swiftlet_session_step(other.raw, 40, $0) }
        #expect(try logits(other) == expected)
    }

    @Test func `a damaged or foreign state is an error`() throws {
        let session = try Owned.session(model)
        try prefill(session, prompt)
        var buffer: OpaquePointer?
        try check { swiftlet_session_save(session.raw, &buffer, $0) }
        let state = take(buffer)
        func restore(_ bytes: [UInt8], into target: Owned) -> Int {
            status { swiftlet_session_restore(target.raw, bytes, bytes.count, $0) }
        }
        let target = try Owned.session(model)
        for place in stride(from: 0, to: state.count, by: max(1, state.count / 40)) {
            var damaged = state
            damaged[place] ^= 0x55
            #expect(restore(damaged, into: target) == SWIFTLET_ERROR_FILE, "byte \(place)")
        }
        for length in stride(from: 1, to: state.count, by: max(1, state.count / 20)) {
            #expect(restore(Array(state.prefix(length)), into: target) == SWIFTLET_ERROR_FILE, "length \(length)")
        }
        #expect(restore(Array("hello".utf8), into: target) == SWIFTLET_ERROR_FILE)
        #expect(status { swiftlet_session_restore(target.raw, nil, 5, $0) } == SWIFTLET_ERROR_ARGUMENT)
        let f32 = try Owned.session(model) { $0.cache_type = UInt32(SWIFTLET_CACHE_F32) }
        #expect(restore(state, into: f32) == SWIFTLET_ERROR_FILE)
        let short = try Owned.session(model) { $0.context_length = 4 }
        #expect(restore(state, into: short) == SWIFTLET_ERROR_CONTEXT_FULL)
        // A conversation is no session, nor is a session a conversation.
        let chat = try Owned.chat(model)
        #expect(status { swiftlet_chat_restore(chat.raw, state, state.count, $0) } == SWIFTLET_ERROR_FILE)
        try check { swiftlet_chat_save(chat.raw, &buffer, $0) }
        #expect(restore(take(buffer), into: target) == SWIFTLET_ERROR_FILE)
        #expect(restore(state, into: target) == SWIFTLET_OK)
    }
}
