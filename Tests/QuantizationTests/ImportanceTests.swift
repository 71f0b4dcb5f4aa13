import Foundation
import GGUF
import Quantization
import Swiftlet
import Tensors
import TestSupport
import Testing

/// Importance matrices: files, how errors are weighed, and what does not fit.
@Suite struct ImportanceTests {
    private static let matrix = Fixtures.path("golden/imatrix/llama-f32.gguf")

    /// A model of one layer with rows of 256, and a matrix for it, in which every fourth column matters.
    private static func write(to folder: borrowing TemporaryFolder, experts: Int = 1) throws {
        let names = ["attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"]
        var contents = GGUFContents()
        contents.set("general.architecture", "llama")
        contents.set("llama.block_count", UInt32(1))
        contents.set("llama.attention.head_count", UInt32(4))
        contents.set("llama.attention.head_count_kv", UInt32(4))
        let dimensions = experts == 1 ? [256, 24] : [256, 24, experts]
        for name in names { contents.addTensor("blk.0.\(name).weight", type: .F32, dimensions: dimensions) }
        var writer = try GGUFWriter(path: folder.path("in.gguf"), contents: contents)
        var sums = GGUFContents()
        sums.set("general.type", "imatrix")
        for (seed, name) in names.enumerated() {
            let values = randomWeights(seed: seed + 20, count: 256 * 24 * experts)
            try writer.append(unsafe values.span.bytes, to: "blk.0.\(name).weight")
            sums.addTensor("blk.0.\(name).weight.in_sum2", type: .F32, dimensions: [256, experts])
            sums.addTensor("blk.0.\(name).weight.counts", type: .F32, dimensions: [1, experts])
        }
        try writer.finish()
        var matrix = try GGUFWriter(path: folder.path("imatrix.gguf"), contents: sums)
        for name in names {
            // Of expert e, the columns e, e + 4, ... matter; the last one got no token.
            let values = (0..<256 * experts).map { index -> Float in
                let expert = index / 256
                return expert > 0 && expert == experts - 1 ? 0 : index % 4 == expert % 4 ? 400 : 4
            }
            try matrix.append(unsafe values.span.bytes, to: "blk.0.\(name).weight.in_sum2")
            let counts = (0..<experts).map { expert -> Float in expert > 0 && expert == experts - 1 ? 0 : 4 }
            try matrix.append(unsafe counts.span.bytes, to: "blk.0.\(name).weight.counts")
        }
        try matrix.finish()
    }

    private static func quantize(_ folder: borrowing TemporaryFolder, to type: String, weighted: Bool = true) throws {
        var quantizer = try Quantizer(type)
        if weighted { quantizer.importance = try ImportanceMatrix(path: folder.path("imatrix.gguf")) }
        _ = try quantizer.quantize(folder.path("in.gguf"), to: folder.path("out.gguf"))
    }

