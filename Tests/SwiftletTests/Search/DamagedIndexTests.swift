import Swiftlet
import TestSupport
import Testing

/// Whatever the bytes are, opening, reading and searching either succeed or throw; a trap would end the test run.
@Suite final class DamagedIndexTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func sound(_ precision: IndexWriter.Precision = .float32) throws -> [UInt8] {
        try Corpus(rows: 5, dimensions: 33, seed: 1).write(to: folder.path("sound.idx"), precision: precision)
        return try folder.read("sound.idx")
    }

    /// Opens the bytes, reads all texts and searches.
    ///
    /// - Returns: whether the file opened.
    private func exercise(_ bytes: [UInt8]) throws -> Bool {
        let path = try folder.write(bytes, to: "damaged.idx")
        do {
            let index = try VectorIndex(path: path)
            for row in 0..<min(index.count, 10) {
                do { _ = try index.text(ofRow: row) } catch { #expect(error.code == .file) }
            }
            guard index.model.dimensions <= 64 else { return true }
            var options = IndexSearchOptions()
            options.threads = 1
            var searcher = try IndexSearcher(index, options)
            let query = [Float](repeating: 0.5, count: index.model.dimensions)
            let matches = try searcher.search(query, count: 3)
            #expect(matches.count == min(3, index.count))
            #expect(matches.allSatisfy { (0..<index.count).contains($0.row) })
            return true
        } catch {
            #expect(error.code == .file)
            #expect("\(error)".contains(path))
            return false
        }
    }

    @Test func `a file cut at any length is an error`() throws {
        let bytes = try sound()
        #expect(try exercise(bytes))
        // The writer pads the last tensor to 32 bytes.
        for length in 0..<bytes.count - 31 { #expect(try !exercise([UInt8](bytes.prefix(length))), "\(length) bytes") }
    }

    @Test(arguments: IndexWriter.Precision.allCases)
    func `a file with any byte replaced opens or throws`(precision: IndexWriter.Precision) throws {
        let bytes = try sound(precision)
        var random = SeededRandom(seed: 2)
        for position in bytes.indices {
            var damaged = bytes
            damaged[position] = random.chance(0.3) ? 0xFF : UInt8(truncatingIfNeeded: random.next())
            _ = try exercise(damaged)
        }
    }

    @Test func `numbers that are not finite come last`() throws {
        let bytes = try sound()
        for damage in [Float.nan, .infinity, -.infinity] {
            let value = RawGGUF.little(damage.bitPattern)
            for position in stride(from: 0, to: bytes.count - 3, by: 4) {
                var damaged = bytes
                damaged.replaceSubrange(position..<position + 4, with: value)
                _ = try exercise(damaged)
            }
        }
    }

    /// An index of two rows and two dimensions that is true but for one thing.
    private func file(
        rows: UInt64 = 2, dimensions: UInt32 = 2, version: UInt32 = 1, offsets: [Int64] = [0, 2, 5],
        text: [UInt8] = [0x61, 0x0A, 0x62, 0x63, 0x0A], codesType: UInt32 = 8, without: String = ""
    ) -> [UInt8] {
        var raw = RawGGUF()
        raw.string("general.architecture", "index")
        raw.uint32("index.version", version)
        raw.pair("index.rows", .uint64, RawGGUF.little(rows))
        raw.uint32("index.dimensions", dimensions)
        for key in ["index.model.name", "index.model.identity", "index.pooling", "index.prefix"] where key != without {
            raw.string(key, "x")
        }
        let codes = Self.zeros(96)  // padded to 32
        if without != "codes" { raw.tensor("codes", [32, 2], type: codesType, offset: 0) }
        raw.tensor("text_offsets", [Int64(offsets.count)], type: 27, offset: UInt64(codes.count))
        let places = offsets.flatMap(RawGGUF.little)
        raw.tensor("text", [Int64(text.count)], type: 24, offset: UInt64(codes.count + 32))
        raw.data = codes + places + Self.zeros(32 - places.count) + text
        return raw.bytes
    }

    private static func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }

    @Test func `lies about sizes are errors that say what is wrong`() throws {
        #expect(try exercise(file()))
        for (bytes, reason) in [
            (file(rows: 3), "the tensor 'codes'"), (file(rows: .max), "index.rows"),
            (file(rows: UInt64(Int.max)), "rows of 2 dimensions"), (file(dimensions: 0), "0 dimensions"),
            (file(dimensions: 33), "the tensor 'codes'"), (file(dimensions: .max), "dimensions"),
            (file(version: 2), "version 2"), (file(offsets: [1, 2, 5]), "offsets"),
            (file(offsets: [0, 2, 4]), "offsets"), (file(offsets: [0, 5]), "text_offsets"),
            (file(codesType: 24), "I8"), (file(without: "codes"), "'codes' is missing"),
            (file(without: "index.pooling"), "index.pooling"),
        ] {
            let path = try folder.write(bytes, to: "lie.idx")
            let error = #expect(throws: SwiftletError.self) { try VectorIndex(path: path) }
            #expect(error?.code == .file)
            #expect(error?.message.contains(reason) == true, "\(error?.message ?? "") lacks \(reason)")
        }
    }

    @Test(arguments: [[0, 6, 5], [0, -1, 5], [0, 0, 5], [0, 5, 5], [0, .max, 5], [0, .min, 5]] as [[Int64]])
    func `a text outside of the texts is an error`(offsets: [Int64]) throws {
        let index = try VectorIndex(path: folder.write(file(offsets: offsets), to: "offsets.idx"))
        let errors = (0..<2).filter { row in (try? index.text(ofRow: row)) == nil }
        #expect(!errors.isEmpty)
    }

    @Test func `a text that is no UTF-8 is an error, the others are read`() throws {
        let bytes = file(text: [0xFF, 0x0A, 0x62, 0x63, 0x0A])
        let index = try VectorIndex(path: folder.write(bytes, to: "utf8.idx"))
        let error = #expect(throws: SwiftletError.self) { try index.text(ofRow: 0) }
        #expect(error?.code == .file)
        #expect(error?.message.contains("UTF-8") == true)
        #expect(try index.text(ofRow: 1) == "bc")
    }
}
