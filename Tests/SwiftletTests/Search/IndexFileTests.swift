import GGUF
import Swiftlet
import TestSupport
import Testing

@Suite final class IndexFileTests {
    private let folder: TemporaryFolder
    private var path: String { folder.path("test.idx") }

    init() throws { folder = try TemporaryFolder() }

    private func error(_ body: () throws -> Void) -> SwiftletError? {
        #expect(throws: SwiftletError.self) { try body() }
    }

    @Test(arguments: IndexWriter.Precision.allCases)
    func `an index gives back its model and its texts`(precision: IndexWriter.Precision) throws {
        let corpus = Corpus(rows: 12, dimensions: 40, seed: 1)
        try corpus.write(to: path, precision: precision)
        let index = try VectorIndex(path: path)
        #expect(index.model == .test(dimensions: 40))
        #expect(index.precision == precision)
        #expect(index.count == 12)
        for row in 0..<12 { #expect(try index.text(ofRow: row) == corpus.text(row)) }
        for row in [-1, 12, Int.max] {
            #expect(error { _ = try index.text(ofRow: row) }?.code == .invalidArgument)
        }
        #expect(folder.names == ["test.idx"])
    }

    @Test func `an index is a file that any GGUF reader can list`() throws {
        try Corpus(rows: 3, dimensions: 40, seed: 1).write(to: path)
        let file = try GGUFFile(path: path)
        #expect(file.tensors.map(\.name) == ["codes", "code_errors", "vectors", "text_offsets", "text"])
        #expect(file.tensor(named: "codes")?.dimensions == [64, 3])
        #expect(file.tensor(named: "vectors")?.dimensions == [40, 3])
    }

    @Test func `texts are any text`() throws {
        let texts = ["", "\n", "a\nb\n", "\0", String(repeating: "🐉", count: 100_000), "\u{FEFF}x"]
        var writer = try IndexWriter(path: path, model: .test(dimensions: 1))
        for text in texts { try writer.append(text, vector: [1].span) }
        #expect(writer.count == texts.count)
        try writer.finish()
        let index = try VectorIndex(path: path)
        for (row, text) in texts.enumerated() {
            // Comparing strings would not tell normalized text from other.
            #expect(Array(try index.text(ofRow: row).utf8) == Array(text.utf8))
        }
    }

    @Test func `an index that is not finished leaves what was there`() throws {
        try folder.write([1, 2, 3], to: "test.idx")
        do {
            var writer = try IndexWriter(path: path, model: .test(dimensions: 2))
            try writer.append("lost", vector: [1, 2].span)
        }
        #expect(folder.names == ["test.idx"])
        #expect(try folder.read("test.idx") == [1, 2, 3])
    }

    @Test(arguments: [
        ([1, 2], "2 dimensions"), ([1, .nan, 3], "nan at index 1"), ([.infinity, 0, 0], "inf at index 0"),
    ])
    func `a vector that does not fit is an error, and the index can go on`(vector: [Float], reason: String) throws {
        var writer = try IndexWriter(path: path, model: .test(dimensions: 3))
        try writer.append("sound", vector: [1, 2, 3].span)
        var thrown: SwiftletError?
        do throws(SwiftletError) { try writer.append("bad", vector: vector.span) } catch { thrown = error }
        #expect(thrown?.code == .invalidArgument)
        #expect(thrown?.message.contains(reason) == true && thrown?.message.contains("row 1") == true)
        try writer.append("sound, too", vector: [3, 2, 1].span)
        try writer.finish()
        #expect(try VectorIndex(path: path).text(ofRow: 1) == "sound, too")
    }

    @Test(arguments: [("", 3, SwiftletError.Code.invalidArgument), ("x", 0, .invalidArgument), ("no/x", 3, .file)])
    func `an index that cannot be begun is an error`(name: String, dimensions: Int, code: SwiftletError.Code) {
        let path = name.isEmpty ? "" : folder.path(name)
        #expect(error { _ = try IndexWriter(path: path, model: .test(dimensions: dimensions)) }?.code == code)
    }

    @Test func `queries of another model are refused, another prefix is not`() throws {
        try Corpus(rows: 3, dimensions: 4, seed: 1).write(to: path)
        let index = try VectorIndex(path: path)
        var same = IndexModel.test(dimensions: 4)
        same.prefix = "query: "
        same.name = "renamed"
        try index.require(same)
        for change in [\IndexModel.identity, \.pooling] {
            var other = same
            other[keyPath: change] = "other"
            let error = error { try index.require(other) }
            #expect(error?.code == .indexMismatch)
            #expect(error?.message.contains("build the index again") == true)
        }
        #expect(error { try index.require(.test(dimensions: 5)) }?.code == .indexMismatch)
    }

    @Test func `a model is no index`() {
        let error = error { _ = try VectorIndex(path: Fixtures.path("chat.gguf")) }
        #expect(error?.code == .file)
        #expect(error?.message.contains("\"index\"") == true)
    }
}
