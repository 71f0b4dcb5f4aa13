import Foundation
import Testing

struct ListFamiliesTests {
    private struct Entry: Decodable {
        let architecture: String
        let kind: String
        let commands: [String]
    }

    @Test func `each architecture has a line with its commands`() async throws {
        let table = try await CommandLineTool.run("families")
        #expect(table.status == 0)
        let list = try await CommandLineTool.run("families", "--json").decoded([Entry].self)
        let lines = table.text.split(separator: "\n")
        #expect(lines.count == list.count)
        for (line, entry) in zip(lines, list) {
            #expect(line.hasPrefix(entry.architecture + " "))
            #expect(line.hasSuffix(entry.commands.joined(separator: ", ")))
        }
        let kinds = Dictionary(grouping: list, by: \.kind).mapValues { Set($0.map(\.architecture)) }
        #expect(kinds["decoder"]?.isSuperset(of: ["llama", "gpt-oss", "mamba"]) == true)
        #expect(kinds["encoder"]?.isSuperset(of: ["bert", "t5encoder"]) == true)
        #expect(kinds["text-to-text"] == ["t5", "bart"])
        #expect(kinds["speech"] == ["whisper"])
    }

    @Test func `an argument is an error`() async throws {
        let result = try await CommandLineTool.run("families", "llama")
        #expect(result.status == 64)
        #expect(result.errors.contains("llama"))
    }
}
