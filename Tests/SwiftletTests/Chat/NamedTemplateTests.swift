import GGUF
import Swiftlet
import TestSupport
import Testing

/// Which of a file's chat templates is taken.
@Suite struct NamedTemplateTests {
    /// - Parameters:
    ///   - named: templates by name.
    ///   - isListed: whether the file lists the names.
    ///   - keepsOwn: whether it has a template of its own.
    private func model(
        _ folder: borrowing TemporaryFolder, _ named: [(String, String)], isListed: Bool = true, keepsOwn: Bool = true
    ) throws -> Model {
        let path = folder.path("named.gguf")
        try ModelCopy.write(Fixtures.path("chat.gguf"), to: path) { contents in
            if isListed { contents.set("tokenizer.chat_templates", named.map(\.0)) }
            for (name, source) in named { contents.set("tokenizer.chat_template.\(name)", source) }
            // There is no way to take a key out; one that is no text counts as none.
            if !keepsOwn { contents.set("tokenizer.chat_template", UInt32(0)) }
        }
        return try Model(path: path)
    }

    private func prompt(_ model: Model, _ change: (inout ChatOptions) -> Void) throws -> String {
        var options = ChatOptions()
        options.generation.sampling = .greedy
        options.generation.maxTokens = 1
        change(&options)
        var chat = try ChatSession(model, options)
        let answer = try chat.respond(to: "hello")
        return model.detokenize(Array(chat.heldTokens.prefix(answer.promptTokens)))
    }

    private static let templates = [
        ("tool_use", "with {{ tools|length }}: {{ messages[-1].content }}"), ("rag", "rag: {{ messages[-1].content }}"),
    ]

    @Test(arguments: [true, false]) func `tool_use is for tools, others for their names`(isListed: Bool) throws {
        let model = try model(try TemporaryFolder(), Self.templates, isListed: isListed)
        let tools = try ChatJSON(array: "[{}, {}]")
        #expect(try prompt(model) { $0.tools = tools } == "with 2: hello")
        #expect(try prompt(model) { $0.templateName = "rag" } == "rag: hello")
        let own = try prompt(model) { _ in }
        #expect(own.contains("hello") && !own.hasPrefix("rag:") && !own.hasPrefix("with"))
        #expect(try prompt(model) { $0.templateName = "default" } == prompt(model) { _ in })
        var options = ChatOptions()
        options.generation.maxTokens = 1
        var chat = try ChatSession(model, options)
        #expect(chat.template.takesTools)
        _ = try chat.respond(to: "hello")
        chat.tools = tools
        let answer = try chat.respond(to: "again")
        #expect(model.detokenize(Array(chat.heldTokens.prefix(answer.promptTokens))) == "with 2: again")
    }

    @Test func `a name that is not there is an error that lists the others`() throws {
        let model = try model(try TemporaryFolder(), Self.templates)
        let error = #expect(throws: SwiftletError.self) { try prompt(model) { $0.templateName = "nope" } }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.hasSuffix("use one of default, tool_use, rag") == true)
        let both = #expect(throws: SwiftletError.self) {
            try prompt(model) {
                $0.templateName = "rag"
                $0.template = "x"
            }
        }
        #expect(both?.code == .invalidArgument)
    }

    @Test func `without a template of its own a file needs a name`() throws {
        let model = try model(try TemporaryFolder(), Self.templates, keepsOwn: false)
        let error = #expect(throws: SwiftletError.self) { try prompt(model) { _ in } }
        #expect(error?.code == .model && error?.message.hasSuffix("use one of tool_use, rag") == true)
        #expect(try prompt(model) { $0.templateName = "rag" } == "rag: hello")
    }

    @Test func `a tool_use that is not understood matters with tools alone`() throws {
        let model = try model(try TemporaryFolder(), [("tool_use", "{% include 'x' %}")])
        #expect(try !prompt(model) { _ in }.isEmpty)
        let tools = try ChatJSON(array: "[]")
        let error = #expect(throws: SwiftletError.self) { try prompt(model) { $0.tools = tools } }
        #expect(error?.message.contains("\"tool_use\"") == true && error?.message.contains("include") == true)
    }
}
