import Foundation
import Swiftlet
import TestSupport
import Testing

/// The server through HTTP, beside the library in this process.
@Suite(.serialized) final class ServerTests {
    private static let models = [
        "chat": "chat.gguf", "embed": "embed.gguf", "speech": "speech.gguf", "t5": "models/t5-f32.gguf",
        "rerank": "models/bert-reranker-f16.gguf", "recurrent": "models/mamba-f32.gguf",
    ]
    private let server: ServerTool
    private var client: HTTPClient { server.client }

    init() throws { server = try ServerTool(Self.models) }

    deinit { _ = server.stop() }

    private static func chat(_ text: String, _ options: [String: Any] = [:]) -> [String: Any] {
        let messages: [[String: Any]] = [["role": "user", "content": text]]
        return ["model": "chat", "messages": messages, "max_tokens": 24].merging(options) { $1 }
    }

    /// What the library answers.
    private static func answer(_ text: String, seed: UInt64?, maxTokens: Int = 24) throws -> String {
        var options = ChatOptions()
        options.generation.sampling.temperature = seed == nil ? 0 : 1
        options.generation.sampling.seed = seed
        options.generation.maxTokens = maxTokens
        var session = try ChatSession(Model(path: Fixtures.path("chat.gguf")), options)
        return try session.respond(to: text).text.trimmingCharacters(in: .whitespaces)
    }

    private static func text(_ client: HTTPClient, _ body: [String: Any]) async throws -> String {
        let json = try await client.post("/v1/chat/completions", body).json()
        let choices = json["choices"] as? [[String: Any]]
        return ((choices?.first?["message"] as? [String: Any])?["content"] as? String ?? "no answer: \(json)")
            .trimmingCharacters(in: .whitespaces)
    }

    @Test func `whole and streamed answers are the library's`() async throws {
        let question = "What is the capital of France?"
        for seed in [nil, 7, 8] as [UInt64?] {
            let expected = try Self.answer(question, seed: seed)
            let options: [String: Any] = seed.map { ["temperature": 1, "seed": $0] } ?? ["temperature": 0]
            #expect(try await Self.text(client, Self.chat(question, options)) == expected)
            let streamed = try await client.post(
                "/v1/chat/completions", Self.chat(question, options.merging(["stream": true]) { $1 }))
            #expect(streamed.headers["content-type"]?.hasPrefix("text/event-stream") == true)
            #expect(streamed.events.last == "[DONE]")
            let pieces = try streamed.events.dropLast().map { event in
                let json = try JSONSerialization.jsonObject(with: Data(event.utf8)) as? [String: Any]
                let choice = (json?["choices"] as? [[String: Any]])?.first
                return (choice?["delta"] as? [String: Any])?["content"] as? String ?? ""
            }
            #expect(pieces.joined().trimmingCharacters(in: .whitespaces) == expected)
        }
    }

