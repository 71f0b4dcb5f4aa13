import Foundation
import Swiftlet
import TestSupport

/// The tiny models of every family and weight type.
enum TinyModels {
    static let names: [String] = {
        let folder = Fixtures.path("models")
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return files.filter { $0.hasSuffix(".gguf") }.sorted()
    }()

    static func open(_ name: String) throws -> Model { try Model(path: Fixtures.path("models/\(name)")) }

    /// Tokens of the model, some runs of which come again.
    static func prompt(_ model: Model, _ count: Int) -> [Token] {
        (0..<count).map { Token(($0 % 11 * 37 + $0 / 22 * 5) % model.vocabularySize) }
    }
}

extension Session {
    /// The bits of the last token's logits.
    var logitBits: [UInt32] { withLogits { row in row.indices.map { row[$0].bitPattern } } ?? [] }
}
