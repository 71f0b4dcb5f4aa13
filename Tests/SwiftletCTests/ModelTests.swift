import CSwiftlet
import Swiftlet
import TestSupport
import Testing

/// Messages of the log hook; tests run side by side, so it looks for its own.
private final class Messages: @unchecked Sendable {  // only added to, by one test
    var texts: [String] = []
}

/// Models of every kind through the header.
@Suite struct `C: models` {
    private func info(_ model: Owned) throws -> swiftlet_model_info {
        var info = swiftlet_model_info()
        info.struct_size = size(of: swiftlet_model_info.self)
        try check { swiftlet_model_get_info(model.raw, &info, $0) }
        return info
    }

    @Test(arguments: [
        ("chat.gguf", SWIFTLET_MODEL_DECODER), ("embed.gguf", SWIFTLET_MODEL_ENCODER),
        ("speech.gguf", SWIFTLET_MODEL_SPEECH),
    ])
    func `one function opens all`(name: String, kind: Int) throws {
        let model = try Owned.fixture(name)
        let info = try info(model)
        #expect(info.kind == UInt32(kind))
        let architecture = try text {
            swiftlet_model_metadata(model.raw, "general.architecture", $0, $1, $2, $3)
        }
        let shown = withUnsafeBytes(of: info.architecture) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        #expect(shown == architecture)
        if kind != SWIFTLET_MODEL_SPEECH {
            let reference = try Model(path: Fixtures.path(name))
            #expect(info.context_length == UInt64(reference.contextLength))
            #expect(info.vocabulary_size == UInt64(reference.vocabularySize))
            #expect(info.hidden_size == UInt64(reference.hiddenSize))
            #expect(info.tensor_bytes == UInt64(reference.tensorBytes))
        }
    }

