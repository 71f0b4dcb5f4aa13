import Foundation
import Swiftlet
import TestSupport
import Testing

/// How a run may vary without changing its answer.
struct Variant: CustomTestStringConvertible {
    var instructionSet: String?
    var threads = 1
    var stepTokens = 512
    var cacheType: SessionOptions.CacheType? = .f32

    var testDescription: String {
        "\(instructionSet ?? "best"), \(threads) threads, steps of \(stepTokens), \(cacheType?.rawValue ?? "automatic") cache"
    }

    var options: SessionOptions {
        var options = SessionOptions()
        options.instructionSet = instructionSet
        options.threads = threads
        options.stepTokens = stepTokens
        options.cacheType = cacheType
        return options
    }

    /// Every instruction set of this CPU, one and two threads, whole and in chunks.
    static let all: [Variant] =
        InstructionSets.runnable.map { Variant(instructionSet: $0) } + [
            Variant(threads: 2), Variant(threads: 2, stepTokens: 5), Variant(stepTokens: 1),
        ]
}

/// The logits after every token, `[tokens, vocabulary]`.
func logits(_ model: Model, _ ids: [Token], _ variant: Variant) throws -> [Float] {
    var session = try Session(model, variant.options)
    var all: [Float] = []
    all.reserveCapacity(ids.count * model.vocabularySize)
    // As prompts of this length each: results do not depend on the steps of a session.
    for first in stride(from: 0, to: ids.count, by: variant.stepTokens) {
        try session.append(Array(ids[first..<min(first + variant.stepTokens, ids.count)])) { _, row in
            for index in row.indices { all.append(row[index]) }
        }
    }
    return all
}

/// The most probable continuation.
func greedy(_ model: Model, _ ids: [Token], count: Int, _ variant: Variant) throws -> Generation {
    var session = try Session(model, variant.options)
    var options = GenerationOptions()
    options.sampling = .greedy
    options.maxTokens = count
    options.ignoresEnd = true
    return try session.generate(from: ids, options)
}

/// A file of little-endian float32 numbers.
func floats(_ path: String) throws -> [Float] {
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    return stride(from: 0, to: bytes.count, by: 4).map { start in
        Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << (8 * $1) })
    }
}

func decode<Content: Decodable>(_ type: Content.Type, _ path: String) throws -> Content {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(type, from: Data(contentsOf: URL(fileURLWithPath: path)))
}
