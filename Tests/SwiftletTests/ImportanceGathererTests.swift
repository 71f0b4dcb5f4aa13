import Foundation
import Swiftlet
import TestSupport
import Testing

/// Gathered importance matrices, against those that Fixtures/golden/make_imatrix.py computes in float64.
@Suite struct ImportanceGathererTests {
    private static let size = 24

    /// As `chunk` of make_imatrix.py.
    private static func chunk(_ number: Int) -> [Token] {
        (0..<size).map { (index: Int) -> Token in Token((37 * index + 11 * number + index / 7) % 200 + 3) }
    }

    private static func gather(
        _ name: String, chunks: Range<Int> = 0..<3, continuing matrix: ImportanceMatrix? = nil, threads: Int = 2,
        includesOutput: Bool = false
    ) throws -> ImportanceMatrix {
        var runtime = RuntimeOptions()
        runtime.threads = threads
        runtime.cacheType = .f32
        var gatherer = try ImportanceGatherer(
            Model(path: Fixtures.path("models/\(name).gguf")), chunkSize: size, includesOutput: includesOutput,
            continuing: matrix, runtime)
        for number in chunks { try gatherer.add(chunk(number)) }
        return gatherer.matrix
    }

    /// The greatest relative difference of the means of two matrices, of columns that are not next to nothing.
    private static func difference(_ a: ImportanceMatrix, _ b: ImportanceMatrix) throws -> Float {
        var greatest: Float = 0
        for name in b.names {
            let (x, y) = (try #require(a.meanSquares(of: name)), try #require(b.meanSquares(of: name)))
            try #require(x.count == y.count)
            let mean = y.reduce(0, +) / Float(y.count)
            for (x, y) in zip(x, y) { greatest = max(greatest, abs(x - y) / max(y, mean * 0.01)) }
        }
        return greatest
    }

    @Test(arguments: ["llama-f32", "gpt2-f32", "llama-experts-f32"])
    func `means and counts are those of float64`(name: String) throws {
        let expected = try ImportanceMatrix(path: Fixtures.path("golden/imatrix/\(name).gguf"))
        let found = try Self.gather(name)
        #expect(found.names == expected.names)
        #expect(found.chunkCount == 3 && found.chunkSize == Self.size)
        for name in expected.names { #expect(found.counts(of: name) == expected.counts(of: name), "\(name)") }
        #expect(try Self.difference(found, expected) < 1e-4)
    }

    @Test(arguments: [
        ("llama-q8_0", "llama-f32"), ("llama-experts-q8_0", "llama-experts-f32"), ("llama-f16", "llama-f32"),
    ])
    func `quantized weights and fused passes do not hide inputs`(name: String, twin: String) throws {
        let found = try Self.gather(name)
        let expected = try Self.gather(twin)
        #expect(found.names == expected.names)
        for name in found.names where !name.hasSuffix("_exps.weight") {
            #expect(found.counts(of: name) == expected.counts(of: name))
            let (x, y) = (found.meanSquares(of: name) ?? [], expected.meanSquares(of: name) ?? [])
            let (sum, other) = (x.reduce(0, +), y.reduce(0, +))
            #expect(abs(sum / other - 1) < 0.1, "\(name)")
        }
    }

    @Test(arguments: [
        "llama-f32", "phi-longrope-f32", "deepseek2-f32", "deepseek2-all-experts-q8_0", "qwen3moe-q4_0", "gpt-oss-f32",
        "qwen2moe-f32", "mamba-f32", "gemma3n-f32", "bert-f16", "modern-bert-f16", "falcon-f32",
    ])
    func `every matrix of every layer has its columns`(name: String) throws {
        let found = try Self.gather(name, chunks: 0..<1)
        let path = Fixtures.path("models/\(name).gguf")
        let folder = try TemporaryFolder()
        // Quantizing checks names and widths, and weighs every tensor that it has a matrix for.
        var quantizer = try Quantizer("q4_0")
        quantizer.allowsRequantizing = true
        quantizer.importance = found
        let tensors = try quantizer.quantize(path, to: folder.path("out.gguf"))
        let lacking = tensors.filter { tensor in
            tensor.name.hasPrefix("blk.") && tensor.newType.hasPrefix("Q4") && !found.names.contains(tensor.name)
        }
        #expect(lacking.isEmpty, "\(lacking.map(\.name))")
        for name in found.names {
            #expect(found.meanSquares(of: name)?.allSatisfy { $0.isFinite && $0 >= 0 } == true)
            #expect(found.counts(of: name)?.contains { $0 > 0 } == true)
        }
    }

    @Test(arguments: ["llama-experts-f32", "llama-q8_0"])
    func `a matrix does not depend on threads, nor on a pause`(name: String) throws {
        let folder = try TemporaryFolder()
        try Self.gather(name, threads: 1).write(to: folder.path("whole.gguf"))
        let whole = try folder.read("whole.gguf")
        for threads in [2, 5] {
            try Self.gather(name, threads: threads).write(to: folder.path("other.gguf"))
            #expect(try folder.read("other.gguf") == whole)
        }
        try Self.gather(name, chunks: 0..<1).write(to: folder.path("part.gguf"))
        let part = try ImportanceMatrix(path: folder.path("part.gguf"))
        try Self.gather(name, chunks: 1..<3, continuing: part).write(to: folder.path("resumed.gguf"))
        #expect(try folder.read("resumed.gguf") == whole)
    }

    @Test func `the output matrix is gathered where that is asked for`() throws {
        let plain = try Self.gather("llama-f32", chunks: 0..<1)
        let more = try Self.gather("llama-f32", chunks: 0..<1, includesOutput: true)
        #expect(Set(more.names) == Set(plain.names + ["output.weight"]))
        #expect(more.counts(of: "output.weight") == [Float(Self.size)])
    }

    @Test func `chunks and models that are not possible are refused`() throws {
        let model = try Model(path: Fixtures.path("models/llama-f32.gguf"))
        for size in [0, 1, model.contextLength + 1] {
            let error = #expect(throws: SwiftletError.self) { _ = try ImportanceGatherer(model, chunkSize: size) }
            #expect(error?.code == .invalidArgument)
        }
        let translator = try Model(path: Fixtures.path("models/t5-f32.gguf"))
        let error = #expect(throws: SwiftletError.self) { _ = try ImportanceGatherer(translator, chunkSize: 8) }
        #expect(error?.code == .model)
        var gatherer = try ImportanceGatherer(model, chunkSize: 8)
        for tokens: [Token] in [[], [-1], [9999], Array(repeating: 3, count: 9)] {
            #expect(throws: SwiftletError.self) { try gatherer.add(tokens) }
        }
        #expect(gatherer.matrix.chunkCount == 0 && gatherer.matrix.names.isEmpty)
    }
}