    @Test func `metadata is walked and asked for`() throws {
        let model = try Owned.fixture("chat.gguf")
        let count = try info(model).metadata_count
        var keys: [String] = []
        for index in 0..<count {
            let key = try text { swiftlet_model_metadata_key(model.raw, index, $0, $1, $2, $3) }
            keys.append(key)
            let value = try text { swiftlet_model_metadata(model.raw, key, $0, $1, $2, $3) }
            #expect(!value.isEmpty, "\(key)")
        }
        #expect(Set(keys).count == keys.count && keys.contains("tokenizer.ggml.tokens"))
        for index in [count, .max] {
            #expect(
                status { swiftlet_model_metadata_key(model.raw, index, nil, 0, nil, $0) }
                    == SWIFTLET_ERROR_NOT_FOUND)
        }
        #expect(
            status { swiftlet_model_metadata(model.raw, "none", nil, 0, nil, $0) }
                == SWIFTLET_ERROR_NOT_FOUND)
        #expect(
            status { swiftlet_model_metadata(model.raw, nil, nil, 0, nil, $0) } == SWIFTLET_ERROR_ARGUMENT)
        var buffer = [CChar](repeating: 7, count: 3)
        #expect(
            status { swiftlet_model_metadata(model.raw, "general.architecture", &buffer, 3, nil, $0) }
                == SWIFTLET_ERROR_BUFFER)
        #expect(buffer == [7, 7, 7])
    }

    @Test func `a caller that knows less gets less`() throws {
        let model = try Owned.fixture("chat.gguf")
        var info = swiftlet_model_info()
        info.struct_size = 20
        info.vocabulary_size = 5
        try check { swiftlet_model_get_info(model.raw, &info, $0) }
        #expect(info.struct_size == 20 && info.context_length > 0 && info.vocabulary_size == 5)
        info.struct_size = 0
        #expect(status { swiftlet_model_get_info(model.raw, &info, $0) } == SWIFTLET_ERROR_ARGUMENT)
    }

    @Test func `a model in memory`() throws {
        let folder = try TemporaryFolder()
        _ = folder.path
        let bytes = try FileBytes(Fixtures.path("embed.gguf"))
        let model = try Owned(swiftlet_model_release) {
            swiftlet_model_open_memory(bytes.aligned, bytes.count, nil, $0, $1)
        }
        #expect(try info(model).kind == UInt32(SWIFTLET_MODEL_ENCODER))
        func opened(_ start: UnsafeRawPointer?, _ count: Int) -> Int {
            var out: OpaquePointer?
            return Int(swiftlet_model_open_memory(start, count, nil, &out, nil))
        }
        #expect(opened(bytes.aligned + 8, bytes.count - 8) == SWIFTLET_ERROR_ARGUMENT)
        #expect(opened(bytes.aligned, -1) == SWIFTLET_ERROR_ARGUMENT)
        #expect(opened(bytes.aligned, 0) == SWIFTLET_ERROR_ARGUMENT)
        #expect(opened(nil, 100) == SWIFTLET_ERROR_ARGUMENT)
        #expect(opened(bytes.aligned, 100) == SWIFTLET_ERROR_FILE)
    }

    @Test func `another rotary embedding than the file's makes the context longer`() throws {
        func opened(_ name: String, _ change: (inout swiftlet_model_options) -> Void) throws -> Owned {
            var options = swiftlet_model_options()
            options.struct_size = size(of: swiftlet_model_options.self)
            change(&options)
            return try Owned(swiftlet_model_release) {
                swiftlet_model_open(Fixtures.path("models/\(name).gguf"), &options, $0, $1)
            }
        }
        let long = try opened("llama-f32") {
            $0.rope_scaling = UInt32(SWIFTLET_ROPE_YARN)
            $0.rope_scale = 4
            $0.rope_base = 500
            $0.rope_original_length = 64
        }
        #expect(try info(long).context_length == 256)
        // A caller that knows the first fields alone.
        #expect(
            try info(
                opened("llama-f32") {
                    $0.struct_size = 16
                    $0.rope_scale = 4
                }
            ).context_length == 64)
        let wrong: [(String, (inout swiftlet_model_options) -> Void)] = [
            ("llama-f32", { $0.rope_scaling = 5 }), ("llama-f32", { $0.rope_scale = 0.5 }),
            ("llama-f32", { $0.rope_base = -1 }), ("llama-f32", { $0.rope_original_length = .max }),
            ("gpt2-f32", { $0.rope_scale = 2 }),
        ]
        for (name, change) in wrong {
            let error = #expect(throws: CFailure.self) { _ = try opened(name, change) }
            #expect(error?.status == SWIFTLET_ERROR_ARGUMENT)
        }
    }

    @Test func `a file that is not a model is an error with its place`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(Array("GGUF\u{3}\0\0\0\0\0".utf8), to: "cut.gguf")
        var out: OpaquePointer?
        let error = #expect(throws: CFailure.self) {
            try check { swiftlet_model_open(path, nil, &out, $0) }
        }
        #expect(error?.status == SWIFTLET_ERROR_FILE && error?.place == path && error?.index == 8)
        for missing in ["/nowhere/none.gguf", "", "/"] {
            #expect(
                status { swiftlet_model_open(missing, nil, &out, $0) } == SWIFTLET_ERROR_FILE)
        }
        let bad: [CChar] = [0x2F, -1, 0]
        #expect(status { swiftlet_model_open(bad, nil, &out, $0) } == SWIFTLET_ERROR_UTF8)
        #expect(status { swiftlet_model_open(nil, nil, &out, $0) } == SWIFTLET_ERROR_ARGUMENT)
        #expect(out == nil)
    }

    @Test func `a model for another task is refused by name`() throws {
        let speech = try Owned.fixture("speech.gguf")
        let chat = try Owned.fixture("chat.gguf")
        var out: OpaquePointer?
        let found: [Int] = [
            status { swiftlet_session_open(speech.raw, nil, &out, $0) },
            status { swiftlet_embedder_open(speech.raw, nil, &out, $0) },
            status { swiftlet_transcriber_open(chat.raw, nil, &out, $0) },
            status { swiftlet_reranker_open(chat.raw, nil, &out, $0) },
            status { swiftlet_classifier_open(chat.raw, nil, &out, $0) },
            status { swiftlet_zero_shot_open(chat.raw, nil, &out, $0) },
            status { swiftlet_tagger_open(chat.raw, nil, &out, $0) },
            status { swiftlet_classifier_open(speech.raw, nil, &out, $0) },
        ]
        #expect(found.allSatisfy { $0 == SWIFTLET_ERROR_MODEL })
    }

    @Test func `a log hook hears of models and mistakes`() throws {
        let messages = Messages()
        let user = Unmanaged.passUnretained(messages).toOpaque()
        swiftlet_set_log(
            { user, level, category, text in
                guard let user = user, let text = text, let category = category else { return }
                let line = "\(level) \(String(cString: category)): \(String(cString: text))"
                guard ["log.gguf", "log.wav", "swiftlet_reranker"].contains(where: line.contains) else { return }
                Unmanaged<Messages>.fromOpaque(user).takeUnretainedValue().texts.append(line)
            }, user)
        let folder = try TemporaryFolder()
        let path = try folder.write(FileBytes(Fixtures.path("embed.gguf")).bytes, to: "log.gguf")
        let model = try Owned.model(path)
        swiftlet_reranker_release(model.raw)
        // The header of a clip, and none of its samples.
        let clip = try FileBytes(Fixtures.path("clips/light.wav")).bytes
        let sound = try folder.write(Array(clip.prefix(44)), to: "log.wav")
        let speech = try Owned.fixture("speech.gguf")
        let transcriber = try Owned(swiftlet_transcriber_release) {
            swiftlet_transcriber_open(speech.raw, nil, $0, $1)
        }
        try check { swiftlet_transcribe_file(transcriber.raw, sound, nil, nil, nil, nil, nil, $0) }
        swiftlet_set_log(nil, nil)
        _ = try Owned.model(path)
        #expect(
            messages.texts == [
                "\(SWIFTLET_LOG_INFO) model: opened \(path): bert",
                "\(SWIFTLET_LOG_WARNING) handle: what was to be released is no swiftlet_reranker, or it was released "
                    + "before",
                "\(SWIFTLET_LOG_WARNING) sound: \(sound): the header promises \(clip.count - 44) bytes of samples, but 0 "
                    + "are there",
            ])
    }
}
