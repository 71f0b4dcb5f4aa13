import Foundation
import TestSupport
import Testing

struct PerplexityTests {
    private struct Report: Decodable {
        let crossEntropy: Double
        let perplexity: Double
        let bitsPerByte: Double
        let tokens: Int
        let bytes: Int
        let window: Int
        let stride: Int

        enum CodingKeys: String, CodingKey {
            case perplexity, tokens, bytes, window, stride
            case crossEntropy = "cross_entropy"
            case bitsPerByte = "bits_per_byte"
        }
    }

    /// How a text is cut into windows.
    struct Windows: Sendable {
        let window: Int
        let stride: Int
    }

    @Test(
        .enabled(if: Stories.isPresent, .init(rawValue: SharedData.absent)),
        arguments: [Windows(window: 512, stride: 256), Windows(window: 8, stride: 5), Windows(window: 4, stride: 1)])
    func `every token is predicted once from its window`(_ windows: Windows) async throws {
        let folder = try TemporaryFolder()
        let expected = try #require(Stories.cases.first)
        try folder.write(Data(expected.prompt.utf8), as: "text.txt")
        let result = try await CommandLineTool.run(
            "perplexity", folder.path("text.txt"), "-m", Stories.model, "--json", "--window", "\(windows.window)",
            "--stride", "\(windows.stride)")
        #expect(result.status == 0)
        let report = try result.decoded(Report.self)
        let sum = try await crossEntropy(of: expected.promptIDs, windows)
        #expect(report.tokens == expected.promptIDs.count - 1)
        #expect(report.bytes == expected.prompt.utf8.count)
        #expect(abs(report.crossEntropy - sum / Double(report.tokens)) < 1e-4)
        #expect(abs(report.perplexity - exp(report.crossEntropy)) < 1e-6 * report.perplexity)
        #expect(abs(report.bitsPerByte - sum / log(2) / Double(report.bytes)) < 1e-4)
    }

    /// The sum over all tokens but the first, which every window begins with, from the command `logits`.
    private func crossEntropy(of tokens: [Int], _ windows: Windows) async throws -> Double {
        var sum = 0.0
        var done = 1
        while done < tokens.count {
            let end = min(tokens.count, done == 1 ? windows.window : done + windows.stride)
            var window = Array(tokens[max(0, end - windows.window)..<end])
            window[0] = tokens[0]
            let folder = try TemporaryFolder()
            let ids = window.map(String.init).joined(separator: ",")
            let result = try await CommandLineTool.run(
                "logits", "-m", Stories.model, "--ids", ids, "-o", folder.path("out.npy"))
            try #require(result.status == 0)
            let logits = try folder.read("out.npy").suffix(4 * 512 * window.count).floats.map(Double.init)
            for index in window.count - (end - done)..<window.count {
                let row = logits[512 * (index - 1)..<512 * index]
                sum += log(row.reduce(0) { $0 + exp($1) }) - row[row.startIndex + window[index]]
            }
            done = end
        }
        return sum
    }

    @Test func `a text can be an option or standard input`() async throws {
        let option = try await CommandLineTool.run("perplexity", "-p", "What is a fox?", "--json")
        #expect(option.status == 0)
        let input = try await CommandLineTool.run("perplexity", "--json", input: Data("What is a fox?".utf8))
        #expect(input.output == option.output)
        let table = try await CommandLineTool.run("perplexity", "-p", "What is a fox?")
        #expect(table.text.contains("nats per token"))
        #expect(table.errors.isEmpty)
    }
}
