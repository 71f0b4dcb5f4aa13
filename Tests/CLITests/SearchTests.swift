import Foundation
import TestSupport
import Testing

@Suite struct SearchTests {
    private struct Answer: Decodable {
        struct Match: Decodable {
            let line: Int
            let score: Float
            let text: String
        }
        let query: String
        let matches: [Match]
    }

    private static let lines = [
        "How do I compute embeddings?", "The sky is blue.", "", "Two and two is four.", "Good morning!",
    ]

    private let folder: TemporaryFolder
    private let index: String

    init() throws {
        folder = try TemporaryFolder()
        index = folder.path("notes.idx")
        try folder.write(Data(Self.lines.map { $0 + "\n" }.joined().utf8), as: "notes.txt")
    }

    private func search(_ arguments: String..., input: Data? = nil) async throws -> CommandLineTool.Result {
        try await CommandLineTool.run(["search", "-m", EmbedTests.model, "--index", index] + arguments, input: input)
    }

    private func answers(_ text: String) throws -> [Answer] {
        try text.split(separator: "\n").map { try JSONDecoder().decode(Answer.self, from: Data($0.utf8)) }
    }

    @Test(arguments: ["float32", "int8"])
    func `a line is nearest to itself, and its score is its similarity`(precision: String) async throws {
        let built = try await search("--build", folder.path("notes.txt"), "--precision", precision)
        #expect(built.status == 0, "\(built.errors)")
        #expect(built.output.isEmpty)
        #expect(built.errors.contains("5 texts, "))
        #expect(folder.names == ["notes.idx", "notes.txt"])
        let input = Data(Self.lines.filter { !$0.isEmpty }.joined(separator: "\n").utf8)
        let found = try await search("--format", "json", "-k", "2", input: input)
        #expect(found.status == 0, "\(found.errors)")
        let answers = try answers(found.text)
        #expect(answers.map(\.query) == Self.lines.filter { !$0.isEmpty })
        for answer in answers {
            #expect(answer.matches.count == 2)
            #expect(answer.matches[0].text == answer.query)
            #expect(answer.matches[0].text == Self.lines[answer.matches[0].line - 1])
            #expect(abs(answer.matches[0].score - 1) < 0.01)
        }
        let similarity = try await CommandLineTool.run(
            "similarity", "-m", EmbedTests.model, answers[0].query, answers[0].matches[1].text)
        let expected = try #require(Float(similarity.text.trimmingCharacters(in: .newlines)))
        #expect(abs(answers[0].matches[1].score - expected) < (precision == "int8" ? 0.01 : 1e-4))
    }

