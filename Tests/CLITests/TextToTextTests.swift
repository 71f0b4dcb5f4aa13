import Foundation
import TestSupport
import Testing

/// `run` and `logits` of models that turn a text into another.
struct TextToTextTests {
    private static let model = Fixtures.path("models/t5-f32.gguf")

    private struct Target: Decodable {
        let ids: [Int32]
        let text: String
        let score: Double
    }

    @Test func `run prints what becomes of a text, and the best of several as JSON`() async throws {
        let plain = try await CommandLineTool.run("run", "-m", Self.model, "the hat", "-n", "8")
        #expect(plain.status == 0 && plain.text.hasSuffix("\n"))
        let one = try await CommandLineTool.run("run", "-m", Self.model, "the hat", "-n", "8", "--json")
        let target = try JSONDecoder().decode(Target.self, from: one.output)
        #expect(target.text + "\n" == plain.text && !target.ids.isEmpty && target.ids.count <= 8)
        let best = try await CommandLineTool.run(
            "run", "-m", Self.model, "the hat", "-n", "8", "--json", "--beam", "4", "--n-best", "3")
        let targets = try JSONDecoder().decode([Target].self, from: best.output)
        #expect(targets.count == 3 && targets.map(\.score) == targets.map(\.score).sorted(by: >))
        let tokens = try await CommandLineTool.run("tokenize", "-m", Self.model, "the hat", "--json")
        let ids = try JSONDecoder().decode([String: [Int32]].self, from: tokens.output)["ids"] ?? []
        let same = try await CommandLineTool.run(
            "run", "-m", Self.model, "--ids", ids.map(String.init).joined(separator: ","), "-n", "8", "--json")
        #expect(try JSONDecoder().decode(Target.self, from: same.output).ids == target.ids)
    }

    @Test func `run draws with a temperature, begins with a prefix, and searches continuations`() async throws {
        func run(_ arguments: String...) async throws -> [Target] {
            let result = try await CommandLineTool.run(["run"] + arguments + ["-n", "8", "--json", "--n-best", "3"])
            return try result.decoded([Target].self)
        }
        let drawn = try await run("-m", Self.model, "the hat", "--temperature", "2", "--seed", "3")
        let same = try await run("-m", Self.model, "the hat", "--temperature", "2", "--seed", "3")
        #expect(drawn.count == 3 && drawn.map(\.ids) == same.map(\.ids) && Set(drawn.map(\.ids)).count == 3)
        let begun = try await run("-m", Self.model, "the hat", "--beam", "3", "--target-prefix", "the cat")
        #expect(begun.count == 3 && begun.allSatisfy { $0.text.hasPrefix("the cat") })
        let continued = try await run("-m", Fixtures.path("models/llama-f32.gguf"), "--ids", "5,6,7", "--beam", "3")
        #expect(continued.count == 3 && continued.map(\.score) == continued.map(\.score).sorted(by: >))
    }

    @Test func `logits has a row for each of --decoder-ids`() async throws {
        let folder = try TemporaryFolder()
        let result = try await CommandLineTool.run(
            "logits", "-m", Self.model, "the hat", "--decoder-ids", "0,5", "-o", folder.path("out.npy"))
        #expect(result.status == 0 && result.errors.contains("float32 [2, 288]"))
    }

    @Test(arguments: [
        (["run", "-m", model, "x", "--stop", "y"], "--stop is for models that continue a text"),
        (["run", "-m", model, "x", "--beam", "99"], "99 hypotheses are not possible: use 1 to 64"),
        (["run", "-m", model, "x", "--beam", "2", "--temperature", "1"], "use 1 where tokens are drawn"),
        (["run", "-m", model, "x", "--n-best", "2"], "the number of results is 2"),
        (["run", "x", "--beam", "2", "--stop", "y"], "--stop does not go with --beam"),
        (["run", "x", "--beam", "0"], "the number of beams is 0: use 1 to 64"),
        (["run", "x", "--n-best", "2"], "--n-best is for a search with several hypotheses: use it with --beam 4"),
        (["run", "x", "--target-prefix", "y"], "--target-prefix is for models that turn a text into another"),
        (["logits", "-m", model, "x", "-o", "/dev/null"], "give the target's tokens, from the start token on"),
        (["logits", "x", "--decoder-ids", "0", "-o", "/dev/null"], "--decoder-ids belongs to a model that turns"),
        (["chat", "-m", model, "--once", "x"], "chat template"),
        (["transcribe", "-m", model, "x.wav"], "turns a text into another"),
    ])
    func `what a kind of model cannot do is told`(arguments: [String], answer: String) async throws {
        let result = try await CommandLineTool.run(arguments)
        #expect(result.status == 1 && result.output.isEmpty)
        #expect(result.errors.contains(answer) && result.errors.split(separator: "\n").count == 1, "\(result.errors)")
    }
}
