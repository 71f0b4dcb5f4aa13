import Foundation
import GGUF
import TestSupport
import Testing

@Suite struct QuantizeTests {
    private static let source = Fixtures.path("models/llama-f32.gguf")

    @Test func `a quantized model is written, and its types summed up`() async throws {
        let folder = try TemporaryFolder()
        let output = folder.path("out.gguf")
        let result = try await CommandLineTool.run("quantize", Self.source, output, "--type", "q8_0")
        #expect(result.status == 0)
        #expect(result.text.contains("bits per weight"))
        #expect(result.text.contains("\(output): "))
        #expect(result.text.contains("32.00 bits per weight) -> "))
        let count = try GGUFFile(path: output).tensors.count
        #expect(result.errors.contains("swiftlet: [1/\(count)] "))
        #expect(result.errors.contains("swiftlet: [\(count)/\(count)] "))
        let run = try await CommandLineTool.run("run", "-m", output, "-n", "3", "--ignore-eos", "a")
        #expect(run.status == 0)
    }

    @Test(arguments: ["Q4_K", "q4_k", "Q4_K_M", "15"])
    func `types are taken as llama-quantize spells them`(type: String) async throws {
        let folder = try TemporaryFolder()
        let result = try await CommandLineTool.run("quantize", Self.source, folder.path("out"), "--type", type)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.errors.contains("--type \(type) means q4_k_m") == (type != "Q4_K_M"))
        _ = try await CommandLineTool.run("quantize", Self.source, folder.path("plain"), "--type", "q4_k_m")
        #expect(try folder.read("out") == folder.read("plain"))
    }

    @Test func `a tensor that its type cannot hold is named, with what became of it`() async throws {
        let folder = try TemporaryFolder()
        let file = try GGUFFile(path: Self.source)
        var data = try Data(contentsOf: URL(fileURLWithPath: Self.source))
        let tensor = try #require(file.tensor(named: "blk.0.attn_q.weight"))
        let place = tensor.offset + (3 * tensor.columns + 5) * 4
        data.replaceSubrange(place..<place + 4, with: RawGGUF.little(Float(1e6).bitPattern))
        let source = try folder.write(data, as: "large.gguf").path
        let result = try await CommandLineTool.run("quantize", source, folder.path("out.gguf"), "--type", "f16")
        #expect(result.status == 0)
        #expect(
            result.errors.contains(
                "swiftlet: blk.0.attn_q.weight: F16 cannot hold 1000000.0 in row 3, column 5: stored as BF16 instead\n")
        )
        #expect(result.text.contains("BF16"))
        #expect(try GGUFFile(path: folder.path("out.gguf")).tensor(named: "blk.0.attn_q.weight")?.type == .BF16)
        #expect(folder.names == ["large.gguf", "out.gguf"])
    }

    @Test func `a Git LFS pointer instead of a file is recognized`() async throws {
        let folder = try TemporaryFolder()
        let pointer = Data("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n".utf8)
        let path = try folder.write(pointer, as: "model.bin").path
        for command in [
            ["quantize", path, folder.path("out"), "--type", "q8_0"], ["convert", path, folder.path("out")],
            ["run", "-m", path, "a"], ["embed", "-m", path, "a"], ["inspect", path], ["tokenize", "-m", path, "a"],
            ["transcribe", "-m", path, Fixtures.path("clips/two.wav")], ["search", "--index", path, "a"],
        ] {
            let result = try await CommandLineTool.run(command)
            #expect(result.status == 1)
            #expect(result.errors.contains("\(path): this is a Git LFS pointer"), "\(command): \(result.errors)")
        }
    }

    @Test func `details are printed on request`() async throws {
        let folder = try TemporaryFolder()
        let result = try await CommandLineTool.run(
            "quantize", Self.source, folder.path("out.gguf"), "--type", "q4_0", "--verbose")
        #expect(result.status == 0)
        #expect(result.text.contains("relative error"))
        #expect(result.text.contains(/blk\.0\.attn_q\.weight +F32 +Q4_0 .* 0\.\d+\n/))
        #expect(result.text.contains(/output_norm\.weight +F32 +F32 .* copied\n/))
    }

    @Test(arguments: [
        UsageTests.Mistake("quantize", "a", "b", answer: "Missing expected argument '--type <type>'"),
        UsageTests.Mistake("quantize", "a", "--type", "q8_0", answer: "Missing expected argument '<out>'"),
        UsageTests.Mistake("quantize", "", "b", "--type", "q8_0", answer: "the path of the model is empty"),
        UsageTests.Mistake("quantize", "a", "", "--type", "q8_0", answer: "the path of the output is empty"),
        UsageTests.Mistake(
            "quantize", "a", "b", "--type", "q9", answer: "there is no type \"q9\": use one of q4_k_m, q4_k_s"),
        UsageTests.Mistake("quantize", "a", "b", "--type", "q8_0", "-t", "0", answer: "use -t with a number from 1"),
    ])
    func `wrong usage is answered with what was wrong and what to type`(_ mistake: UsageTests.Mistake) async throws {
        let result = try await CommandLineTool.run(mistake.arguments)
        #expect(result.status == 64)
        #expect(result.errors.contains(mistake.answer))
    }

    @Test func `work that cannot be done is answered with the reason, and leaves nothing`() async throws {
        let folder = try TemporaryFolder()
        let output = folder.path("out.gguf")
        let chat = Fixtures.path("chat.gguf")
        let cases = [
            ("/no/such/model.gguf", output, "/no/such/model.gguf: open: No such file"),
            (Self.source, "/no/such/out.gguf", "/no/such/out.gguf"),
            (Self.source, folder.url.path, "this is a directory"),
            (Self.source, "/dev/null", "not a regular file"),
            (Self.source, Self.source, "the output would replace its own input"),
            (chat, output, "is quantized already, to Q8_0"),
        ]
        for (input, output, answer) in cases {
            let result = try await CommandLineTool.run("quantize", input, output, "--type", "q4_k_m")
            #expect(result.status == 1)
            #expect(result.errors.contains(answer), "\(result.errors)")
            #expect(result.output.isEmpty)
        }
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.url.path).filter { $0.hasSuffix(".gguf") } == [])
    }

    @Test func `a quantized model is quantized again when that is allowed`() async throws {
        let folder = try TemporaryFolder()
        let result = try await CommandLineTool.run(
            "quantize", Fixtures.path("chat.gguf"), folder.path("out.gguf"), "--type", "q4_k_m", "--allow-requantize")
        #expect(result.status == 0)
        let types = try GGUFFile(path: folder.path("out.gguf")).tensors.map(\.type)
        #expect(types.contains(.Q4_K) && types.contains(.Q6_K))
    }

    @Test func `there is help`() async throws {
        let result = try await CommandLineTool.run("quantize", "--help")
        #expect(result.status == 0)
        #expect(result.text.contains("USAGE: swiftlet quantize <in> <out> --type <type>"))
        #expect(try await CommandLineTool.run("--help").text.contains("  quantize "))
    }
}
