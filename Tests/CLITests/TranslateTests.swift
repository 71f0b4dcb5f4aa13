import Foundation
import TestSupport
import Testing

/// `translate`, `summarize` and `perplexity` of pairs.
struct TranslateTests {
    private static let model = Fixtures.path("models/t5-f32.gguf")
    private static let lines = (0..<40).map { $0 % 7 == 3 ? "" : "the cat sat on \($0). it is a hat!" }

    private struct Line: Decodable {
        struct Target: Decodable {
            let text: String
            let score: Double
        }

        let line: Int
        let text: String
        let score: Double
        let nBest: [Target]?
        let pieces: [String]?
        let sourceTokens: [String]?
        let targetTokens: [String]?
        let alignment: [[Int]]?
    }

    private static func translate(_ arguments: String..., input: String? = nil) async throws -> CommandLineTool.Result {
        try await CommandLineTool.run(
            ["translate", "-m", model, "--to", "de", "-n", "5"] + arguments, input: input.map { Data($0.utf8) })
    }

    private static func decoded(_ result: CommandLineTool.Result) throws -> [Line] {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try result.output.split(separator: 0x0A).map { try decoder.decode(Line.self, from: Data($0)) }
    }

    @Test func `lines come out in order, empty ones empty, from every kind of input`() async throws {
        let folder = try TemporaryFolder()
        let text = Self.lines.joined(separator: "\n") + "\n"
        let file = try folder.write(Data(text.utf8), as: "lines.txt").path
        let found = try await Self.translate("-f", file)
        let lines = found.text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(found.status == 0 && lines.count == 41 && lines.last?.isEmpty == true)
        for (line, source) in zip(lines, Self.lines) { #expect(source.isEmpty == line.isEmpty || !source.isEmpty) }
        #expect(lines.indices.dropLast().filter { lines[$0].isEmpty }.contains(3))
        #expect(try await Self.translate(input: text).output == found.output)
        let two = try await Self.translate(Self.lines[0], Self.lines[3], Self.lines[8])
        #expect(two.text == "\(lines[0])\n\n\(lines[8])\n")
        let narrow = try await Self.translate("-f", file, "--batch", "3", "-t", "1")
        #expect(narrow.output == found.output)
    }

    @Test func `JSON lines have scores, lists, pieces and alignments`() async throws {
        let result = try await Self.translate(
            "--format", "jsonl", "--beam", "3", "--n-best", "2", "--align", "--piece-tokens", "44", Self.lines[0], "")
        let lines = try Self.decoded(result)
        #expect(lines.map(\.line) == [1, 2] && lines[1].text.isEmpty)
        let first = try #require(lines.first)
        let list = try #require(first.nBest)
        #expect(list.count == 2 && list[0].text == first.text && list[0].score == first.score)
        #expect(list[0].score >= list[1].score)
        #expect(first.pieces == ["the cat sat on 0.", "it is a hat!"])
        let (source, target) = (try #require(first.sourceTokens), try #require(first.targetTokens))
        #expect(source.filter { $0 == "</s>" }.count == 2)
        for pair in try #require(first.alignment) {
            #expect(target.indices.contains(pair[0]) && source.indices.contains(pair[1]) && source[pair[1]] != "</s>")
        }
    }

    @Test func `a stopped translation goes on where it was, whatever was written of a line`() async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(Data(Self.lines.joined(separator: "\n").utf8), as: "lines.txt").path
        for format in ["text", "jsonl"] {
            let whole = try await Self.translate("-f", file, "-o", folder.path("whole"), "--format", format)
            #expect(whole.status == 0 && whole.output.isEmpty)
            let expected = try folder.read("whole")
            for cut in [0, 1, expected.count / 2, expected.count] {
                try folder.write(expected.prefix(cut), as: "part")
                let rest = try await Self.translate(
                    "-f", file, "-o", folder.path("part"), "--format", format, "--resume")
                #expect(rest.status == 0, "\(rest.errors)")
                #expect(try folder.read("part") == expected, "\(format) from byte \(cut) on")
            }
        }
        try folder.write(Data(String(repeating: "x\n", count: 41).utf8), as: "other")
        let other = try await Self.translate("-f", file, "-o", folder.path("other"), "--resume")
        #expect(other.status == 1 && other.errors.contains("has 41 lines, but the input only 40"))
    }

