import GGUF
import Swiftlet
import TestSupport
import Testing

/// Output never replaces a model that is open; it may replace the library's own files.
@Suite struct ReplacedFileTests {
    private static func copy(_ fixture: String, to folder: borrowing TemporaryFolder) throws -> String {
        let path = folder.path("model.gguf")
        try ModelCopy.write(Fixtures.path(fixture), to: path) { _ in }
        return path
    }

    private static func expectRefusal(_ path: String, _ body: () throws -> Void) {
        let error = #expect(throws: SwiftletError.self) { try body() }
        #expect(error?.code == .invalidArgument && error?.path == path)
        let answer = "\(path): cannot write: the output would replace its own input \(path); name another path"
        #expect(error?.message.hasPrefix(answer) == true, "\(error?.message ?? "")")
    }

    @Test func `a session is not saved over its model, but over its own state`() throws {
        let folder = try TemporaryFolder()
        let path = try Self.copy("models/llama-f32.gguf", to: folder)
        let before = try folder.read("model.gguf")
        var session = try Session(Model(path: path))
        try session.append([1, 2, 3])
        Self.expectRefusal(path) { try session.save(to: path) }
        for _ in 0..<2 {
            try session.save(to: folder.path("state"))
            try session.restore(from: folder.path("state"))
        }
        #expect(session.tokens == [1, 2, 3])
        #expect(try folder.read("model.gguf") == before && folder.names == ["model.gguf", "state"])
    }

    @Test func `a model that is no longer open may be replaced`() throws {
        let folder = try TemporaryFolder()
        let path = try Self.copy("models/llama-f32.gguf", to: folder)
        do {
            let model = try Model(path: path)
            Self.expectRefusal(path) { _ = try Quantizer("q8_0").quantize(Fixtures.path("chat.gguf"), to: model.path) }
        }
        _ = try Quantizer("q8_0").quantize(Fixtures.path("models/llama-f32.gguf"), to: path)
        #expect(try Model(path: path).vocabularySize > 0 && folder.names == ["model.gguf"])
    }

    @Test func `a compressed model is not replaced`() throws {
        let folder = try TemporaryFolder()
        let source = try GGUFFile(path: Fixtures.path("models/llama-f32.gguf"))
        var contents = GGUFContents()
        for (key, value) in source.metadata where key != "general.alignment" { contents.set(key, copying: value) }
        for tensor in source.tensors {
            contents.addTensor(tensor.name, type: tensor.type, dimensions: tensor.dimensions)
        }
        let path = folder.path("model.gguf.zst")
        var writer = try GGUFWriter(path: path, contents: contents, compressed: true)
        for tensor in source.tensors { try writer.append(source.bytes(of: tensor), to: tensor.name) }
        try writer.finish()
        let session = try Session(Model(path: path))
        Self.expectRefusal(path) { try session.save(to: path) }
        #expect(folder.names == ["model.gguf.zst"])
    }

    @Test func `an index takes the place of an index that is open, and of no model`() throws {
        let folder = try TemporaryFolder()
        let path = try Self.copy("embed.gguf", to: folder)
        var embedder = try Embedder(Model(path: path))
        let indexModel = embedder.indexModel
        Self.expectRefusal(path) { _ = try IndexWriter(path: path, model: indexModel) }
        let index = folder.path("index")
        var opened: [VectorIndex] = []
        for text in ["a cat", "a dog"] {
            var writer = try IndexWriter(path: index, model: indexModel)
            let vector = try embedder.embed([text]).values
            try writer.append(text, vector: vector.span)
            try writer.finish()
            opened.append(try VectorIndex(path: index))
        }
        let texts = try opened.map { try $0.text(ofRow: 0) }
        #expect(texts == ["a cat", "a dog"])
    }
}
