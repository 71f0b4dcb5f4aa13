import CSwiftlet
import TestSupport
import Testing

/// Invalid handles, of another kind, or released: errors, whatever is done with them.
@Suite struct `C: handles` {
    /// A call of every function that takes a handle, which is wrong.
    private func statuses(of handle: OpaquePointer?) -> [Int] {
        var number: Int32 = 0
        var count: UInt64 = 0
        var out: OpaquePointer?
        var texts = swiftlet_texts()
        texts.struct_size = size(of: swiftlet_texts.self)
        swiftlet_cancellation_cancel(handle)
        swiftlet_cancellation_reset(handle)
        swiftlet_model_release(handle)
        swiftlet_session_release(handle)
        swiftlet_chat_release(handle)
        swiftlet_embedder_release(handle)
        swiftlet_reranker_release(handle)
        swiftlet_classifier_release(handle)
        swiftlet_zero_shot_release(handle)
        swiftlet_tagger_release(handle)
        swiftlet_transcriber_release(handle)
        swiftlet_cancellation_release(handle)
        swiftlet_error_release(handle)
        #expect(swiftlet_error_status(handle) == SWIFTLET_OK && swiftlet_error_index(handle) == -1)
        #expect(String(cString: swiftlet_error_message(handle)) == "")
        #expect(swiftlet_token_is_end(handle, 0) == false)
        return [
            status { swiftlet_model_retain(handle, $0) },
            status { swiftlet_model_get_info(handle, nil, $0) },
            status { swiftlet_model_metadata(handle, "a", nil, 0, nil, $0) },
            status { swiftlet_model_metadata_key(handle, 0, nil, 0, nil, $0) },
            status { swiftlet_embedder_open(handle, nil, &out, $0) },
            status { swiftlet_embedder_get_info(handle, nil, $0) },
            status { swiftlet_embed(handle, &texts, nil, nil, 0, nil, $0) },
            status { swiftlet_similarity(handle, nil, 0, &texts, nil, nil, 0, nil, $0) },
            status { swiftlet_reranker_open(handle, nil, &out, $0) },
            status { swiftlet_rerank(handle, nil, 0, &texts, nil, nil, 0, nil, $0) },
            status { swiftlet_classifier_open(handle, nil, &out, $0) },
            status { swiftlet_classifier_count(handle, &count, $0) },
            status { swiftlet_classifier_label(handle, 0, nil, 0, nil, $0) },
            status { swiftlet_classify(handle, &texts, nil, nil, nil, nil, 0, nil, $0) },
            status { swiftlet_classify_tokens(handle, "a", 1, nil, nil, nil, nil, 0, nil, $0) },
            status { swiftlet_zero_shot_open(handle, nil, &out, $0) },
            status { swiftlet_zero_shot_classify(handle, &texts, &texts, nil, nil, 0, nil, $0) },
            status { swiftlet_tagger_open(handle, nil, &out, $0) },
            status { swiftlet_tag(handle, &texts, nil, nil, nil, $0) },
            status { swiftlet_session_open(handle, nil, &out, $0) },
            status { swiftlet_complete(handle, "a", 1, nil, nil, nil, nil, nil, $0) },
            status { swiftlet_chat_open(handle, nil, &out, $0) },
            status { swiftlet_chat_add(handle, nil, $0) },
            status { swiftlet_chat_respond(handle, "a", 1, nil, nil, nil, nil, nil, $0) },
            status { swiftlet_chat_count(handle, &count, $0) },
            status { swiftlet_chat_message(handle, 0, nil, nil, 0, nil, $0) },
            status { swiftlet_chat_truncate(handle, 0, $0) },
            status { swiftlet_chat_save(handle, &out, $0) },
            status { swiftlet_chat_save_file(handle, "a", $0) },
            status { swiftlet_chat_restore(handle, "a", 1, $0) },
            status { swiftlet_chat_restore_file(handle, "a", $0) },
            status { swiftlet_transcriber_open(handle, nil, &out, $0) },
            status { swiftlet_transcribe(handle, nil, 0, 0, nil, nil, nil, nil, nil, $0) },
            status { swiftlet_transcribe_file(handle, "a", nil, nil, nil, nil, nil, $0) },
            status { swiftlet_tokenize(handle, "a", 1, 0, nil, 0, nil, $0) },
            status { swiftlet_detokenize(handle, nil, 0, 0, nil, 0, nil, $0) },
            status { swiftlet_session_get_info(handle, nil, $0) },
            status { swiftlet_session_tokens(handle, nil, 0, nil, $0) },
            status { swiftlet_session_prefill(handle, nil, 0, nil, $0) },
            status { swiftlet_session_step(handle, 0, $0) },
            status { swiftlet_session_logits(handle, nil, 0, nil, $0) },
            status { swiftlet_session_set_sampling(handle, nil, $0) },
            status { swiftlet_session_sample(handle, &number, $0) },
            status { swiftlet_session_generate(handle, nil, 0, nil, nil, nil, nil, nil, $0) },
            status { swiftlet_session_rewind(handle, 0, $0) },
            status { swiftlet_translator_open(handle, nil, &out, $0) },
            status { swiftlet_translate(handle, nil, nil, nil, nil, $0) },
            status { swiftlet_session_save(handle, &out, $0) },
            status { swiftlet_session_save_file(handle, "a", $0) },
            status { swiftlet_session_restore(handle, "a", 1, $0) },
            status { swiftlet_session_restore_file(handle, "a", $0) },
        ]
    }