    /// The squared error in some of a tensor's columns, of its rows in a range.
    private static func error(
        _ folder: borrowing TemporaryFolder, rows: Range<Int>? = nil, _ isCounted: (Int) -> Bool
    ) throws -> Double {
        let files = (try GGUFFile(path: folder.path("in.gguf")), try GGUFFile(path: folder.path("out.gguf")))
        let x = try weights(of: try #require(files.0.tensor(named: "blk.0.ffn_up.weight")), in: files.0)
        let y = try weights(of: try #require(files.1.tensor(named: "blk.0.ffn_up.weight")), in: files.1)
        let rows = rows ?? 0..<x.count / 256
        return x.indices.filter { rows.contains($0 / 256) && isCounted($0 % 256) }.reduce(0) {
            $0 + Double((x[$1] - y[$1]) * (x[$1] - y[$1]))
        }
    }

    @Test(arguments: [
        "q2_k", "q3_k_s", "q4_k_s", "q5_k_s", "q6_k", "q4_0", "q4_1", "q5_0", "q5_1", "iq4_nl", "iq4_xs", "iq3_s",
    ])
    func `columns that matter lose less`(type: String) throws {
        let folder = try TemporaryFolder()
        try Self.write(to: folder)
        try Self.quantize(folder, to: type, weighted: false)
        let plain = try Self.error(folder) { $0 % 4 == 0 }
        try Self.quantize(folder, to: type)
        #expect(try Self.error(folder) { $0 % 4 == 0 } < plain * 0.97)
        let file = try GGUFFile(path: folder.path("out.gguf"))
        #expect(try file.metadata.string("quantize.imatrix.file") == folder.path("imatrix.gguf"))
        #expect(try file.metadata.int("quantize.imatrix.entries_count") == 7)
    }

    @Test(arguments: ["q2_k", "iq2_xs"]) func `each expert has columns of its own`(type: String) throws {
        let folder = try TemporaryFolder()
        try Self.write(to: folder, experts: 3)
        try Self.quantize(folder, to: type)
        for expert in 0..<2 {
            let rows = expert * 24..<(expert + 1) * 24
            let own = try Self.error(folder, rows: rows) { $0 % 4 == expert }
            let other = try Self.error(folder, rows: rows) { $0 % 4 == 2 }
            #expect(own < other * 0.8, "\(expert)")
        }
        // The expert without tokens has columns that matter equally.
        let own = try Self.error(folder, rows: 48..<72) { $0 % 4 == 0 }
        let other = try Self.error(folder, rows: 48..<72) { $0 % 4 == 2 }
        #expect(abs(own / other - 1) < 0.25)
    }

    @Test(arguments: ["iq1_s", "iq1_m", "iq2_xxs", "iq2_xs", "iq2_s", "iq2_m", "iq3_xxs", "iq3_xs", "q2_k_s"])
    func `types of few bits need a matrix, and say which tensor does`(type: String) throws {
        let folder = try TemporaryFolder()
        try Self.write(to: folder)
        let error = #expect(throws: SwiftletError.self) { try Self.quantize(folder, to: type, weighted: false) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains("needs an importance matrix") == true)
        #expect(error?.message.contains("blk.0.") == true)
        try Self.quantize(folder, to: type)
        let file = try GGUFFile(path: folder.path("out.gguf"))
        let main = try #require(FileType(rawValue: type)).main
        #expect(file.tensors.contains { $0.type == main })
        // The file is decoded to weights near the original.
        let all = try Self.error(folder) { _ in true }
        let x = try GGUFFile(path: folder.path("in.gguf"))
        let up = try weights(of: try #require(x.tensor(named: "blk.0.ffn_up.weight")), in: x)
        #expect(all < 0.5 * squaredError(up, up.map { _ in 0 }))
    }

    @Test func `both of llama.cpp's forms are read`() throws {
        let new = try ImportanceMatrix(path: Self.matrix)
        let old = try ImportanceMatrix(path: Fixtures.path("golden/imatrix/llama-f32.dat"))
        #expect(new.names == old.names && new.names.count == 14)
        #expect(new.datasets == ["text of make_imatrix.py"] && old.datasets == new.datasets)
        #expect(new.chunkCount == 3 && new.chunkSize == 24 && old.chunkCount == 3)
        for name in new.names {
            let pairs = zip(new.meanSquares(of: name) ?? [], old.meanSquares(of: name) ?? [])
            #expect(pairs.allSatisfy { abs($0 - $1) <= 1e-6 * $0 }, "\(name)")
            #expect(new.counts(of: name) == [72])
        }
    }

    @Test func `a matrix that is written and read is the same, and merging adds`() throws {
        let folder = try TemporaryFolder()
        var matrix = try ImportanceMatrix(path: Fixtures.path("golden/imatrix/llama-experts-f32.gguf"))
        try matrix.write(to: folder.path("a.gguf"))
        try ImportanceMatrix(path: folder.path("a.gguf")).write(to: folder.path("b.gguf"))
        #expect(try folder.read("a.gguf") == folder.read("b.gguf"))
        let before = matrix
        try matrix.merge(ImportanceMatrix(path: folder.path("a.gguf")))
        #expect(matrix.chunkCount == 6 && matrix.datasets.count == 2)
        for name in before.names {
            #expect(matrix.meanSquares(of: name) == before.meanSquares(of: name))
            #expect(matrix.counts(of: name) == before.counts(of: name)?.map { 2 * $0 })
        }
        try Self.write("blk.0.attn_q.weight", [1, 2, 3, 4], count: 1, to: folder.path("c.gguf"))
        let other = try ImportanceMatrix(path: folder.path("c.gguf"))
        let error = #expect(throws: SwiftletError.self) { try matrix.merge(other) }
        #expect(error?.code == .invalidArgument && error?.message.contains("another shape") == true)
    }

    /// A file with one matrix.
    private static func write(_ name: String, _ sums: [Float], count: Float, to path: String) throws {
        var contents = GGUFContents()
        contents.set("general.type", "imatrix")
        contents.addTensor("\(name).in_sum2", type: .F32, dimensions: [sums.count, 1])
        contents.addTensor("\(name).counts", type: .F32, dimensions: [1, 1])
        var writer = try GGUFWriter(path: path, contents: contents)
        try writer.append(unsafe sums.span.bytes, to: "\(name).in_sum2")
        try writer.append(unsafe [count].span.bytes, to: "\(name).counts")
        try writer.finish()
    }

    @Test(arguments: [("blk.0.ffn_up.weight", "8 columns for"), ("blk.9.ffn_up.weight", "has no matrix of")])
    func `a matrix of another model is refused`(name: String, part: String) throws {
        let folder = try TemporaryFolder()
        try Self.write(to: folder)
        try Self.write(name, [Float](repeating: 1, count: 8), count: 4, to: folder.path("imatrix.gguf"))
        let error = #expect(throws: SwiftletError.self) { try Self.quantize(folder, to: "q8_0") }
        #expect(error?.code == .invalidArgument && error?.message.contains(part) == true)
        #expect(folder.names == ["imatrix.gguf", "in.gguf"])
    }

    @Test func `a matrix that lacks a tensor is refused where the type needs it`() throws {
        let folder = try TemporaryFolder()
        try Self.write(to: folder)
        try Self.write(
            "blk.0.ffn_up.weight", [Float](repeating: 1, count: 256), count: 4, to: folder.path("imatrix.gguf"))
        try Self.quantize(folder, to: "q4_k_m")
        let error = #expect(throws: SwiftletError.self) { try Self.quantize(folder, to: "iq2_xs") }
        #expect(error?.code == .invalidArgument && error?.message.contains("has nothing on tensor") == true)
    }

    /// Both forms, cut at every length and with every byte changed in turn: an error, or a matrix; never a trap.
    @Test(arguments: ["llama-f32.dat", "gpt2-f32.gguf"]) func `damaged files are errors`(name: String) throws {
        let folder = try TemporaryFolder()
        let whole = try [UInt8](Data(contentsOf: URL(fileURLWithPath: Fixtures.path("golden/imatrix/\(name)"))))
        func read(_ bytes: [UInt8]) throws -> SwiftletError? {
            try Data(bytes).write(to: URL(fileURLWithPath: folder.path("bad")))
            do { _ = try ImportanceMatrix(path: folder.path("bad")) } catch { return error }
            return nil
        }
        for length in stride(from: 1, to: whole.count - 64, by: 13) {
            #expect(try read(Array(whole.prefix(length)))?.code == .file, "\(length)")
        }
        for place in stride(from: 0, to: min(whole.count, 1200), by: 3) {
            var bytes = whole
            bytes[place] ^= 0xFF
            if let error = try read(bytes) { #expect(error.code == .file) }
        }
        #expect(try read([UInt8](repeating: 0, count: 64))?.message.contains("no importance matrix") == true)
    }

    @Test(arguments: [(Float.nan, Float(4)), (-1, 4), (.infinity, 4), (1, 0), (1, .nan)])
    func `sums that cannot be, and matrices without rows, are refused`(sum: Float, count: Float) throws {
        let folder = try TemporaryFolder()
        try Self.write("blk.0.ffn_up.weight", [1, 1, sum, 1], count: count, to: folder.path("bad.gguf"))
        let error = #expect(throws: SwiftletError.self) { try ImportanceMatrix(path: folder.path("bad.gguf")) }
        #expect(error?.code == .file && error?.message.contains("blk.0.ffn_up.weight") == true)
    }
}
