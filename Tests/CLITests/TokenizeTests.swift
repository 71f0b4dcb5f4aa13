import Foundation
import TestSupport
import Testing

struct TokenizeTests {
    private struct IDs: Decodable { let ids: [Int] }

    @Test(.enabled(if: Stories.isPresent, .init(rawValue: SharedData.absent)), arguments: Stories.cases)
    func `the ids are the reference's`(_ expected: Stories.Case) async throws {
        let result = try await CommandLineTool.run("tokenize", "-m", Stories.model, "--json", "-p", expected.prompt)
        #expect(result.status == 0)
        #expect(try result.decoded(IDs.self).ids == expected.promptIDs)
    }

    @Test(.enabled(if: Stories.isPresent, .init(rawValue: SharedData.absent)))
    func `without special tokens the first one is missing and none is parsed`() async throws {
        let expected = try #require(Stories.cases.first)
        let plain = try await CommandLineTool.run(
            "tokenize", "-m", Stories.model, "--json", "--no-special", expected.prompt)
        #expect(try plain.decoded(IDs.self).ids == Array(expected.promptIDs.dropFirst()))
        let parsed = try await CommandLineTool.run("tokenize", "-m", Stories.model, "--json", "</s>")
        #expect(try parsed.decoded(IDs.self).ids == [1, 2])
        let spelt = try await CommandLineTool.run("tokenize", "-m", Stories.model, "--json", "--no-special", "</s>")
        #expect(try spelt.decoded(IDs.self).ids.count > 1)
    }

    @Test func `each token has a line with its id and its spelling`() async throws {
        let ids = try await CommandLineTool.run("tokenize", "--ids", "two\nlines")
        let lines = try await CommandLineTool.run("tokenize", "two\nlines")
        #expect(lines.status == 0)
        let fields = lines.text.split(separator: "\n").map { $0.split(separator: "\t") }
        #expect(fields.allSatisfy { $0.count == 2 })
        #expect(fields.compactMap(\.first).joined(separator: " ") + "\n" == ids.text)
    }

    @Test(arguments: [Data("plain".utf8), Data("\u{1F409} \u{F1}\n".utf8), Data([0x41, 0xFF, 0xC3, 0x00, 0x42])])
    func `bytes on standard input come back from their ids`(_ bytes: Data) async throws {
        let result = try await CommandLineTool.run("tokenize", "--json", "--no-special", input: bytes)
        #expect(result.status == 0)
        let ids = try result.decoded(IDs.self).ids.map(String.init).joined(separator: ",")
        let decoded = try await CommandLineTool.run("tokenize", "--decode", ids)
        #expect(decoded.status == 0)
        #expect(decoded.output == bytes + [0x0A])
    }

    @Test func `an empty text has no tokens`() async throws {
        let result = try await CommandLineTool.run("tokenize", "--json", "--no-special", "")
        #expect(result.status == 0)
        #expect(try result.decoded(IDs.self).ids.isEmpty)
    }
}
