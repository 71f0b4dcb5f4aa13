import Foundation
import TestSupport
import Testing

/// The model stories260K and what llama.cpp says about it.
enum Stories {
    /// One prompt.
    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        let prompt: String
        let promptIDs: [Int]
        /// The completion at temperature 0.
        let greedyText: String

        enum CodingKeys: String, CodingKey {
            case prompt
            case promptIDs = "prompt_ids"
            case greedyText = "greedy_text"
        }

        var testDescription: String { prompt }
    }

    static let isPresent = SharedData.isPresent

    static let model = path("stories260K-f32.gguf")

    /// Empty when the data is absent.
    static let cases: [Case] = {
        guard isPresent else { return [] }
        struct Expected: Decodable { let cases: [Case] }
        let data = FileManager.default.contents(atPath: path("expected.json")) ?? Data()
        return (try? JSONDecoder().decode(Expected.self, from: data).cases) ?? []
    }()

    /// The logits of the first prompt and those after it, `[tokens, 512]`.
    static func logits() throws -> [Float] {
        try Data(contentsOf: URL(fileURLWithPath: path("logits.f32"))).floats
    }

    private static func path(_ name: String) -> String { SharedData.path("stories260K/\(name)") }
}

extension Data {
    /// The data as little-endian float32.
    var floats: [Float] {
        let bytes = [UInt8](self)
        return stride(from: 0, to: bytes.count - 3, by: 4).map { start in
            let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) }
            return Float(bitPattern: bits)
        }
    }
}
