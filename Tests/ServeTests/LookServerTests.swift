import Foundation
import Swiftlet
import TestSupport
import Testing

/// `/look` through HTTP.
@Suite(.serialized) final class LookServerTests {
    private let server: ServerTool
    private var client: HTTPClient { server.client }

    init() throws {
        server = try ServerTool([
            "chat": "chat.gguf", "embed": "embed.gguf", "speech": "speech.gguf", "t5": "models/t5-f32.gguf",
        ])
    }

    deinit { _ = server.stop() }

    private func data(_ page: String) throws -> [String: Any] {
        let start = try #require(page.range(of: #"<script type="application/json" id="data">"#))
        let end = try #require(page.range(of: "</script>", range: start.upperBound..<page.endIndex))
        let json = Data(page[start.upperBound..<end.lowerBound].utf8)
        return try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any])
    }

    @Test func `a page is that of the model, under a policy that allows nothing else`() async throws {
        let answer = try await client.post("/look", ["model": "chat", "input": "one two one two", "max_tokens": 2])
        #expect(answer.status == 200 && answer.headers["content-type"] == "text/html; charset=utf-8")
        let policy = try #require(answer.headers["content-security-policy"])
        for part in ["default-src 'none'", "sandbox allow-scripts", "frame-ancestors 'none'", "form-action 'none'"] {
            #expect(policy.contains(part))
        }
        #expect(!policy.contains("unsafe") && answer.headers["cache-control"] == "no-store")
        let data = try data(answer.text)
        let stages = try #require(data["stages"] as? [[String: Any]])
        let tokens = try #require(stages[0]["tokens"] as? [[String: Any]]).compactMap { $0["id"] as? Int }
        let model = try Model(path: Fixtures.path("chat.gguf"))
        let own = model.tokenize("one two one two").map { Int($0) }
        #expect(tokens.starts(with: own) && (1...2).contains(tokens.count - own.count))
        #expect(data["flow"] != nil && data["positions"] != nil)
        #expect(!answer.text.contains(Fixtures.path("")))
    }

    @Test func `encoders and encoder-decoders have pages, and parts are chosen`() async throws {
        let encoder = try await client.post("/look", ["model": "embed", "input": "a cat", "layers": [0], "heads": [1]])
        let groups = try #require(try data(encoder.text)["attention"] as? [[String: Any]])
        #expect(groups.count == 1 && groups[0]["heads"] as? [Int] == [1])
        let both = try await client.post("/look", ["model": "t5", "input": "the one", "target": "one"])
        let names = try #require(try data(both.text)["attention"] as? [[String: Any]]).compactMap {
            $0["name"] as? String
        }
        #expect(Set(names) == ["encoder self", "decoder self", "cross"])
        let ablated = try await client.post("/look", ["model": "chat", "input": "one two", "ablate": "L0H0, L1"])
        #expect(try data(ablated.text)["change"] != nil)
    }

    @Test func `what cannot be is refused by name`() async throws {
        let long = String(repeating: "one two ", count: 400)
        let wrong: [([String: Any], String)] = [
            (["model": "chat"], "input is missing"), (["model": "chat", "input": long], "at most 512"),
            (["model": "chat", "input": "a", "max_tokens": 513], "max_tokens"),
            (["model": "chat", "input": "a", "layers": [99]], "no layer"),
            (["model": "chat", "input": "a", "layers": [-1]], "layers"),
            (["model": "chat", "input": "a", "heads": []], "heads"),
            (["model": "chat", "input": "a", "ablate": "L99"], "layer 99"),
            (["model": "chat", "input": "a", "ablate": "x"], "no head or layer"),
            (["model": "chat", "input": "a", "target": "b"], "target"),
            (["model": "chat", "input": ""], "no tokens"), (["model": "speech", "input": "a"], "a look inside"),
        ]
        for (body, said) in wrong {
            let answer = try await client.post("/look", body)
            #expect(answer.status == 400 && answer.text.contains(said), "\(said): \(answer.text.prefix(300))")
        }
        let form = try await client.ask(
            "POST", "/look", headers: ["Content-Type": "application/x-www-form-urlencoded"], body: Data("input=a".utf8))
        #expect(form.status == 415)
        let foreign = try await client.post("/look", ["input": "a"], headers: ["Origin": "http://evil.example"])
        #expect(foreign.status == 403)
    }

    @Test func `the text box comes without a key, the page does not`() async throws {
        let page = try await client.get("/look")
        #expect(page.status == 200 && page.text.contains("look-form"))
        let policy = page.headers["content-security-policy"] ?? ""
        #expect(policy.contains("frame-src blob:") && !policy.contains("unsafe"))
        let keys = FileManager.default.temporaryDirectory.appendingPathComponent("look-keys-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: keys) }
        try Data("secret-key\n".utf8).write(to: keys)
        let locked = try ServerTool(["chat": "chat.gguf"], options: ["--api-key-file", keys.path])
        defer { _ = locked.stop() }
        #expect(try await locked.client.get("/look").status == 200)
        let body: [String: Any] = ["input": "one two"]
        #expect(try await locked.client.post("/look", body).status == 401)
        let open = try await locked.client.post("/look", body, headers: ["Authorization": "Bearer secret-key"])
        #expect(open.status == 200)
    }
}
