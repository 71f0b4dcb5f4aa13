import Foundation
import GGUF
import Swiftlet
import TestSupport
import Testing

/// Adapters through HTTP, beside the library in this process.
@Suite(.serialized) final class AdapterServerTests {
    private let folder: TemporaryFolder
    private let model: Model
    private let adapters: [Adapter]
    private let server: ServerTool
    private var client: HTTPClient { server.client }

    /// Of the model alone, of each adapter, of both, and of some of one.
    private static let choices: [[(id: Int, scale: Float)]] = [
        [], [(0, 1)], [(1, 1)], [(0, 1), (1, 1)], [(1, 0.5)], [(1, 0.5), (0, -0.25)],
    ]

    init() throws {
        let folder = try TemporaryFolder()
        let model = try Model(path: Fixtures.path("chat.gguf"))
        let file = try GGUFFile(path: model.path)
        let paths = try (1...2).map { seed in
            try folder.write(AdapterFile(of: file, seed: seed).bytes, to: "adapter-\(seed).gguf")
        }
        adapters = try paths.map { try Adapter(path: $0, for: model) }
        server = try ServerTool(
            ["chat": "chat.gguf", "embed": "embed.gguf"],
            options: ["--lora", "chat=\(paths[0])=0", "--lora", "chat=\(paths[1])=0"])
        self.model = model
        self.folder = folder
    }

    deinit { _ = server.stop() }

    private func scaled(_ choice: [(id: Int, scale: Float)]) -> [ScaledAdapter] {
        choice.sorted { $0.id < $1.id }.map { ScaledAdapter(adapters[$0.id], scale: $0.scale) }
    }

    /// What the library writes.
    private func text(_ prompt: String, _ choice: [(id: Int, scale: Float)], seed: UInt64) throws -> String {
        var options = SessionOptions()
        options.adapters = scaled(choice)
        var session = try Session(model, options)
        var generation = GenerationOptions()
        generation.sampling.temperature = 1
        generation.sampling.seed = seed
        generation.maxTokens = 12
        return try session.generate(from: model.tokenize(prompt), generation).text
    }

    private static func body(_ prompt: String, _ choice: [(id: Int, scale: Float)]?, seed: Int) -> [String: Any] {
        var body: [String: Any] = [
            "model": "chat", "prompt": prompt, "max_tokens": 12, "temperature": 1, "seed": seed,
        ]
        if let choice { body["lora"] = choice.map { ["id": $0.id, "scale": Double($0.scale)] as [String: Any] } }
        return body
    }

    private func text(_ body: [String: Any]) async throws -> String { try await Self.text(client, body) }

    private static func text(_ client: HTTPClient, _ body: [String: Any]) async throws -> String {
        let json = try await client.post("/v1/completions", body).json()
        let choices = json["choices"] as? [[String: Any]]
        return choices?.first?["text"] as? String ?? "no answer: \(json)"
    }

