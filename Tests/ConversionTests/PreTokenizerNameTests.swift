import Conversion
import Foundation
import GGUF
import JSON
import TestSupport
import Testing

/// How model files call the splitting rules of `tokenizer.json` files.
@Suite struct PreTokenizerNameTests {
    @Test func `a rule has the name that model files give it`() throws {
        let path = Fixtures.path("golden/tokenizers/pretokenizers.json")
        let kinds = try #require(
            try JSONParser.parse(String(contentsOfFile: path, encoding: .utf8).utf8.span).members)
        #expect(kinds.count == 27)
        for kind in kinds where !["afmoe", "kimi-k2"].contains(kind.name) {
            let ignoresMerges = ["llama-bpe", "minicpm5", "tekken", "youtu"].contains(kind.name)
            #expect(try name(of: kind.value, ignoresMerges: ignoresMerges) == kind.name)
        }
    }

    @Test func `whether merges are ignored decides between names of one rule`() throws {
        let path = Fixtures.path("golden/tokenizers/pretokenizers.json")
        let kinds = try JSONParser.parse(String(contentsOfFile: path, encoding: .utf8).utf8.span)
        let (llama, gpt) = (try #require(kinds["llama-bpe"]), try #require(kinds["gpt-4o"]))
        #expect(try name(of: llama, ignoresMerges: false) == "dbrx")
        #expect(try name(of: llama, ignoresMerges: nil) == "llama-bpe")
        #expect(try name(of: gpt, ignoresMerges: true) == "granite-embed-multi-97m")
    }

    @Test func `a rule may be written in several ways`() throws {
        let path = Fixtures.path("golden/tokenizers/pretokenizers.json")
        let kinds = try JSONParser.parse(String(contentsOfFile: path, encoding: .utf8).utf8.span)
        let deepSeek = try #require(kinds["deepseek-v3"]).text.replacingOccurrences(of: #"\\r\\n"#, with: #"\r\n"#)
        #expect(deepSeek.contains(#"[\r\n]"#))
        #expect(try name(of: JSONParser.parse(deepSeek.utf8.span), ignoresMerges: false) == "deepseek-v3")
        let bailing = try #require(kinds["bailingmoe"]).text.replacingOccurrences(
            of: "|\\\\p{N}|", with: "|\\\\p{N}{1,3}|")
        #expect(try name(of: JSONParser.parse(bailing.utf8.span), ignoresMerges: false) == "dbrx")
    }

    /// Of a GPT-2 with this rule instead of its own.
    private func name(of steps: JSONValue, ignoresMerges: Bool?) throws -> String {
        let folder = try ModelFolderCopy("gpt2")
        guard case .object(let members) = try JSONParser.parse(folder.text("tokenizer.json").utf8.span) else {
            return ""
        }
        let changed = members.map { member -> JSONValue.Member in
            switch member.name {
            case "pre_tokenizer":
                return JSONValue.Member(
                    member.name,
                    .object([.init("type", .string("Sequence")), .init("pretokenizers", steps)]))
            case "model":
                let rest = (member.value.members ?? []).filter { $0.name != "ignore_merges" }
                return .init(
                    member.name, .object(rest + (ignoresMerges.map { [.init("ignore_merges", .bool($0))] } ?? [])))
            default: return member
            }
        }
        try folder.write(JSONValue.object(changed).text, as: "tokenizer.json")
        return try folder.converted().metadata.string("tokenizer.ggml.pre")
    }
}
