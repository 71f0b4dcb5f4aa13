import Foundation
import Swiftlet
import TestSupport

/// The tiny decoders of every family and weight type: those that `Fixtures/golden/models.json` has logits of.
enum TinyModels {
    private struct List: Decodable {
        struct Entry: Decodable { let file: String }
        let models: [Entry]
    }

    /// Those whose state can go back.
    static let names = all.filter { !$0.hasPrefix("mamba") }
    /// Those whose state each token replaces.
    static let recurrent = all.filter { $0.hasPrefix("mamba") } + listed("linear")

    private static let all = listed("models")

    private static func listed(_ name: String) -> [String] {
        let data = try? Data(contentsOf: URL(filePath: Fixtures.path("golden/\(name).json")))
        return data.flatMap { try? JSONDecoder().decode(List.self, from: $0) }?.models.map(\.file).sorted() ?? []
    }

    static func open(_ name: String) throws -> Model { try Model(path: Fixtures.path("models/\(name)")) }

    /// Tokens of the model with repeated runs.
    static func prompt(_ model: Model, _ count: Int) -> [Token] {
        (0..<count).map { Token(($0 % 11 * 37 + $0 / 22 * 5) % model.vocabularySize) }
    }
}

extension Session {
    /// The bits of the last token's logits.
    var logitBits: [UInt32] { withLogits { row in row.indices.map { row[$0].bitPattern } } ?? [] }
}
