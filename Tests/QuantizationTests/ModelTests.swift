import GGUF
import Quantization
import Swiftlet
import TestSupport
import Testing

/// Whole models: that they run, and how far they are from the original, against llama.cpp's files of the same type. The
/// numbers are made by Fixtures/golden/make_quantization_divergences.py.
@Suite(.serialized) struct ModelTests {
    struct Divergences: Decodable { let weights: Double }

    struct Reference: Decodable {
        let sequences: [[Token]]
        let types: [String: Divergences]
    }

    struct Stored: Decodable { let chat, stories260K: Reference }

    private static let stored = Result { try decode(Stored.self, "quantization_divergences.json") }

    /// The types that llama.cpp was measured with.
    private static let smallTypes = Quantizer.types.filter { type in
        type != "f32" && !["iq1", "iq2", "iq3"].contains { type.hasPrefix($0) } && type != "q2_k_s"
    }

    /// The logits after every token of every sequence.
    private static func logits(_ path: String, _ sequences: [[Token]]) throws -> [Float] {
        let model = try Model(path: path)
        var options = SessionOptions()
        options.threads = 2
        options.cacheType = .f32
        var all: [Float] = []
        for sequence in sequences {
            var session = try Session(model, options)
            try session.append(sequence) { _, row in for index in row.indices { all.append(row[index]) } }
        }
        return all
    }

    /// One file's divergence is a matter of luck: which way the roundings push the few positions that are in doubt. So a
    /// type may be somewhat worse than llama.cpp's, while all together must be better.
    private static func check(_ source: String, _ reference: Reference, _ types: [String]) throws {
        let folder = try TemporaryFolder()
        let sequences = reference.sequences
        let exact = try logits(source, sequences)
        let columns = exact.count / sequences.reduce(0) { $0 + $1.count }
        var product = 1.0
        // The dequantized weights as float32: no activation is rounded.
        var decoder = try Quantizer("f32")
        decoder.allowsRequantizing = true
        for type in types {
            let llama = try #require(reference.types[type]).weights
            _ = try Quantizer(type).quantize(source, to: folder.path("\(type).gguf"))
            _ = try decoder.quantize(folder.path("\(type).gguf"), to: folder.path("exact.gguf"))
            let found = try logits(folder.path("exact.gguf"), sequences)
            let mean = Divergence.meanKullbackLeibler(exact: exact, found: found, columns: columns)
            #expect(mean <= llama * 1.3 + 1e-6, "\(type)")
            product *= (mean + 1e-6) / (llama + 1e-6)
            try folder.remove("\(type).gguf")
        }
        #expect(product < 1)
    }

    @Test func `the chat model is no further from its original than llama.cpp's files`() throws {
        let folder = try TemporaryFolder()
        let source = folder.path("f32.gguf")
        var quantizer = try Quantizer("f32")
        quantizer.allowsRequantizing = true
        _ = try quantizer.quantize(Fixtures.path("chat.gguf"), to: source)
        try Self.check(source, Self.stored.get().chat, Self.smallTypes)
    }

    @Test(.enabled(if: SharedData.isPresent, .init(rawValue: SharedData.absent)))
    func `stories260K is no further from its original than llama.cpp's files`() throws {
        // The K types are other types' doubles here: rows of 64 and 172 are not whole blocks of them.
        try Self.check(
            SharedData.path("stories260K/stories260K-f32.gguf"), Self.stored.get().stories260K,
            ["f16", "bf16", "q4_0", "q4_1", "q5_0", "q5_1", "q8_0", "iq4_nl", "q3_k_m", "q4_k_m", "q5_k_m"])
    }

    // MARK: Files

