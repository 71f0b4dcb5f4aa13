import Swiftlet
import TestSupport
import Testing

@Suite struct ModelTests {
    private let model: Model

    init() throws {
        model = try Model(path: Fixtures.path("chat.gguf"))
    }

    @Test(arguments: ["", "Hello there!", "  two  spaces\n", "Grüße, 世界 🐉", "<|endoftext|>"])
    func `text comes back from its tokens`(text: String) {
        #expect(model.detokenize(model.tokenize(text)) == text)
    }

    @Test func `control tokens are found only where the caller asks for it, and are spelt out only then`() throws {
        let end = try #require(model.tokenize("<|endoftext|>", parseSpecial: true).first)
        #expect(model.isEndOfGeneration(end))
        #expect(!model.tokenize("<|endoftext|>").contains(end))
        #expect(model.detokenize([end]) == "")
        #expect(model.detokenize([end], renderSpecial: true) == "<|endoftext|>")
        #expect(model.text(of: end) == "<|endoftext|>")
    }

    @Test func `a token that is not there has no text`() {
        #expect(model.text(of: -1) == nil)
        #expect(model.text(of: Token(model.vocabularySize)) == nil)
        #expect(model.detokenize([-1, .max]) == "")
    }

    @Test(arguments: [("no/such/file.gguf", "No such file"), ("README.md", "not a GGUF file")])
    func `what is no model is an error with the path and the reason`(name: String, reason: String) {
        let path = Fixtures.path("models/\(name)")
        let error = #expect(throws: SwiftletError.self) { _ = try Model(path: path) }
        #expect(error?.code == .file)
        #expect(error?.message.contains(path) == true && error?.message.contains(reason) == true)
    }

    @Test func `a model says what it is`() {
        #expect(model.architecture == "llama" && model.contextLength == 512 && model.hiddenSize == 256)
        #expect(model.vocabularySize == 1280)
        #expect(model.tensorBytes > 3_000_000)
    }
}