    @Test func `answers do not depend on other requests, nor on what is cached of them`() async throws {
        let long = String(repeating: "The keys are on the table. ", count: 30)
        let texts = (0..<10).map { $0 % 2 == 0 ? "Question \($0)?" : "\(long)Where are key number \($0)?" }
        for _ in 0..<2 {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (index, question) in texts.enumerated() {
                    group.addTask { [client] in
                        let body = Self.chat(question, ["temperature": 1, "seed": index])
                        let found = try await Self.text(client, body)
                        #expect(try found == Self.answer(question, seed: UInt64(index)), "request \(index)")
                    }
                }
                try await group.waitForAll()
            }
        }
        let metrics = try await client.get("/metrics").text
        let hits = metrics.split(separator: "\n").first { $0.hasPrefix("swiftlet_prefix_cache_hits_total") }
        #expect(hits.flatMap { $0.split(separator: " ").last }.flatMap { Double($0) } ?? 0 > 0)
    }

    @Test func `completions are the library's, of models whose state cannot go back, too`() async throws {
        let model = try Model(path: Fixtures.path("models/mamba-f32.gguf"))
        var session = try Session(model)
        var options = GenerationOptions()
        options.sampling = .greedy
        options.maxTokens = 12
        let prompt = Array(Array(repeating: [1, 5, 9, 3] as [Token], count: 10).joined())
        let expected = try session.generate(from: prompt, options).text
        for _ in 0..<2 {
            let body: [String: Any] = [
                "model": "recurrent", "prompt": prompt.map { Int($0) }, "temperature": 0, "max_tokens": 12,
            ]
            let choices = try await client.post("/v1/completions", body).json()["choices"] as? [[String: Any]]
            #expect(choices?.first?["text"] as? String == expected)
        }
    }

    @Test func `vectors, transcripts and translations are the library's`() async throws {
        let texts = ["Where are the keys?", "日本語", ""]
        var embedder = try Embedder(Model(path: Fixtures.path("embed.gguf")))
        let vectors = try embedder.embed(texts)
        let found = try await client.post("/v1/embeddings", ["model": "embed", "input": texts]).json()
        let data = found["data"] as? [[String: Any]] ?? []
        #expect(data.count == 3)
        for (index, item) in data.enumerated() {
            let values = (item["embedding"] as? [Double])?.map { Float($0) }
            #expect(values == Array(vectors[index]))
        }

        var translator = try TextToText(
            Model(path: Fixtures.path("models/t5-f32.gguf")), .translation(from: nil, to: "de"))
        let translations = try translator.convert(["Good morning.", "the cat"]).map(\.text)
        let translated = try await client.post(
            "/v1/translate", ["input": ["Good morning.", "the cat"], "target": "de"]
        ).json()
        #expect((translated["data"] as? [[String: Any]])?.compactMap { $0["text"] as? String } == translations)

        var transcriber = try Transcriber(SpeechModel(path: Fixtures.path("speech.gguf")))
        var transcript = ""
        try transcriber.transcribe(path: Fixtures.path("clips/two.wav")) {
            transcript += $0.text
            return true
        }
        let sound = try Data(contentsOf: URL(filePath: Fixtures.path("clips/two.wav")))
        let form =
            Data("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"two.wav\"\r\n\r\n".utf8) + sound
            + Data("\r\n--b--\r\n".utf8)
        let answer = try await client.ask(
            "POST", "/v1/audio/transcriptions", headers: ["Content-Type": "multipart/form-data; boundary=b"],
            body: form)
        #expect(try answer.json()["text"] as? String == transcript.trimmingCharacters(in: .whitespaces))
    }

    @Test func `mistakes are told in OpenAI's form, and none is the server's`() async throws {
        let wrong: [(String, [String: Any], Int)] = [
            ("/v1/chat/completions", [:], 400), ("/v1/chat/completions", Self.chat("x", ["n": 1000]), 400),
            ("/v1/chat/completions", Self.chat("x", ["model": "embed"]), 400),
            ("/v1/chat/completions", Self.chat(String(repeating: "word ", count: 5000)), 400),
            ("/v1/embeddings", ["model": "embed", "input": [[1, 2]]], 400), ("/v1/nothing", [:], 404),
            ("/v1/embeddings", ["model": "embed", "input": "x", "dimensions": 100_000], 400),
            ("/v1/rerank", ["query": "x", "documents": [Int]()], 400),
        ]
        for (path, body, status) in wrong {
            let answer = try await client.post(path, body)
            #expect(answer.status == status, "\(path) \(answer.text)")
            let error = try answer.json()["error"] as? [String: Any]
            #expect((error?["message"] as? String)?.isEmpty == false)
            #expect(!answer.text.contains(Fixtures.path("")))
        }
    }

    @Test func `other hosts, origins and types of content are refused`() async throws {
        #expect(try await client.get("/v1/models", headers: ["Host": "evil.example"]).status == 403)
        #expect(try await client.get("/v1/models", headers: ["Origin": "https://evil.example"]).status == 403)
        let form = try await client.post(
            "/v1/chat/completions", Self.chat("x"), headers: ["Content-Type": "text/plain"])
        #expect(form.status == 415)
    }

    @Test func `a request to end lets running answers finish`() async throws {
        let other = try ServerTool(["chat": "chat.gguf"])
        let body = Self.chat("Tell me a story.", ["stream": true, "max_tokens": 200, "ignore_eos": true])
        async let answer = other.client.post("/v1/chat/completions", body)
        var isRunning = false
        for _ in 0..<200 where !isRunning {
            try await Task.sleep(for: .milliseconds(5))
            isRunning = try await other.client.get("/metrics").text.contains("swiftlet_num_requests_running 1.0")
        }
        #expect(other.stop() == 0)
        #expect(try await answer.events.last == "[DONE]")
    }
}
