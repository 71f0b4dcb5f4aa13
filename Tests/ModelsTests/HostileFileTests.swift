import Swiftlet
import TestSupport
import Testing

/// Whatever a file says, opening it and running a step succeeds or throws; a trap would end the test run.
@Suite struct HostileFileTests {
    /// Opens the bytes as a model and runs one token.
    ///
    /// - Returns: the error that this met.
    @discardableResult
    private static func exercise(_ bytes: [UInt8], _ folder: borrowing TemporaryFolder) throws -> SwiftletError? {
        let path = try folder.write(bytes, to: "model.gguf")
        do throws(SwiftletError) {
            let model = try Model(path: path)
            var options = SessionOptions()
            options.threads = 1
            var session = try Session(model, options)
            try session.append([0])
            _ = model.tokenize("ab c")
            return nil
        } catch {
            #expect(!error.message.isEmpty)
            return error
        }
    }

    @Test(arguments: TinyModel.decoders, [0x00, 0xFF] as [UInt8])
    func `a header with any byte replaced runs or throws`(architecture: String, value: UInt8) throws {
        let folder = try TemporaryFolder()
        let (sound, headerSize) = TinyModel(architecture).file
        #expect(try Self.exercise(sound, folder) == nil)
        // Families that read the same keys as others are sampled.
        let step = TinyModel.sampled.contains(architecture) ? 7 : 1
        for position in stride(from: 0, to: headerSize, by: step) where sound[position] != value {
            var bytes = sound
            bytes[position] = value
            try Self.exercise(bytes, folder)
        }
    }

    @Test(arguments: [0, 7]) func `a header with any bit flipped runs or throws`(bit: Int) throws {
        let folder = try TemporaryFolder()
        let (sound, headerSize) = TinyModel("llama").file
        for position in 0..<headerSize {
            var bytes = sound
            bytes[position] ^= 1 << bit
            try Self.exercise(bytes, folder)
        }
    }

    @Test(arguments: [1 << 31, 1 << 63] as [UInt64])
    func `a header with a large number anywhere runs or throws`(number: UInt64) throws {
        let folder = try TemporaryFolder()
        let (sound, headerSize) = TinyModel("qwen3").file
        for position in 0..<headerSize - 8 {
            var bytes = sound
            bytes.replaceSubrange(position..<position + 8, with: RawGGUF.little(number))
            try Self.exercise(bytes, folder)
        }
    }

    @Test(arguments: TinyModel.decoders)
    func `weights that are no numbers give a result or an error`(architecture: String) throws {
        let folder = try TemporaryFolder()
        let (sound, headerSize) = TinyModel(architecture).file
        for value in [0x7F, 0x80, 0xFF] as [UInt8] {
            let data = [UInt8](repeating: value, count: sound.count - headerSize)
            try Self.exercise(Array(sound[..<headerSize]) + data, folder)
        }
    }

    @Test(arguments: TinyModel.decoders)
    func `an embedding of another size than the vocabulary is named`(architecture: String) throws {
        let folder = try TemporaryFolder()
        for rows in [7, 9] {
            var model = TinyModel(architecture)
            model.setTensor("token_embd.weight", [32, rows])
            if TinyModel.gemmas.contains(architecture) { model.setTensor("per_layer_token_embd.weight", [4, rows]) }
            let error = try #require(try Self.exercise(model.file.bytes, folder))
            #expect(error.code == .model)
            #expect(error.message.contains("token_embd.weight") && error.message.contains("8 tokens"))
        }
    }

    @Test(arguments: TinyModel.decoders)
    func `a context that no memory holds is an error of the session`(architecture: String) throws {
        let folder = try TemporaryFolder()
        var model = TinyModel(architecture)
        model.set("context_length", .uint32(UInt32(Int32.max)))
        let error = try #require(try Self.exercise(model.file.bytes, folder))
        // A table of positions has other sizes.
        let hasTable = model.tensors.contains { $0.name == "position_embd.weight" }
        #expect(error.code == (hasTable ? .model : .outOfMemory))
    }

    @Test func `errors of the file and of the model have their codes`() throws {
        let folder = try TemporaryFolder()
        func code(_ change: (inout TinyModel) -> Void) throws -> SwiftletError.Code? {
            var model = TinyModel("llama")
            change(&model)
            return try Self.exercise(model.file.bytes, folder)?.code
        }
        #expect(try code { $0.remove("block_count") } == .file)
        #expect(try code { $0.set("block_count", .uint32(0)) } == .model)
        #expect(try code { $0.removeTensor("output_norm.weight") } == .model)
        #expect(try code { $0.remove("tokenizer.ggml.model") } == .file)
        #expect(try code { $0.set("tokenizer.ggml.model", .string("none")) } == .tokenizer)
    }
}
