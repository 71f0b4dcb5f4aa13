import Foundation
import GGUF
import TestSupport
import Testing

@Suite struct AdapterTests {
    private static let base = Fixtures.path("conversion/llama")
    private static let folder = Fixtures.path("adapters/llama")

    private func converted(_ folder: TemporaryFolder) async throws -> String {
        let model = folder.path("model.gguf")
        let result = try await CommandLineTool.run("convert", Self.base, model, "--type", "f32")
        #expect(result.status == 0, "\(result.errors)")
        return model
    }

    private func logits(_ model: String, _ adapters: String...) async throws -> Data {
        let words = ["logits", "-m", model, "--ids", "51,256,267", "--last"] + adapters.flatMap { ["--lora", $0] }
        let result = try await CommandLineTool.run(words)
        #expect(result.status == 0, "\(result.errors)")
        return result.output
    }

    @Test func `a folder and its file change logits alike, and a scale of 0 not at all`() async throws {
        let folder = try TemporaryFolder()
        let model = try await converted(folder)
        let file = folder.path("adapter.gguf")
        let result = try await CommandLineTool.run("convert", Self.folder, file, "--base", model)
        #expect(result.status == 0, "\(result.errors)")
        let plain = try await logits(model)
        let adapted = try await logits(model, Self.folder)
        #expect(plain != adapted)
        #expect(try await logits(model, file) == adapted)
        #expect(try await logits(model, "\(file)=0") == plain)
        #expect(try await logits(model, "\(file)=0.5", "\(file)=0.5") == adapted)
    }

    @Test func `what cannot be is told`() async throws {
        let folder = try TemporaryFolder()
        let model = try await converted(folder)
        let out = folder.path("out.gguf")
        let lines: [([String], String)] = [
            (["logits", "-m", model, "a", "--lora", model], "general.type"),
            (["logits", "-m", model, "a", "--lora", folder.path("none")], "none"),
            (["logits", "-m", model, "a", "--lora", "x=nan"], "--lora"),
            (["logits", "-m", model, "a", "--lora", Fixtures.path("adapters/bert")], "adapter"),
            (["convert", Self.base, out, "--base", model], "--base is for"),
            (["convert", Self.folder, out, "--base", model, "--lora", Self.folder], "an adapter itself"),
            (["convert", Self.folder, out, "--base", model, "--type", "q8_0"], "use f32, f16 or bf16"),
            (["convert", Self.folder, out], "--base"),
            (["convert", Self.base, out, "--lora", Fixtures.path("adapters/gpt2")], "gpt2"),
        ]
        for (words, answer) in lines {
            let result = try await CommandLineTool.run(words)
            #expect(result.status != 0 && result.errors.contains(answer), "\(words): \(result.errors)")
            #expect(!FileManager.default.fileExists(atPath: out))
        }
    }
}
