import Foundation
import TestSupport
import Testing

struct DraftingTests {
    private static let model = Fixtures.path("chat.gguf")

    private static let prompt = [
        "run", "-p", "Q: What is Swiftlet?\nA:", "-n", "40", "--ignore-eos", "--temperature", "0",
    ]

    @Test(arguments: [
        ["--lookup"], ["--lookup", "--draft-tokens", "8"], ["--draft", model],
        ["--draft", model, "--draft-tokens", "1"],
    ])
    func `the greedy completion does not change`(flags: [String]) async throws {
        let expected = try await CommandLineTool.run(Self.prompt)
        let found = try await CommandLineTool.run(Self.prompt + flags)
        #expect(found.status == 0 && found.errors.isEmpty)
        #expect(found.output == expected.output)
    }

    @Test func `statistics tell what was accepted`() async throws {
        let found = try await CommandLineTool.run(Self.prompt + ["--draft", Self.model, "--stats"])
        #expect(found.status == 0)
        #expect(found.errors.contains("tokens accepted (100.0 %)"))
        #expect(found.errors.contains("verification steps; "))
        let plain = try await CommandLineTool.run(Self.prompt + ["--stats"])
        #expect(!plain.errors.contains("accepted"))
    }

    @Test(arguments: [["--lookup"], ["--draft", model]])
    func `bench compares the same text with drafting and without`(flags: [String]) async throws {
        let folder = try TemporaryFolder()
        try folder.write(Data("Q: What is Swiftlet?\nA:".utf8), as: "prompt.txt")
        let arguments = ["bench", "--prompt-file", folder.path("prompt.txt"), "-n", "24", "-r", "1"] + flags
        let result = try await CommandLineTool.run(arguments + ["--json"])
        #expect(result.status == 0)
        let report = try #require(try JSONSerialization.jsonObject(with: result.output) as? [String: Any])
        for key in [
            "plain_tokens_per_second", "drafted_tokens_per_second", "speed_up", "steps", "tokens_per_step", "tokens",
        ] {
            #expect((report[key] as? Double ?? 0) > 0, "\(key)")
        }
        #expect(report["same_text"] as? Bool == true)
        #expect((report["accepted"] as? Int ?? -1) >= 0)
        let table = try await CommandLineTool.run(arguments)
        #expect(table.status == 0 && table.text.contains("speed-up") && table.text.contains("yes"))
    }

    @Test(arguments: [
        (["run", "hello", "--lookup", "--draft", "a.gguf"], "--draft and --lookup exclude each other"),
        (["run", "hello", "--draft", ""], "the path of the draft model is empty"),
        (["run", "hello", "--draft-tokens", "4"], "--draft-tokens needs --draft model.gguf or --lookup"),
        (["run", "hello", "--lookup", "--draft-tokens", "0"], "use --draft-tokens with 1 to 64"),
        (["bench", "--lookup"], "use --prompt-file path"),
        (["bench", "--prompt-file", "a.txt"], "use --draft model.gguf or --lookup"),
    ])
    func `wrong usage is answered with what to type`(arguments: [String], answer: String) async throws {
        let result = try await CommandLineTool.run(arguments)
        #expect(result.status == 64 && result.output.isEmpty)
        #expect(result.errors.contains(answer))
    }

    @Test(arguments: [
        (["--draft", "/no/such/draft.gguf"], "/no/such/draft.gguf: open: No such file"),
        (["--draft", Fixtures.path("models/llama-f32.gguf")], "cannot draft for built-in model: it has 288 tokens"),
    ])
    func `a draft model that cannot be used is an error before anything is printed`(
        flags: [String], answer: String
    ) async throws {
        let result = try await CommandLineTool.run(["run", "hello"] + flags)
        #expect(result.status == 1 && result.output.isEmpty)
        #expect(result.errors.contains(answer))
    }
}
