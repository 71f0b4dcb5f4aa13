import Conversion
import GGUF
import JSON
import Quantization
import Safetensors
import TestSupport
import Testing

/// Weights that the type asked for cannot hold, and settings as Python writes them.
@Suite struct FitTests {
    private static let stored = "bert.embeddings.word_embeddings.weight"
    private static let name = "token_embd.weight"

    /// A copy of the model with one weight of row 5, column 7 of the embedding replaced.
    private static func folder(with value: Float) throws -> ModelFolderCopy {
        let folder = try ModelFolderCopy("bert")
        let path = folder.path("model.safetensors")
        let tensor = try #require(try SafetensorsFile(path: path).tensors.first { $0.name == Self.stored })
        var data = try TestBytes.read(path)
        let place = tensor.bytes.lowerBound + (5 * tensor.shape[1] + 7) * 4
        data.replaceSubrange(place..<place + 4, with: RawGGUF.little(value.bitPattern))
        try folder.write(data, as: "model.safetensors")
        return folder
    }

    private static func copy(_ bytes: RawSpan) -> [UInt8] { unsafe bytes.withUnsafeBytes { unsafe [UInt8]($0) } }

    @Test(arguments: [
        (FileType.f16, Float(1e6), TensorType.BF16), (.bf16, 3.4e38, .F32), (.f16, 3.4e38, .F32), (.q8_0, 1e9, .BF16),
        (.f16, 60_000, .F16), (.f32, 3.4e38, .F32),
    ])
    func `a tensor with a weight that is too large gets a type that can hold it`(
        type: FileType, value: Float, expected: TensorType
    ) throws {
        let folder = try Self.folder(with: value)
        let converter = try ModelConverter(folder: folder.path, type: type)
        let written = try converter.write(to: folder.output, threads: 1) { _, _ in true }
        let tensor = try #require(written.first { $0.name == Self.name })
        #expect(tensor.type == expected)
        let isOther = expected != type.main
        #expect((tensor.fallback != nil) == isOther)
        if isOther {
            #expect(tensor.fallback?.description.hasSuffix(" cannot hold \(value) in row 5, column 7") == true)
        }
        #expect(written.allSatisfy { $0.name == Self.name || $0.fallback == nil })
        let file = try GGUFFile(path: folder.output)
        #expect(file.tensors.map(\.type) == written.map(\.type))
        #expect(file.tensors.map(\.byteCount) == written.map(\.byteCount))
        // The others are as in a model without that weight.
        let plain = try Self.folder(with: 0).converted(to: type)
        for tensor in file.tensors where tensor.name != Self.name {
            let other = try #require(plain.tensor(named: tensor.name))
            #expect(Self.copy(file.bytes(of: tensor)) == Self.copy(plain.bytes(of: other)))
        }
    }

    @Test func `a weight that is not finite is an error`() throws {
        let error = try #require(throws: ConversionError.self) { _ = try Self.folder(with: .nan).converted() }
        #expect("\(error)".contains("tensor \"token_embd.weight\" (F32) has the weight nan in row 5, column 7"))
    }

    @Test func `a float64 weight beyond float32 is an error that names it`() throws {
        let folder = try ModelFolderCopy("bert")
        let file = try SafetensorsFile(path: folder.path("model.safetensors"))
        var entries: [String] = []
        var data: [UInt8] = []
        for tensor in file.tensors {
            let begin = data.count
            var values = littleEndianFloats(file.bytes(of: tensor)).map(Double.init)
            if tensor.name == Self.stored { values[5 * tensor.shape[1] + 7] = -1e39 }
            for value in values { value.encode(into: &data) }
            let place = "[\(begin),\(data.count)]"
            entries.append(#""\#(tensor.name)":{"dtype":"F64","shape":\#(tensor.shape),"data_offsets":\#(place)}"#)
        }
        try folder.write(safetensors("{" + entries.joined(separator: ",") + "}") + data, as: "model.safetensors")
        let error = try #require(throws: ConversionError.self) { _ = try folder.converted() }
        #expect("\(error)".contains("tensor \"token_embd.weight\" has the weight -1e+39 in row 5, column 7"))
    }

    // MARK: Settings

    @Test func `settings may hold numbers that are not finite`() throws {
        let folder = try ModelFolderCopy("bert")
        try folder.replace(
            "\"architectures\"", by: "\"time_limit\": [0.0, Infinity], \"x\": NaN, \"y\": -Infinity, \"architectures\"",
            in: "config.json")
        try folder.write("{\"model_max_length\": Infinity}", as: "tokenizer_config.json")
        let plain = try ModelFolderCopy("bert").converted()
        #expect(try folder.converted().tensors.count == plain.tensors.count)
    }

    @Test func `a setting that matters must be finite`() throws {
        let folder = try ModelFolderCopy("llama")
        try folder.replace("\"rms_norm_eps\": 1e-05", by: "\"rms_norm_eps\": Infinity", in: "config.json")
        let error = try #require(throws: ConversionError.self) { _ = try folder.converted() }
        #expect("\(error)".contains("config.json: \"rms_norm_eps\" must be a number, found Infinity"))
    }

    @Test(arguments: ["config.json", "tokenizer.json", "model.safetensors"])
    func `a pointer of Git LFS is said to be one, whichever file it is`(name: String) throws {
        let folder = try ModelFolderCopy("bert")
        try folder.write("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n", as: name)
        let error = try #require(throws: ConversionError.self) { _ = try folder.converted() }
        #expect("\(error)".contains("/\(name): this is a Git LFS pointer, not the file itself"))
    }
}
