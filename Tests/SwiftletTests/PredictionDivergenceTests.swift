import Foundation
import Swiftlet
import TestSupport
import Testing

/// Log-probabilities in llama.cpp's format, and what is measured with them, against plain double arithmetic.
@Suite struct PredictionDivergenceTests {
    private static let window = 24
    private static let text = (0..<80).map { (index: Int) -> Token in Token((37 * index + index / 7) % 200 + 3) }

    /// Bytes before the predictions.
    private static let headerBytes = 308

    private static func session(_ name: String, context: Int = window) throws -> Session {
        var options = SessionOptions()
        options.threads = 2
        options.cacheType = .f32
        options.contextLength = context
        return try Session(Model(path: Fixtures.path("models/\(name).gguf")), options)
    }

    /// Log-probabilities after every position of a window, in float64.
    private static func logProbabilities(_ name: String, _ tokens: [Token]) throws -> [[Double]] {
        var session = try session(name)
        var rows: [[Double]] = []
        try session.append(tokens) { _, logits in
            let values = logits.indices.map { Double(logits[$0]) }
            let greatest = values.reduce(values[0], Swift.max)
            let powers = values.map { (value: Double) -> Double in Foundation.exp(value - greatest) }
            let sum = Foundation.log(powers.reduce(0, +)) + greatest
            rows.append(values.map { $0 - sum })
        }
        return rows
    }

    private static func windows() -> [[Token]] {
        (0..<text.count / window).map { Array(text[$0 * window..<($0 + 1) * window]) }
    }

    @Test func `the file has llama.cpp's form, and log-probabilities within its steps`() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("base.kl")
        var session = try Self.session("llama-f32")
        let vocabulary = session.model.vocabularySize
        let perplexity = try session.writeLogProbabilities(of: Self.text, window: Self.window, to: path)
        let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
        func half(_ place: Int) -> UInt32 { UInt32(bytes[place]) | UInt32(bytes[place + 1]) << 8 }
        func word(_ place: Int) -> UInt32 { half(place) | half(place + 2) << 16 }
        let rows = Self.window - 1 - Self.window / 2
        #expect(String(decoding: bytes[..<8], as: UTF8.self) == "_logits_")
        #expect([8, 12, 16].map { Int(word($0)) } == [Self.window, vocabulary, 3])
        for (index, token) in Self.text.prefix(72).enumerated() { #expect(word(20 + 4 * index) == UInt32(token)) }
        let rowBytes = 2 * (4 + (vocabulary + 1) / 2 * 2)
        let expectedBytes = Self.headerBytes + 3 * rows * rowBytes
        #expect(bytes.count == expectedBytes)
        #expect(bytes.count == session.logProbabilityBytes(of: Self.text.count, window: Self.window))
        var entropy = 0.0
        for (number, tokens) in Self.windows().enumerated() {
            let expected = try Self.logProbabilities("llama-f32", tokens)
            for row in 0..<rows {
                let start = Self.headerBytes + (number * rows + row) * rowBytes
                let (scale, lowest) = (Float(bitPattern: word(start)), Float(bitPattern: word(start + 4)))
                let exact = expected[Self.window / 2 + row]
                entropy -= exact[Int(tokens[Self.window / 2 + row + 1])]
                let greatest = exact.reduce(-.infinity, Swift.max)
                for token in 0..<vocabulary {
                    let found = Double(scale) * Double(half(start + 8 + 2 * token)) + Double(lowest)
                    let expected = Swift.max(exact[token], greatest - 16)
                    #expect(abs(found - expected) <= Double(scale) / 2 + 2e-5)
                }
            }
        }
        #expect(perplexity.tokenCount == 3 * rows)
        #expect(abs(perplexity.crossEntropy - entropy / Double(3 * rows)) < 1e-5)
    }

