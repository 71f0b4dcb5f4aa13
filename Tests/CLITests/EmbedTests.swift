import Foundation
import TestSupport
import Testing

@Suite struct EmbedTests {
    /// A decoder: any model that reads text has vectors to give.
    static let model = Fixtures.path("chat.gguf")

    struct Row: Decodable, Equatable {
        let index: Int
        let tokens: Int
        let truncated: Bool
        let embedding: [Float]
    }

    static func embed(_ arguments: String..., input: Data? = nil) async throws -> CommandLineTool.Result {
        try await CommandLineTool.run(["embed", "-m", model] + arguments, input: input)
    }

    /// Rows of the format jsonl.
    static func rows(_ text: String) throws -> [Row] {
        try text.split(separator: "\n").map { try JSONDecoder().decode(Row.self, from: Data($0.utf8)) }
    }

    static func length(_ vector: [Float]) -> Float { vector.reduce(0) { $0 + $1 * $1 }.squareRoot() }

    @Test func `every format has the same vectors, from wherever the texts come`() async throws {
        let folder = try TemporaryFolder()
        let texts = ["one text", "Grüße, \"世界\"", ""]
        let json = try await Self.embed(texts[0], texts[1], texts[2])
        #expect(json.status == 0, "\(json.errors)")
        let rows = try json.decoded([Row].self)
        #expect(rows.map(\.index) == [0, 1, 2])
        #expect(rows.allSatisfy { !$0.truncated && $0.embedding.count == rows[0].embedding.count })
        #expect(abs(Self.length(rows[0].embedding) - 1) < 1e-5)

        let lines = Data((texts[0] + "\r\n" + texts[1] + "\n\n").utf8)
        let jsonl = try await Self.embed("--format", "jsonl", input: lines)
        #expect(try Self.rows(jsonl.text) == rows)

        let file = try folder.write(lines, as: "lines.txt").path
        let csv = try await Self.embed("--format", "csv", "-f", file)
        let cells = csv.text.split(separator: "\n").map { $0.split(separator: ",") }
        #expect(cells.first?.prefix(4) == ["index", "tokens", "truncated", "0"])
        for (row, cells) in zip(rows, cells.dropFirst()) {
            #expect(cells.prefix(3).map(String.init) == ["\(row.index)", "\(row.tokens)", "0"])
            #expect(cells.dropFirst(3).compactMap { Float($0) } == row.embedding)
        }

        let npy = try await Self.embed("--format", "npy", "-f", file, "-o", folder.path("out.npy"))
        #expect(npy.status == 0 && npy.output.isEmpty)
        let bytes = try folder.read("out.npy")
        let header = String(decoding: bytes.prefix(128).dropFirst(10), as: UTF8.self)
        #expect(header.contains("'shape': (3, \(rows[0].embedding.count)), }"))
        #expect(Data(bytes.dropFirst(128)).floats == rows.flatMap(\.embedding))
        #expect(folder.names == ["lines.txt", "out.npy"])
    }

    @Test(.enabled(if: SharedData.isPresent, .init(rawValue: SharedData.absent)))
    func `the vectors of MiniLM are those of sentence-transformers`() async throws {
        let folder = try TemporaryFolder()
        let result = try await CommandLineTool.run(
            "embed", "-m", SharedData.path("minilm/minilm-l6-v2-f16.gguf"), "-f",
            SharedData.path("minilm/sentences.txt"), "--format", "npy", "-o", folder.path("out.npy"))
        #expect(result.status == 0, "\(result.errors)")
        let vectors = Data(try folder.read("out.npy").dropFirst(128)).floats
        let path = SharedData.path("minilm/sentence_transformers.f32")
        let reference = try Data(contentsOf: URL(fileURLWithPath: path)).floats
        try #require(vectors.count == reference.count)
        for start in stride(from: 0, to: reference.count, by: 384) {
            let (a, b) = (Array(vectors[start..<start + 384]), Array(reference[start..<start + 384]))
            let product = zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
            #expect(product / (Self.length(a) * Self.length(b)) >= 0.9999)
        }
    }