    @Test(arguments: Quantizer.types)
    func `a model of every type says what it is, and runs`(type: String) throws {
        let folder = try TemporaryFolder()
        let path = folder.path("out.gguf")
        let tensors = try Quantizer(type).quantize(Fixtures.path("models/llama-f32.gguf"), to: path)
        let source = try GGUFFile(path: Fixtures.path("models/llama-f32.gguf"))
        let file = try GGUFFile(path: path)
        #expect(try file.metadata.int("general.file_type") == FileType(rawValue: type).map { Int($0.number) })
        #expect(try file.metadata.int("general.quantization_version") == 2)
        for (key, value) in source.metadata where !key.hasPrefix("general.") {
            #expect(file.metadata.value(key)?.description == value.description)
        }
        #expect(file.tensors.map(\.name) == source.tensors.map(\.name))
        #expect(file.tensors.map(\.dimensions) == source.tensors.map(\.dimensions))
        #expect(file.tensors.map(\.type.name) == tensors.map(\.newType))
        #expect(file.tensors.map(\.byteCount) == tensors.map(\.newBytes))
        #expect(file.alignment == source.alignment)
        for tensor in file.tensors where tensor.dimensions.count == 1 { #expect(tensor.type == .F32) }
        var session = try Session(Model(path: path))
        var options = GenerationOptions()
        options.maxTokens = 4
        options.ignoresEnd = true
        #expect(try session.generate(from: [1, 5, 9], options).tokens.count == 4)
        #expect(folder.names == ["out.gguf"])
    }

    @Test func `the number of threads changes no byte, nor does it matter whether errors are measured`() throws {
        let folder = try TemporaryFolder()
        var quantizer = try Quantizer("q4_k_m")
        quantizer.allowsRequantizing = true
        for threads in [1, 2, 5] {
            quantizer.threads = threads
            quantizer.measuresError = threads == 2
            _ = try quantizer.quantize(Fixtures.path("chat.gguf"), to: folder.path("\(threads).gguf"))
        }
        let expected = try folder.read("1.gguf")
        #expect(try folder.read("2.gguf") == expected)
        #expect(try folder.read("5.gguf") == expected)
    }

    @Test func `relative errors are those of the tensors`() throws {
        let folder = try TemporaryFolder()
        let source = Fixtures.path("models/llama-f32.gguf")
        var quantizer = try Quantizer("q4_0")
        quantizer.measuresError = true
        let found = try quantizer.quantize(source, to: folder.path("out.gguf"))
        let files = (try GGUFFile(path: source), try GGUFFile(path: folder.path("out.gguf")))
        for (index, tensor) in found.enumerated() {
            guard tensor.newType != tensor.oldType else {
                #expect(tensor.relativeError == nil)
                continue
            }
            let x = try weights(of: files.0.tensors[index], in: files.0)
            let y = try weights(of: files.1.tensors[index], in: files.1)
            let expected = (squaredError(x, y) / squaredError(x, x.map { _ in 0 })).squareRoot()
            #expect(abs(try #require(tensor.relativeError) - expected) <= 1e-9)
        }
    }

    // MARK: Refusals

    private static func expectError(
        _ code: SwiftletError.Code, _ part: String, _ folder: borrowing TemporaryFolder, files: [String],
        _ work: () throws -> Void
    ) {
        do {
            try work()
            Issue.record("nothing went wrong")
        } catch let error as SwiftletError {
            #expect(error.code == code)
            #expect(error.message.contains(part), "\(error.message)")
        } catch {
            Issue.record(error)
        }
        #expect(folder.names == files)
    }

    /// A model of one matrix of 4 rows and 32 columns.
    private static func write(_ type: TensorType, _ bytes: [UInt8], to path: String) throws {
        var contents = GGUFContents()
        contents.set("general.architecture", "llama")
        contents.addTensor("blk.0.ffn_up.weight", type: type, dimensions: [32, 4])
        var writer = try GGUFWriter(path: path, contents: contents)
        try writer.append(unsafe bytes.span.bytes, to: "blk.0.ffn_up.weight")
        try writer.finish()
    }

    @Test func `a weight that is not finite is named`() throws {
        let folder = try TemporaryFolder()
        var values = [Float](repeating: 1, count: 128)
        values[71] = .nan
        values[100] = .infinity
        try Self.write(.F32, values.flatMap { RawGGUF.little($0.bitPattern) }, to: folder.path("in.gguf"))
        Self.expectError(
            .model, "\"blk.0.ffn_up.weight\" (F32) has the weight nan in row 2, column 7", folder, files: ["in.gguf"]
        ) {
            _ = try Quantizer("q4_0").quantize(folder.path("in.gguf"), to: folder.path("out.gguf"))
        }
    }

    @Test func `a type that cannot be decoded is named`() throws {
        let folder = try TemporaryFolder()
        try Self.write(.I32, [UInt8](repeating: 0, count: 512), to: folder.path("in.gguf"))
        Self.expectError(.model, "has the type I32, which cannot be decoded", folder, files: ["in.gguf"]) {
            _ = try Quantizer("q4_0").quantize(folder.path("in.gguf"), to: folder.path("out.gguf"))
        }
    }

    @Test func `what is quantized is not quantized again unless that is allowed`() throws {
        let folder = try TemporaryFolder()
        let source = Fixtures.path("models/llama-q8_0.gguf")
        Self.expectError(.invalidArgument, "is quantized already, to Q8_0", folder, files: []) {
            _ = try Quantizer("q4_0").quantize(source, to: folder.path("out.gguf"))
        }
        // Nothing is quantized again here.
        _ = try Quantizer("q8_0").quantize(source, to: folder.path("same.gguf"))
        let files = (try GGUFFile(path: source), try GGUFFile(path: folder.path("same.gguf")))
        for (a, b) in zip(files.0.tensors, files.1.tensors) {
            #expect(try weights(of: a, in: files.0) == weights(of: b, in: files.1))
        }
    }

    @Test func `the model itself is not overwritten, whatever its name`() throws {
        let folder = try TemporaryFolder()
        try Self.write(.F32, [UInt8](repeating: 0, count: 512), to: folder.path("in.gguf"))
        let before = try folder.read("in.gguf")
        for output in ["in.gguf", "./in.gguf"] {
            Self.expectError(.invalidArgument, "the output would replace its own input", folder, files: ["in.gguf"]) {
                _ = try Quantizer("q8_0").quantize(folder.path("in.gguf"), to: folder.path(output))
            }
        }
        #expect(try folder.read("in.gguf") == before)
    }

    @Test func `who stops finds nothing written`() throws {
        let folder = try TemporaryFolder()
        Self.expectError(.cancelled, "cancelled", folder, files: []) {
            var calls = 0
            _ = try Quantizer("q8_0").quantize(Fixtures.path("models/llama-f32.gguf"), to: folder.path("out.gguf")) {
                #expect($0.bytesDone <= $0.bytesInAll && $0.tensorIndex < $0.tensorCount)
                calls += 1
                return calls < 8
            }
        }
    }

    @Test func `an unknown type is answered with those there are`() {
        #expect(throws: SwiftletError.self) { try Quantizer("q9") }
        do { _ = try Quantizer("Q4_K_M") } catch { #expect(error.message.contains("q4_k_m, q4_k_s, q4_0")) }
    }
}