    /// None that a handle of another test could have: `1 << 32 | 1` would be the first one of a process, if of a model.
    @Test(arguments: [0, 1, 8, 64, 0xDEAD_BEEF, 1 << 32, 1 << 63 | 1, 1 << 32 | 0xFFFF_FFF1, .max, .max - 7])
    func `numbers that are not handles`(number: UInt) {
        let found = statuses(of: OpaquePointer(bitPattern: number))
        #expect(found.allSatisfy { $0 == SWIFTLET_ERROR_HANDLE })
    }

    @Test func `a buffer instead of any other handle`() throws {
        let session = try Owned.session(Owned.fixture("chat.gguf"))
        var buffer: OpaquePointer?
        try check { swiftlet_session_save(session.raw, &buffer, $0) }
        let found = statuses(of: buffer)
        #expect(found.allSatisfy { $0 == SWIFTLET_ERROR_HANDLE })
        #expect(swiftlet_buffer_size(buffer) > 0)
        swiftlet_buffer_release(buffer)
        #expect(swiftlet_buffer_size(buffer) == 0 && swiftlet_buffer_data(buffer) == nil)
    }

    @Test func `one that was released`() throws {
        var model: OpaquePointer?
        try check { swiftlet_model_open(Fixtures.path("embed.gguf"), nil, &model, $0) }
        try check { swiftlet_model_retain(model, $0) }
        swiftlet_model_release(model)
        #expect(status { swiftlet_model_get_info(model, nil, $0) } == SWIFTLET_ERROR_ARGUMENT)
        swiftlet_model_release(model)
        #expect(statuses(of: model).allSatisfy { $0 == SWIFTLET_ERROR_HANDLE })
        // Its place is taken by another, which is not mistaken for it.
        let other = try Owned.fixture("embed.gguf")
        #expect(statuses(of: model).allSatisfy { $0 == SWIFTLET_ERROR_HANDLE })
        #expect(status { swiftlet_model_get_info(other.raw, nil, $0) } == SWIFTLET_ERROR_ARGUMENT)
    }

    @Test func `one of another kind is named`() throws {
        let model = try Owned.fixture("embed.gguf")
        let error = #expect(throws: CFailure.self) {
            try check { swiftlet_session_step(model.raw, 0, $0) }
        }
        #expect(error?.message == "a swiftlet_model was given instead of a swiftlet_session")
        #expect(error?.place == "session")
    }

    @Test func `what was made of a model outlives its handle`() throws {
        var embedder: Owned?
        do {
            let model = try Owned.fixture("embed.gguf")
            embedder = try Owned.embedder(model)
        }
        let kept = try #require(embedder)
        var info = swiftlet_embedder_info()
        info.struct_size = size(of: swiftlet_embedder_info.self)
        try check { swiftlet_embedder_get_info(kept.raw, &info, $0) }
        var vector = [Float](repeating: 0, count: Int(info.dimensions))
        let capacity = vector.count
        try withTexts(["still there"]) { texts in
            try check { swiftlet_embed(kept.raw, &texts, nil, &vector, capacity, nil, $0) }
        }
        #expect(vector.contains { $0 != 0 })
    }

    @Test func `many come and go on several threads`() async throws {
        let model = try Owned.fixture("embed.gguf")
        let right = await onThreads(4) {
            var held: [Owned] = []
            for round in 0..<300 {
                guard let made = try? Owned.cancellation() else { return false }
                guard swiftlet_model_retain(model.raw, nil) == SWIFTLET_OK else { return false }
                held.append(made)
                if round % 3 == 0 { held.removeFirst() }
                swiftlet_model_release(model.raw)
            }
            return Set(held.map { UInt(bitPattern: $0.raw) }).count == held.count
        }
        #expect(right == [true, true, true, true])
        #expect(status { swiftlet_model_get_info(model.raw, nil, $0) } == SWIFTLET_ERROR_ARGUMENT)
    }

    @Test func `a place for the handle is needed`() throws {
        let path = Fixtures.path("embed.gguf")
        #expect(status { swiftlet_model_open(path, nil, nil, $0) } == SWIFTLET_ERROR_ARGUMENT)
        #expect(status { swiftlet_cancellation_create(nil, $0) } == SWIFTLET_ERROR_ARGUMENT)
    }
}