    @Test func `thousands of lines come out as they came in`() async throws {
        let lines = (0..<3000).map { "line \($0 % 7)" }.joined(separator: "\n")
        let result = try await Self.embed("--format", "jsonl", "--dimensions", "4", "--stats", input: Data(lines.utf8))
        #expect(result.status == 0)
        let rows = try Self.rows(result.text)
        #expect(rows.map(\.index) == Array(0..<3000))
        #expect(rows.allSatisfy { $0.embedding == rows[$0.index % 7].embedding })
        #expect(result.errors.contains("3,000 texts, "))
        #expect(result.errors.contains(" texts/s"))
    }

    @Test func `ids stand for a text`() async throws {
        struct IDs: Decodable { let ids: [Int] }
        let tokens = try await CommandLineTool.run("tokenize", "-m", Self.model, "--json", "Hello there")
        let ids = try tokens.decoded(IDs.self).ids.map(String.init).joined(separator: ",")
        let byIDs = try await Self.embed("--ids", ids, "--ids", "300")
        let rows = try byIDs.decoded([Row].self)
        #expect(rows.count == 2)
        #expect(try await Self.embed("Hello there").decoded([Row].self) == [rows[0]])
        let wrong = try await Self.embed("--ids", "99999999")
        #expect(wrong.status == 1)
        #expect(wrong.errors.contains("99999999"))
    }

    @Test func `pooling, dimensions and lengths can be chosen`() async throws {
        func vector(_ arguments: String...) async throws -> [Float] {
            let result = try await CommandLineTool.run(["embed", "-m", Self.model, "some words here"] + arguments)
            return try #require(try result.decoded([Row].self).first).embedding
        }
        let last = try await vector("--pooling", "last")
        #expect(try await vector() == last)
        #expect(try await vector("--pooling", "mean") != last)
        let raw = try await vector("--no-normalize")
        let short = try await vector("--dimensions", "5")
        #expect(zip(raw, last).allSatisfy { abs($0 / Self.length(raw) - $1) < 1e-5 })
        let scale = Self.length(Array(raw.prefix(5)))
        #expect(short.count == 5)
        #expect(zip(raw, short).allSatisfy { abs($0 / scale - $1) < 1e-5 })

        struct Tokens: Decodable {
            let tokens: Int
            let embedding: [[Float]]
        }
        let each = try await Self.embed("--pooling", "none", "some words here").decoded([Tokens].self)
        #expect(each[0].embedding.count == each[0].tokens)
        #expect(each[0].embedding.last == last)
    }

    @Test func `a prefix stands before each text`() async throws {
        let prefixed = try await Self.embed("--prefix", "query: ", "a", "b")
        let spelt = try await Self.embed("query: a", "query: b")
        #expect(try prefixed.decoded([Row].self) == spelt.decoded([Row].self))
        let plain = try await Self.embed("--query", "a", "b")
        #expect(try plain.decoded([Row].self) != prefixed.decoded([Row].self))
    }

    @Test func `a text that is too long is an error that names it, or truncated and said to be`() async throws {
        let long = Data("short\nquite a lot longer than the other\n".utf8)
        let refused = try await Self.embed("--max-tokens", "4", input: long)
        #expect(refused.status == 1)
        #expect(refused.errors.contains("text 2 has "))
        #expect(refused.errors.contains("use --overflow truncate"))
        let cut = try await Self.embed("--max-tokens", "4", "--overflow", "truncate", input: long)
        #expect(cut.status == 0)
        let rows = try cut.decoded([Row].self)
        #expect(rows.map(\.truncated) == [false, true])
        #expect(rows[1].tokens == 4)
        let folder = try TemporaryFolder()
        let array = try await Self.embed(
            "--max-tokens", "4", "--overflow", "truncate", "--format", "npy", "-o", folder.path("a.npy"), input: long)
        #expect(array.errors.contains("1 texts were truncated"))
    }

