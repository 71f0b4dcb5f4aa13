import GGUF
import Swiftlet
import TestSupport
import Testing

/// A conversation of more than 2,000 tokens, with a copy of the fixture whose file allows them. What it says so far beyond
/// its training makes no sense; how much of it is computed does.
@Suite struct LongConversationTests {
    @Test func `the second turn computes its new tokens alone, as the interpreter counts them`() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("long.gguf")
        try ModelCopy.write(Fixtures.path("chat.gguf"), to: path) { $0.set("llama.context_length", UInt32(4096)) }
        var options = ChatOptions()
        options.generation.sampling = .greedy
        options.generation.maxTokens = 20
        var chat = try ChatSession(try Model(path: path), options)
        let text = String(repeating: "How do I compute embeddings of my notes? ", count: 220)

        chat.session.startProfile()
        let first = try chat.respond(to: text)
        let firstProfile = chat.session.endProfile()
        #expect(first.promptTokens > 2000)
        #expect(first.computedTokens == first.promptTokens)
        #expect((first.promptTokens...chat.usedTokens).contains(firstProfile.tokens))

        let held = chat.heldTokens
        chat.session.startProfile()
        let second = try chat.respond(to: "What is 2 + 3?")
        let secondProfile = chat.session.endProfile()
        #expect(second.promptTokens > first.promptTokens)
        #expect(second.computedTokens == second.promptTokens - held.count)
        #expect(second.computedTokens < 30)
        #expect(chat.heldTokens.starts(with: held))
        // The prompt's new tokens, and the answer's but for the last, which nothing follows.
        #expect(secondProfile.tokens == chat.usedTokens - held.count)
        #expect(secondProfile.tokens <= second.computedTokens + second.answerTokens)
    }
}
