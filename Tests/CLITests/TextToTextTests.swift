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

    @Test func `logits has a row for each of --decoder-ids`() async throws {
        let folder = try TemporaryFolder()
        let result = try await CommandLineTool.run(
            "logits", "-m", Self.model, "the hat", "--decoder-ids", "0,5", "-o", folder.path("out.npy"))
        #expect(result.status == 0 && result.errors.contains("float32 [2, 288]"))
    }

    @Test(arguments: [
        (["run", "-m", model, "x", "--stop", "y"], "--stop is for models that continue a text"),
        (["run", "-m", model, "x", "--beam", "99"], "99 hypotheses are not possible: use 1 to 64"),
        (["run", "-m", model, "x", "--n-best", "2"], "the number of results is 2"),
        (["run", "x", "--beam", "2"], "--beam is for models that turn a text into another"),
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
