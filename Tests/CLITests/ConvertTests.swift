import Foundation
import GGUF
import TestSupport
import Testing

@Suite struct ConvertTests {
    private static let source = Fixtures.path("conversion/llama")

    @Test func `a folder becomes a model that runs`() async throws {
        let folder = try TemporaryFolder()
        let output = folder.path("out.gguf")
        let result = try await CommandLineTool.run("convert", Self.source, output, "--type", "q8_0", "--verbose")
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text.contains(#/blk\.0\.attn_q\.weight +BF16 +Q8_0/#))
        #expect(result.text.contains("(16.00 bits per weight) -> "))
        #expect(result.errors.contains("swiftlet: [1/"))
        let run = try await CommandLineTool.run("run", "-m", output, "-n", "3", "--ignore-eos", "the cat")
        #expect(run.status == 0)
    }

    @Test func `without a type weights keep 16 bits, and heads can be left out`() async throws {
        let folder = try TemporaryFolder()
        let output = folder.path("out.gguf")
        let result = try await CommandLineTool.run(
            "convert", Fixtures.path("conversion/bert") + "/", output, "--without-heads")
        #expect(result.status == 0, "\(result.errors)")
        let file = try GGUFFile(path: output)
        #expect(file.tensor(named: "token_embd.weight")?.type == .F16)
        #expect(file.tensor(named: "mlm.dense.weight") == nil)
    }

    @Test func `types are taken as llama-quantize spells them, and an alias is explained`() async throws {
        let folder = try TemporaryFolder()
        for (type, name, isExplained) in [("Q8_0", "q8_0", false), ("7", "q8_0", true), ("Q4_K", "q4_k_m", true)] {
            let result = try await CommandLineTool.run("convert", Self.source, folder.path(type), "--type", type)
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.errors.contains("swiftlet: --type \(type) means \(name)") == isExplained)
            let plain = try await CommandLineTool.run("convert", Self.source, folder.path("plain"), "--type", name)
            #expect(plain.status == 0)
            #expect(try folder.read(type) == folder.read("plain"))
        }
        let automatic = try await CommandLineTool.run("convert", Self.source, folder.path("auto"), "--type", "auto")
        #expect(automatic.status == 0)
        _ = try await CommandLineTool.run("convert", Self.source, folder.path("plain"))
        #expect(try folder.read("auto") == folder.read("plain"))
    }

    @Test(arguments: [
        UsageTests.Mistake("convert", "a", answer: "Missing expected argument '<out>'"),
        UsageTests.Mistake("convert", "", "b", answer: "the path of the folder is empty"),
        UsageTests.Mistake("convert", "a", "", answer: "the path of the output is empty"),
        UsageTests.Mistake("convert", "a", "b", "--type", "q9", answer: "there is no type \"q9\": use one of q4_k_m"),
        UsageTests.Mistake("convert", "a", "b", "-t", "0", answer: "use -t with a number from 1"),
    ])
    func `wrong usage is answered with what was wrong and what to type`(_ mistake: UsageTests.Mistake) async throws {
        let result = try await CommandLineTool.run(mistake.arguments)
        #expect(result.status == 64)
        #expect(result.errors.contains(mistake.answer))
    }

    @Test func `a folder that cannot be converted is answered with the reason`() async throws {
        let folder = try TemporaryFolder()
        try folder.write(Data("{}".utf8), as: "config.json")
        let cases = [
            ("/no/such/folder", folder.path("out.gguf"), "/no/such/folder: open: No such file"),
            (
                Fixtures.path("chat.gguf"), folder.path("out.gguf"),
                "a folder from Hugging Face, or a file of whisper.cpp's, was expected"
            ),
            (folder.url.path, folder.path("out.gguf"), "\"architectures\" must be an array"),
            (Self.source, "/no/such/out.gguf", "/no/such/out.gguf"),
            (Self.source, folder.url.path, "this is a directory"),
        ]
        for (input, output, answer) in cases {
            let result = try await CommandLineTool.run("convert", input, output)
            #expect(result.status == 1)
            #expect(result.errors.contains(answer), "\(result.errors)")
            #expect(result.output.isEmpty)
        }
        #expect(folder.names.filter { $0.hasSuffix(".gguf") } == [])
    }
}