    @Test func `a text is summarized whole, in pieces or in part`() async throws {
        func summarize(_ arguments: String...) async throws -> String {
            let result = try await CommandLineTool.run(["summarize", "-m", Self.model, "-n", "5"] + arguments)
            #expect(result.status == 0, "\(result.errors)")
            return result.text
        }
        let text = "the cat sat. it is a hat! is it?"
        let folder = try TemporaryFolder()
        let file = try folder.write(Data(text.utf8), as: "text").path
        let whole = try await summarize(file)
        let given = try await summarize("-p", text)
        #expect(whole == given && whole.hasSuffix("\n"))
        let split = try await summarize(file, "--piece-tokens", "24", "--json")
        #expect(split.contains("\"pieces\":3"))
        let cut = try await summarize(file, "--piece-tokens", "24", "--long", "cut")
        let first = try await summarize("-p", "the cat sat.")
        #expect(cut == first)
        let list = try await summarize(file, "--beam", "3", "--n-best", "3")
        #expect(list.split(separator: "\n", omittingEmptySubsequences: false).count == 4)
    }

    @Test func `perplexity of pairs is that of their targets' tokens`() async throws {
        let folder = try TemporaryFolder()
        let sources = try folder.write(Data("the cat\nthe hat\n".utf8), as: "source").path
        let targets = try folder.write(Data("a hat\nit is\n".utf8), as: "target").path
        let result = try await CommandLineTool.run(
            "perplexity", "-m", Self.model, "--source", sources, "--target", targets, "--json")
        struct Report: Decodable {
            let cross_entropy: Double
            let tokens: Int
            let pairs: Int
            let scores: [Double]
        }
        let report = try result.decoded(Report.self)
        #expect(report.pairs == 2 && report.scores.count == 2 && report.scores.allSatisfy { $0 < 0 })
        #expect(abs(report.scores.reduce(0, +) + report.cross_entropy * Double(report.tokens)) < 1e-6)
        let plain = try await CommandLineTool.run(
            "perplexity", "-m", Self.model, "--source", sources, "--target", targets)
        #expect(plain.text.contains("2 pairs"))
        try folder.write(Data("a hat\n".utf8), as: "short")
        let short = try await CommandLineTool.run(
            "perplexity", "-m", Self.model, "--source", sources, "--target", folder.path("short"))
        #expect(short.status == 1 && short.errors.contains("--target has only 1 lines"))
    }

    @Test(
        arguments: [
            (["translate", "x", "--to", "de"], 1, "built-in translation model: the model translates to fr alone"),
            (["summarize", "-m", "", "-p", "a"], 64, "the path of the model is empty: use -m model.gguf"),
            (["translate", "-m", model, "x", "--resume"], 64, "--resume goes on with a file: use it with -o out.txt"),
            (["translate", "-m", model, "x", "--align"], 64, "--align needs --format jsonl"),
            (["translate", "-m", model, "x", "--n-best", "2", "--beam", "2"], 64, "need --format jsonl"),
            (["translate", "-m", model, "x", "--batch", "0"], 64, "use --batch with 1 to 1024"),
            (["translate", "-m", model, "x", "-n", "0"], 64, "use -n with 1 or more"),
            (["translate", "-m", model, "x", "-f", "y", "--to", "de"], 64, "given as arguments and by -f"),
            (["translate", "-m", model, "x"], 1, "the language to translate to is missing"),
            (["translate", "-m", model, "x", "--to", "xx"], 1, "\"xx\" is no language that is known: use one of af"),
            (["translate", "-m", model, "-f", "/no/such", "--to", "de"], 1, "cannot open /no/such"),
            (["translate", "-m", model, "x", "--to", "de", "-o", "/dev/null", "--resume"], 1, "can be gone on with"),
            (["translate", "-m", Fixtures.path("models/llama-f32.gguf"), "x"], 1, "continues texts"),
            (["summarize", "-m", model, "a", "-p", "b"], 64, "more than one text was given"),
            (["summarize", "-m", model, "/no/such"], 1, "cannot open /no/such"),
            (["summarize", "-p", "a"], 64, "Missing expected argument '--model <path>'"),
            (["summarize", "-m", model, "-p", "a", "--piece-tokens", "0"], 64, "use --piece-tokens with 1 or more"),
            (["perplexity", "-m", model, "--source", "a"], 64, "use --source FILE and --target FILE"),
            (
                ["perplexity", "-m", model, "--source", "a", "--target", "b", "-p", "c"], 64,
                "neither another text nor windows"
            ),
            (["perplexity", "--source", Fixtures.path("models.json"), "--target", "b"], 1, "cannot open"),
        ] as [([String], Int32, String)])
    func `what is wrong is told`(arguments: [String], status: Int32, answer: String) async throws {
        let result = try await CommandLineTool.run(arguments)
        #expect(result.status == status && result.output.isEmpty)
        #expect(result.errors.contains(answer), "\(result.errors)")
    }
}