    @Test func `the divergence of another model is that of double arithmetic`() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("base.kl")
        var original = try Self.session("llama-f32")
        _ = try original.writeLogProbabilities(of: Self.text, window: Self.window, to: path)
        var quantized = try Self.session("llama-q4_0")
        let found = try quantized.divergence(from: path)
        var (divergences, changes, sameTop) = ([Double](), [Double](), 0.0)
        for tokens in Self.windows() {
            let base = try Self.logProbabilities("llama-f32", tokens)
            let other = try Self.logProbabilities("llama-q4_0", tokens)
            for position in Self.window / 2..<Self.window - 1 {
                let (p, q) = (base[position], other[position])
                let terms = zip(p, q).map { (p: Double, q: Double) -> Double in Foundation.exp(p) * (p - q) }
                divergences.append(terms.reduce(0, +))
                let next = Int(tokens[position + 1])
                changes.append(q[next] - p[next])
                func best(_ row: [Double]) -> Int? { row.indices.max { row[$0] < row[$1] } }
                sameTop += best(p) == best(q) ? 1 : 0
            }
        }
        let count = Double(divergences.count)
        func mean(_ values: [Double]) -> Double { values.reduce(0, +) / count }
        func error(_ values: [Double]) -> Double {
            let middle = mean(values)
            let squares = values.map { (value: Double) -> Double in (value - middle) * (value - middle) }
            return (mean(squares) / (count - 1)).squareRoot()
        }
        let expected = mean(divergences)
        #expect(found.tokenCount == divergences.count)
        #expect(expected > 0)
        #expect(abs(found.mean.value - expected) < 2e-4 * Swift.max(expected, 0.01))
        #expect(abs(found.mean.error - error(divergences)) < 1e-3 * error(divergences) + 1e-7)
        #expect(abs(found.logProbabilityChange.value - mean(changes)) < 1e-4)
        #expect(abs(found.logProbabilityChange.error - error(changes)) < 1e-4)
        #expect(abs(found.sameTop.value - sameTop / count) < 1e-12)
        let sorted = divergences.sorted()
        let (median, greatest) = (sorted[sorted.count / 2], sorted[sorted.count - 1])
        #expect(abs(found.median - median) < 1e-4 * Swift.max(median, 0.01))
        #expect(abs(Double(found.max) - greatest) < 1e-3 * greatest)
        #expect(found.percentile(0) == Double(found.divergences[0]))
        #expect(found.percentile(0.9) <= found.percentile(0.99))
        #expect(abs(found.perplexityRatio.value - found.perplexity / found.basePerplexity) < 1e-9)
    }

    @Test func `a model does not differ from itself`() throws {
        let folder = try TemporaryFolder()
        var session = try Self.session("llama-f32")
        _ = try session.writeLogProbabilities(of: Self.text, window: Self.window, to: folder.path("base.kl"))
        let found = try session.divergence(from: folder.path("base.kl"))
        // The base is rounded to 16 bits, so that logits next to each other may change places.
        #expect(abs(found.mean.value) < 1e-5 && found.sameTop.value > 0.9)
        #expect(abs(found.perplexityRatio.value - 1) < 1e-4)
    }

    @Test func `files that are no base, or of another model, are refused`() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("base.kl")
        var session = try Self.session("llama-f32")
        _ = try session.writeLogProbabilities(of: Self.text, window: Self.window, to: path)
        let whole = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
        func refuses(_ bytes: [UInt8], _ part: String) throws {
            try Data(bytes).write(to: URL(fileURLWithPath: folder.path("bad.kl")))
            let error = #expect(throws: SwiftletError.self) {
                var session = try Self.session("llama-f32")
                _ = try session.divergence(from: folder.path("bad.kl"))
            }
            #expect(error?.code == .file && error?.message.contains(part) == true, "\(String(describing: error))")
        }
        try refuses(Array(whole.dropLast()), "cut short")
        try refuses(Array(whole.prefix(12)), "no file of log-probabilities")
        try refuses(Array("_logitz_".utf8) + whole.dropFirst(8), "no file of log-probabilities")
        for place in [8, 12, 16] {
            var bytes = whole
            bytes[place + 3] = 0x80
            try refuses(bytes, "its header has")
        }
        var bytes = whole
        bytes[22] = 0x7F
        try refuses(bytes, "its token 0 is")
        bytes = whole
        bytes.replaceSubrange(Self.headerBytes..<Self.headerBytes + 4, with: [0, 0, 0xC0, 0x7F] as [UInt8])
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let damaged = #expect(throws: SwiftletError.self) {
            var session = try Self.session("llama-f32")
            _ = try session.divergence(from: path)
        }
        #expect(damaged?.code == .model || damaged?.code == .file)
        var short = try Self.session("llama-f32", context: 8)
        let cases: [(Int, [Token])] = [
            (3, Self.text), (25, Self.text), (8, [1, 2, 3]), (8, Array(repeating: 9999, count: 8)),
        ]
        for (window, text) in cases {
            let error = #expect(throws: SwiftletError.self) {
                _ = try short.writeLogProbabilities(of: text, window: window, to: folder.path("x.kl"))
            }
            #expect(error?.code == .invalidArgument)
        }
        #expect(!FileManager.default.fileExists(atPath: folder.path("x.kl")))
    }
}
