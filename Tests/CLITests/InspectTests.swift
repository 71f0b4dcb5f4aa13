import Foundation
import TestSupport
import Testing

struct InspectTests {
    private struct Report: Decodable {
        struct Tensor: Decodable {
            let name: String
            let type: String
            let shape: [Int]
            let bytes: Int
            let offset: Int
        }

        let version: Int
        let tensors: [Tensor]
        let parameters: Int
    }

    @Test func `the tables name metadata, tensors and types`() async throws {
        let result = try await CommandLineTool.run("inspect")
        #expect(result.status == 0)
        for part in [
            "built-in model", "runs: swiftlet chat, run", "general.architecture", "token_embd.weight",
            "bits per weight",
        ] {
            #expect(result.text.contains(part))
        }
        #expect(!result.text.contains("\u{1B}"))
    }

    @Test func `a file that does not run is shown with the reason`() async throws {
        let folder = try TemporaryFolder()
        var bytes = try Data(contentsOf: URL(fileURLWithPath: Fixtures.path("models/llama-f32.gguf")))
        let name = try #require(bytes.range(of: Data("general.architecture".utf8)))
        // A string: four bytes of type, eight of length, its own.
        bytes.replaceSubrange(name.upperBound + 12..<name.upperBound + 17, with: Data("plant".utf8))
        let result = try await CommandLineTool.run("inspect", folder.write(bytes, as: "plant.gguf").path)
        #expect(result.status == 0)
        #expect(result.text.contains("does not run: "))
        #expect(
            result.text.contains("the architecture 'plant' is not supported; swiftlet families lists those that are"))
        #expect(result.text.contains("token_embd.weight"))
    }

    @Test func `the JSON is complete`() async throws {
        let result = try await CommandLineTool.run("inspect", "--json")
        #expect(result.status == 0)
        let report = try result.decoded(Report.self)
        #expect(report.version == 3)
        #expect(report.parameters == report.tensors.reduce(0) { $0 + $1.shape.reduce(1, *) })
        #expect(report.tensors.allSatisfy { $0.bytes > 0 && $0.offset > 0 })
    }

    @Test func `long arrays are abbreviated unless all is asked for`() async throws {
        let key = "tokenizer.ggml.tokens"
        func tokens(_ arguments: String...) async throws -> Any? {
            let result = try await CommandLineTool.run(["inspect", "--json"] + arguments)
            let root = try JSONSerialization.jsonObject(with: result.output) as? [String: Any]
            return (root?["metadata"] as? [String: Any])?[key]
        }
        let short = try #require(try await tokens() as? [String: Any])
        let full = try #require(try await tokens("--full") as? [String])
        #expect(short["count"] as? Int == full.count)
        #expect(short["first"] as? [String] == Array(full.prefix(8)))
    }

    @Test func `the graph and the program are printed`() async throws {
        let result = try await CommandLineTool.run("inspect", "--graph")
        #expect(result.status == 0)
        #expect(result.text.hasPrefix("graph: "))
        #expect(result.text.contains("\nprogram: "))
    }

    @Test func `a model that cannot be run can be looked at`() async throws {
        let folder = try TemporaryFolder()
        try folder.write(Self.foreignModel, as: "foreign.gguf")
        let path = folder.path("foreign.gguf")
        let report = try await CommandLineTool.run("inspect", "--json", path).decoded(Report.self)
        #expect(report.tensors.map(\.name) == ["w\u{1B}[2J"])
        #expect(report.tensors.map(\.type) == ["Q2_K"])
        #expect(report.tensors.map(\.shape) == [[256]])
        let table = try await CommandLineTool.run("inspect", "-m", path)
        #expect(table.status == 0)
        #expect(!table.text.contains("\u{1B}"))
        let graph = try await CommandLineTool.run("inspect", path, "--graph")
        #expect(graph.status == 1)
        #expect(graph.errors.contains("'alien'"))
    }

    @Test func `a truncated model is an error that names the file`() async throws {
        let folder = try TemporaryFolder()
        let chat = URL(fileURLWithPath: Fixtures.path("chat.gguf"))
        try folder.write(Data(contentsOf: chat).prefix(100_000), as: "cut.gguf")
        for command in [["inspect"], ["run", "hello"], ["tokenize", "hello"], ["bench"]] {
            let result = try await CommandLineTool.run(command + ["-m", folder.path("cut.gguf")])
            #expect(result.status == 1)
            #expect(result.errors.hasPrefix("swiftlet: error: \(folder.path("cut.gguf")): "))
            #expect(result.errors.contains("incomplete or damaged"))
        }
    }

    /// One Q2_K tensor whose name clears the screen, of the architecture `alien`.
    private static var foreignModel: Data {
        func little(_ value: UInt64, bytes: UInt64) -> Data {
            Data((0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) })
        }
        func string(_ text: String) -> Data { little(UInt64(text.utf8.count), bytes: 8) + Data(text.utf8) }
        var file = Data("GGUF".utf8) + little(3, bytes: 4) + little(1, bytes: 8) + little(1, bytes: 8)
        file += string("general.architecture") + little(8, bytes: 4) + string("alien")
        file += string("w\u{1B}[2J") + little(1, bytes: 4) + little(256, bytes: 8) + little(10, bytes: 4)
        file += little(0, bytes: 8)
        file += Data(count: (32 - file.count % 32) % 32)
        return file + Data(count: 84)
    }
}