    @Test func `texts are the library's, whatever others ask for at the time`() async throws {
        // Long enough to be kept for others, who have other adapters.
        let prompt = String(repeating: "The keys are on the table. ", count: 20) + "Where are they?"
        let expected = try Self.choices.enumerated().map { try text(prompt, $1, seed: UInt64($0)) }
        #expect(Set(try Self.choices.map { try text(prompt, $0, seed: 1) }).count > 3)
        for _ in 0..<2 {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for round in 0..<3 {
                    for (index, choice) in Self.choices.enumerated() {
                        group.addTask { [client] in
                            let found = try await Self.text(client, Self.body(prompt, choice, seed: index))
                            #expect(found == expected[index], "round \(round), choice \(index)")
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
        let metrics = try await client.get("/metrics").text
        let hits = metrics.split(separator: "\n").first { $0.hasPrefix("swiftlet_prefix_cache_hits_total") }
        #expect(hits.flatMap { $0.split(separator: " ").last }.flatMap { Double($0) } ?? 0 > 0)
    }

    @Test func `several texts of a prompt have the same adapters`() async throws {
        let body = Self.body("The sun is", [(1, 1)], seed: 3).merging(["n": 3]) { $1 }
        let choices = try await client.post("/v1/completions", body).json()["choices"] as? [[String: Any]]
        let found = choices?.compactMap { $0["text"] as? String }
        #expect(try found == (3...5).map { try text("The sun is", [(1, 1)], seed: $0) })
    }

    @Test func `scales of requests that do not say are set for all`() async throws {
        func post(_ list: Any) async throws -> HTTPClient.Answer {
            try await client.ask(
                "POST", "/lora-adapters", headers: ["Content-Type": "application/json"],
                body: try JSONSerialization.data(withJSONObject: list))
        }
        #expect(try await text(Self.body("The sun is", nil, seed: 2)) == text("The sun is", [], seed: 2))
        let answer = try await post([["id": 1, "scale": 0.5]])
        #expect(answer.status == 200)
        #expect(try await text(Self.body("The sun is", nil, seed: 2)) == text("The sun is", [(1, 0.5)], seed: 2))
        #expect(try await text(Self.body("The sun is", [], seed: 2)) == text("The sun is", [], seed: 2))
        let listed = try await client.get("/lora-adapters")
        let list = try #require(try JSONSerialization.jsonObject(with: listed.body) as? [[String: Any]])
        #expect(list.map { $0["scale"] as? Double } == [0, 0.5] && list.map { $0["id"] as? Int } == [0, 1])
        #expect(list.map { $0["name"] as? String } == ["adapter-1", "adapter-2"] && listed.body == answer.body)
        #expect(!listed.text.contains(folder.path))
        // One that is wrong changes none.
        for wrong: [[String: Any]] in [
            [["id": 0, "scale": 1], ["id": 7, "scale": 1]], [["id": 0]], [["scale": 1]],
            [["id": 0, "scale": 1], ["id": 0, "scale": 1]], [["id": 0, "scale": "much"]],
        ] {
            #expect(try await post(wrong).status == 400)
        }
        #expect(try await post(["id": 0]).status == 400)
        #expect(try await client.get("/lora-adapters").body == listed.body)
    }

    @Test func `what cannot be is told by name`() async throws {
        let wrong: [(Any, String)] = [
            (5, "lora"), (["a"], "lora[0]"), ([["id": 2, "scale": 1]], "0, 1"),
            ([["id": -1, "scale": 1]], "lora[0].id"),
            ([["id": 0]], "lora[0].scale"), ([["id": 0, "scale": 1e39]], "lora[0].scale"),
            ([["id": 0, "scale": 1], ["id": 0, "scale": 0]], "lora[1].id"),
            ([["id": "style", "scale": 1]], "lora[0].id"),
        ]
        for (value, said) in wrong {
            for (path, field) in [("completions", "prompt"), ("chat/completions", "messages")] {
                var body: [String: Any] = ["model": "chat", "lora": value, "max_tokens": 2]
                body[field] = field == "prompt" ? "a" : [["role": "user", "content": "a"]]
                let answer = try await client.post("/v1/\(path)", body)
                #expect(answer.status == 400 && answer.text.contains(said), "\(said): \(answer.text)")
            }
        }
        // Numbers that floats cannot hold the results of end no step of others.
        for scale in [3e38, -3e38, 1e-45] {
            let body = Self.body("The sun is", [(0, Float(scale))], seed: 1)
            #expect(try await client.post("/v1/completions", body).status < 500)
        }
        #expect(try await text(Self.body("The sun is", [(0, 1)], seed: 1)) == text("The sun is", [(0, 1)], seed: 1))
    }

    @Test func `vectors have the adapters that the server was started with`() async throws {
        let embed = try Model(path: Fixtures.path("embed.gguf"))
        let path = try folder.write(AdapterFile(of: GGUFFile(path: embed.path), seed: 3).bytes, to: "embed.gguf")
        let other = try ServerTool(["embed": "embed.gguf"], options: ["--lora", "embed=\(path)=0.5"])
        defer { _ = other.stop() }
        var options = EmbedderOptions()
        options.runtime.adapters = [ScaledAdapter(try Adapter(path: path, for: embed), scale: 0.5)]
        var embedder = try Embedder(embed, options)
        let expected = Array(try embedder.embed(["Where are the keys?"])[0])
        let found = try await other.client.post("/v1/embeddings", ["input": "Where are the keys?"]).json()
        let data = found["data"] as? [[String: Any]]
        #expect((data?.first?["embedding"] as? [Double])?.map { Float($0) } == expected)
        let set = try await other.client.ask(
            "POST", "/lora-adapters", headers: ["Content-Type": "application/json"],
            body: Data(#"[{"id": 0, "scale": 1}]"#.utf8))
        #expect(set.status == 400)
    }

    @Test func `a server refuses to start with what is no adapter`() {
        for wrong in ["chat=\(Fixtures.path("chat.gguf"))", "other=\(folder.path("adapter-1.gguf"))", "chat=/none"] {
            #expect(throws: HTTPClient.Failure.self) {
                _ = try ServerTool(["chat": "chat.gguf"], options: ["--lora", wrong])
            }
        }
    }
}