    @Test func `nothing gives nothing`() async throws {
        let json = try await Self.embed(input: Data())
        #expect(json.status == 0)
        #expect(try json.decoded([Row].self).isEmpty)
        let folder = try TemporaryFolder()
        let npy = try await Self.embed("--format", "npy", "-o", folder.path("empty.npy"), input: Data())
        #expect(npy.status == 0)
        #expect(try folder.read("empty.npy").count == 128)
    }

    /// Runs a command line of a shell with `$0` the tool and `$1` the model; returns what it writes to a pipe.
    private static func shell(_ line: String) throws -> Data {
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.arguments = ["-c", line, CommandLineTool.url.path, model]
        let pipe = Pipe()
        shell.standardOutput = pipe
        try shell.run()
        return pipe.fileHandleForReading.readDataToEndOfFile()
    }

    @Test(arguments: [
        "\"$0\" embed -m \"$1\" --format npy 'one text' two | cat",
        "\"$0\" embed -m \"$1\" --format npy -o /dev/stdout 'one text' two | cat",
        "printf 'one text\\ntwo\\n' | \"$0\" embed -m \"$1\" --format npy | cat",
        // After what is there already.
        "f=$(mktemp); \"$0\" embed -m \"$1\" --format npy 'one text' two >> $f; cat $f; rm $f",
    ])
    func `an array goes to a pipe or a file as standard output`(line: String) async throws {
        let folder = try TemporaryFolder()
        let file = try await Self.embed("--format", "npy", "-o", folder.path("out.npy"), "one text", "two")
        #expect(file.status == 0)
        let expected = try folder.read("out.npy")
        #expect(expected.count > 128)
        #expect(try Self.shell(line) == expected)
        let redirected = try await Self.embed("--format", "npy", "one text", "two")
        #expect(redirected.output == expected)
    }

    #if os(Linux)
        @Test(arguments: [["embed", "--format", "npy", "a"], ["logits", "a"]])
        func `an array is not written to a terminal`(arguments: [String]) async throws {
            let folder = try TemporaryFolder()
            let terminal = try Terminal(arguments + ["-m", Self.model], home: folder.url.path)
            try await terminal.expect("a NumPy array is no text for a terminal: name a file with -o out.npy")
            #expect(await terminal.end() == 64)
            let device = try Terminal(arguments + ["-m", Self.model, "-o", "/dev/stdout"], home: folder.url.path)
            #expect(await device.end() == 1)
        }
    #endif

    @Test func `special tokens that a text spells are tokens, or text on request`() async throws {
        func rows(_ arguments: String...) async throws -> [Row] {
            let result = try await CommandLineTool.run(
                ["embed", "-m", Fixtures.path("models/bert-f16.gguf")] + arguments)
            #expect(result.status == 0, "\(result.errors)")
            return try result.decoded([Row].self)
        }
        // [CLS] a [SEP] b [SEP], and [CLS] a [ S E P ] b [SEP] at least.
        #expect(try await rows("a[SEP]b")[0].tokens == 5)
        #expect(try await rows("--no-special", "a[SEP]b")[0].tokens > 5)
        // To a decoder they are text.
        let found = try await Self.embed("a<|im_end|>b").decoded([Row].self)
        #expect(try await Self.embed("--no-special", "a<|im_end|>b").decoded([Row].self) == found)
    }

    @Test func `a line that comes in two parts is one text`() async throws {
        let text = try Self.shell(
            "(printf 'one\\ntw'; sleep 1; printf 'o\\n') | \"$0\" embed -m \"$1\" --format jsonl --dimensions 4")
        #expect(try Self.rows(String(decoding: text, as: UTF8.self)).map(\.index) == [0, 1])
    }

    @Test func `without -m the built-in model embeds`() async throws {
        let result = try await CommandLineTool.run("similarity", "install a package", "set up software")
        #expect(result.status == 0, "\(result.errors)")
        let found = try #require(Double(result.text.trimmingCharacters(in: .whitespacesAndNewlines)), "\(result.text)")
        #expect(found > 0.2 && found < 0.9)
    }
}