    @Test func `matches are a table, and building and asking go together`() async throws {
        let both = try await search("--build", folder.path("notes.txt"), "The sky is blue.", "-k", "1")
        #expect(both.status == 0, "\(both.errors)")
        let lines = both.text.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines[0].contains("score") && lines[0].contains("line") && lines[0].contains("text"))
        #expect(lines[1].contains(/1\.0000 +2  The sky is blue\./))
        let two = try await search("Good morning!", "Good night!", "-k", "1")
        #expect(two.text.hasPrefix("Good morning!\n"))
        #expect(two.text.contains("\nGood night!\n"))
        let all = try await search("Good morning!", "-k", "99", "--format", "json")
        #expect(try answers(all.text)[0].matches.count == 5)
    }

    @Test func `an index of fewer dimensions is asked with as many`() async throws {
        let built = try await search("--build", folder.path("notes.txt"), "--dimensions", "16", "--pooling", "mean")
        #expect(built.status == 0)
        let found = try await search("The sky is blue.", "-k", "1", "--format", "json")
        #expect(try answers(found.text)[0].matches[0].line == 2)
        let wrong = try await search("The sky is blue.", "--dimensions", "8")
        #expect(wrong.status == 1)
        #expect(wrong.errors.contains("cannot be compared"))
    }

    @Test func `another model is refused`() async throws {
        _ = try await search("--build", folder.path("notes.txt"))
        let result = try await CommandLineTool.run(
            "search", "-m", Fixtures.path("models/qwen2-f32.gguf"), "--index", index, "a")
        #expect(result.status == 1)
        #expect(result.errors.contains("build the index again"))
        #expect(result.output.isEmpty)
    }

    @Test func `a file that is no index, or is not there, is refused`() async throws {
        let missing = try await search("a")
        #expect(missing.status == 1)
        #expect(missing.errors.contains("notes.idx: open: No such file"))
        let text = try await CommandLineTool.run(
            "search", "-m", EmbedTests.model, "--index", folder.path("notes.txt"), "a")
        #expect(text.status == 1)
        #expect(text.errors.contains("not an index; build one from this text with --build"))
        let model = try await CommandLineTool.run(
            "search", "-m", EmbedTests.model, "--index", EmbedTests.model, "a")
        #expect(model.errors.contains("as index files have it"))
        let lines = try await search("--build", folder.path("no.txt"))
        #expect(lines.status == 1)
        #expect(lines.errors.contains("cannot open"))
        #expect(folder.names == ["notes.txt"])
    }

    @Test func `a line that is too long stops building, and leaves no index`() async throws {
        let result = try await search("--build", folder.path("notes.txt"), "--max-tokens", "4")
        #expect(result.status == 1)
        #expect(result.errors.contains("text 1 has "))
        #expect(folder.names == ["notes.txt"])
    }

    @Test func `the similarity of texts is a number, or a table of them`() async throws {
        func similarity(_ arguments: String...) async throws -> CommandLineTool.Result {
            try await CommandLineTool.run(["similarity", "-m", EmbedTests.model] + arguments)
        }
        let same = try await similarity("one text", "one text")
        #expect(same.text == "1.0000\n")
        struct Number: Decodable { let similarity: Float }
        let pair = try await similarity("one text", "another", "--format", "json").decoded(Number.self).similarity
        struct Matrix: Decodable {
            let texts: [String]
            let similarities: [[Float]]
        }
        let matrix = try await similarity("--matrix", "one text", "another", "third", "--format", "json")
            .decoded(Matrix.self)
        #expect(matrix.texts == ["one text", "another", "third"])
        #expect(matrix.similarities.map(\.count) == [3, 3, 3])
        #expect(abs(matrix.similarities[0][1] - pair) < 1e-6 && matrix.similarities[1][0] == matrix.similarities[0][1])
        let table = try await similarity("--matrix", "one text", "a much longer text than would fit in a column")
        let lines = table.text.split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines[1].contains("one text") && lines[1].contains("1.0000"))
        #expect(lines[2].contains("a much longer text than would..."))
    }

    @Test(arguments: [
        UsageTests.Mistake("embed", "a", "-f", "b", answer: "texts were given as arguments and by -f"),
        UsageTests.Mistake("embed", "a", "--ids", "1", answer: "texts and --ids exclude each other"),
        UsageTests.Mistake("embed", "a", "--format", "xml", answer: "'xml' is invalid for '--format"),
        UsageTests.Mistake("embed", "a", "--pooling", "sum", answer: "'sum' is invalid for '--pooling"),
        UsageTests.Mistake("embed", "a", "--query", "--passage", answer: "exclude each other"),
        UsageTests.Mistake("embed", "a", "--dimensions", "0", answer: "use --dimensions with 1 or more"),
        UsageTests.Mistake("embed", "a", "--max-tokens", "-1", answer: "use --max-tokens with 1 or more"),
        UsageTests.Mistake("similarity", "a", answer: "1 were given: use --matrix"),
        UsageTests.Mistake("similarity", "a", "b", "--pooling", "none", answer: "use another --pooling"),
        UsageTests.Mistake("search", "a", answer: "Missing expected argument '--index <path>'"),
        UsageTests.Mistake("search", "--index", "", "a", answer: "the path of the index is empty"),
        UsageTests.Mistake("search", "--index", "i", "a", "-k", "0", answer: "use -k with 1 or more"),
    ])
    func `wrong usage is answered with what was wrong`(_ mistake: UsageTests.Mistake) async throws {
        let result = try await CommandLineTool.run(mistake.arguments)
        #expect(result.status == 64)
        #expect(result.errors.contains(mistake.answer), "\(result.errors)")
        #expect(result.output.isEmpty)
    }

    @Test(arguments: [
        UsageTests.Mistake("embed", "a", "--dimensions", "99999", answer: "99999 dimensions are not possible"),
        UsageTests.Mistake("embed", "a", "--max-tokens", "9999999", answer: "texts of 9999999 tokens"),
        UsageTests.Mistake("embed", "-f", "/no/such/file", answer: "cannot open /no/such/file: No such file"),
        UsageTests.Mistake("embed", "a", "-o", "/no/such/out", answer: "cannot write to /no/such/out"),
        UsageTests.Mistake("embed", "-m", "/no/such.gguf", "a", answer: "/no/such.gguf: open: No such file"),
    ])
    func `work that cannot be done is answered with the reason`(_ mistake: UsageTests.Mistake) async throws {
        let model = mistake.arguments.contains("-m") ? [] : ["-m", EmbedTests.model]
        let result = try await CommandLineTool.run(mistake.arguments + model)
        #expect(result.status == 1)
        #expect(result.errors.contains(mistake.answer), "\(result.errors)")
        #expect(result.output.isEmpty)
    }
}
