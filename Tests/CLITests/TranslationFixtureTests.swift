import Foundation
import TestSupport
import Testing

/// `Fixtures/translate.gguf`, which is also the built-in model, against transformers (`Fixtures/golden/make_translate.py`).
@Suite struct TranslationFixtureTests {
    private struct Row: Decodable {
        let text: String
        /// Of the source, without the end.
        let ids: [Int]
        let greedy: String
        let beams: String
    }

    private static func rows() throws -> [Row] {
        try JSONDecoder().decode(
            [Row].self, from: Data(contentsOf: URL(filePath: Fixtures.path("golden/translate.json"))))
    }

    private static func translations(_ flags: String...) async throws -> [Substring] {
        let result = try await CommandLineTool.run(["translate", "--to", "fr"] + flags + rows().map(\.text))
        #expect(result.status == 0, "\(result.errors)")
        return result.text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    }

    /// Activations are rounded to eight bits here, not there: a few sentences may come out in other words.
    @Test func `without a model the built-in one translates as its weights do in transformers`() async throws {
        let rows = try Self.rows()
        try #require(rows.count == 24)
        for (flags, expected) in [(["--beam", "1"], rows.map(\.greedy)), ([], rows.map(\.beams))] {
            let found = try await flags.isEmpty ? Self.translations() : Self.translations(flags[0], flags[1])
            try #require(found.count == rows.count)
            let same = zip(found, expected).count { $0 == $1 }
            #expect(same >= 21, "\(zip(found, expected).filter { $0 != $1 })")
        }
    }

    @Test func `the file is the built-in model`() async throws {
        let found = try await Self.translations("-t", "1")
        #expect(try await Self.translations("-t", "1", "-m", Fixtures.path("translate.gguf")) == found)
        #expect(Set(found).count > 20)
    }

    @Test func `its tokens are SentencePiece's`() async throws {
        for row in try Self.rows() {
            let result = try await CommandLineTool.run(
                "tokenize", "-m", Fixtures.path("translate.gguf"), "--ids", "--no-special", row.text)
            let ids = result.text.split { !$0.isNumber }.compactMap { Int($0) }
            #expect(ids == row.ids, "\(row.text)")
        }
    }

    @Test func `a word from French and one of another language are told`() async throws {
        for flags in [["--from", "fr"], ["--to", "de"]] {
            let result = try await CommandLineTool.run(["translate"] + flags + ["a library"])
            #expect(result.status == 1 && result.errors.contains("built-in translation model: the model translates"))
        }
    }
}
