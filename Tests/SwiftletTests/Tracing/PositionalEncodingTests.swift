import Foundation
import Swiftlet
import TestSupport
import Testing

/// How models tell positions apart, beside transformers (`Fixtures/layers/make_positions.py`).
@Suite struct PositionalEncodingTests {
    private struct Expected: Decodable {
        struct Bias: Decodable {
            let buckets: Int
            let first: Int
            let values: [Float]
        }
        let count: Int?
        let first: [Float]?
        let wavelengths: [Double]?
        let long: [Double]?
        let slopes: [Float]?
        let encoder: Bias?
        let decoder: Bias?
    }

    private let expected: [String: Expected]

    init() throws {
        let path = Fixtures.path("layers/positions.json")
        expected = try JSONDecoder().decode(
            [String: Expected].self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    }

    private func encodings(_ name: String) throws -> [PositionalEncoding] {
        try Model(path: Fixtures.path("models/\(name).gguf")).positionalEncodings()
    }

    @Test func `rows that are added are compared by their angles`() throws {
        let wanted = try #require(expected["gpt2-f32"])
        let found = try encodings("gpt2-f32")
        guard found.count == 1, case .rows(let rows) = found[0].kind else {
            Issue.record("GPT-2 adds rows, found \(found.count)")
            return
        }
        #expect(rows.count == wanted.count && rows.name == "position_embd.weight" && found[0].stage == "main")
        #expect(rows.positions == Array(0..<rows.count))
        let first = try #require(wanted.first)
        for row in 0..<8 {
            for column in 0..<8 {
                #expect(abs(rows.similarity[row * rows.positions.count + column] - first[row * 8 + column]) < 1e-5)
            }
        }
    }

    @Test(arguments: ["llama-f32", "llama-rope-linear-f32", "phi-longrope-f32"])
    func `pairs turn once in as many positions as transformers says`(name: String) throws {
        let wanted = try #require(expected[name])
        let found = try encodings(name)
        guard found.count == 1, case .rope(let rope) = found[0].kind else {
            Issue.record("\(name) has one rotary embedding, found \(found.count)")
            return
        }
        let wavelengths = try #require(wanted.wavelengths)
        #expect(rope.wavelengths.count == wavelengths.count)
        for (own, exact) in zip(rope.wavelengths, wavelengths) { #expect(abs(own / exact - 1) < 1e-5) }
        #expect(rope.long.count == wanted.long?.count ?? 0 && (rope.longBeyond == nil) == (wanted.long == nil))
        for (own, exact) in zip(rope.long, wanted.long ?? []) { #expect(abs(own / exact - 1) < 1e-5) }
    }

    @Test(arguments: ["bloom-f32", "mpt-f32"]) func `slopes are those of transformers`(name: String) throws {
        let wanted = try #require(expected[name]?.slopes)
        let found = try encodings(name)
        guard found.count == 1, case .alibi(let slopes) = found[0].kind else {
            Issue.record("\(name) has slopes, found \(found.count)")
            return
        }
        #expect(slopes.count == wanted.count)
        for (own, exact) in zip(slopes, wanted) { #expect(abs(own / exact - 1) < 1e-6) }
    }

    @Test func `biases by distance are those of T5's buckets`() throws {
        let wanted = try #require(expected["t5-f32"])
        let found = try encodings("t5-f32")
        #expect(found.map(\.stage) == ["encoder", "decoder"])
        for (encoding, exact) in zip(found, [wanted.encoder, wanted.decoder]) {
            let exact = try #require(exact)
            guard case .relative(let bias) = encoding.kind else {
                Issue.record("T5 has relative biases")
                return
            }
            #expect(bias.buckets == exact.buckets && bias.isBidirectional == (encoding.stage == "encoder"))
            let heads = bias.values.count / bias.distances.count
            let columns = exact.values.count / heads
            for head in 0..<heads {
                for column in 0..<columns {
                    let place = exact.first + column - bias.distances.lowerBound
                    #expect(
                        abs(bias.values[head * bias.distances.count + place] - exact.values[head * columns + column])
                            < 1e-6)
                }
            }
        }
    }

    @Test func `models without an order of their own, and those of two stages`() throws {
        #expect(try encodings("mamba-f32").isEmpty)
        #expect(try encodings("whisper-f32").map(\.stage) == ["encoder", "decoder"])
        // Local and global layers turn at different speeds.
        #expect(try encodings("gemma3-f32").count == 2)
    }
}
