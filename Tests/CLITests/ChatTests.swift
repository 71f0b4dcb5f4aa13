import Foundation
import Testing

/// `swiftlet chat` with input from a pipe, and at a terminal.
@Suite struct ChatTests {
    @Test func `one question, one answer`() async throws {
        let result = try await CommandLineTool.run(
            "chat", "--once", "How do I compute embeddings?", "--temperature", "0")
        #expect(result.status == 0 && result.errors.isEmpty)
        #expect(result.text.contains("swiftlet embed"))
    }

    @Test func `lines from a pipe are messages and commands`() async throws {
        let script = """
            What is 2 + 3?
            /stats
            /undo
            What is the capital \\
            of France?
            /set temperature
            /set top-k 10
            /system
            /exit
            never read
            """
        let result = try await CommandLineTool.run("chat", "--temperature", "0", input: Data(script.utf8))
        #expect(result.status == 1, "a command that fails ends a script")
        #expect(result.text.contains("5") && result.text.contains("prompt, computed"))
        #expect(result.errors.contains("use /set temperature value"))
    }

    private struct Transcript: Decodable {
        struct Message: Decodable {
            let role: String
            let content: String
        }

        let messages: [Message]
    }

    @Test func `a transcript is JSON and nothing else`() async throws {
        let result = try await CommandLineTool.run(
            "chat", "--json", "--temperature", "0", "--system", "Be brief.", input: Data("What is 2 + 3?\n".utf8))
        let transcript = try result.decoded(Transcript.self)
        #expect(transcript.messages.map(\.role) == ["system", "user", "assistant"])
        #expect(transcript.messages.last?.content.contains("5") == true)
    }

    @Test(arguments: [
        (["chat", "-n", "0"], "use -n with 1 or more"),
        (["chat", "--reasoning", "loud"], "'loud' is invalid"),
        (["chat", "--once", "x", "--load", "/nowhere"], "/nowhere"),
        (["chat", "--once", "x", "--template", "/nowhere"], "/nowhere"),
    ])
    func `wrong input is answered with what is wrong`(arguments: [String], answer: String) async throws {
        let result = try await CommandLineTool.run(arguments)
        #expect(result.status != 0)
        #expect(result.errors.contains(answer))
    }

    #if os(Linux)
        @Test func `at a terminal lines are edited, answers stop, and a saved conversation goes on`() async throws {
            let folder = try TemporaryFolder()
            let terminal = try Terminal(["chat", "--temperature", "0"], home: folder.url.path)
            try await terminal.expect("> ")
            try terminal.type("What is 2 + 4?\u{7F}\u{7F}3?\r")  // two backspaces
            try await terminal.expect("5")
            try await terminal.expect("tokens used]")
            terminal.resize(rows: 10, columns: 40)
            try terminal.type("\u{1B}[A")  // the line before
            try await terminal.expect("What is 2 + 3?")
            try terminal.type("\u{3}")  // Ctrl-C drops the line
            try await terminal.expect("/exit leaves]")
            try terminal.type("/sa\t" + folder.url.path + "/talk\r")
            try terminal.type("\u{1B}[200~" + String(repeating: "long line\n", count: 1000) + "\u{1B}[201~\r")
            try await terminal.expect("the conversation has")  // 10,000 characters do not fit
            try terminal.type("How do I compute embeddings?\r")
            try await terminal.expect("swiftlet embed")
            try await terminal.expect("tokens used]")
            try terminal.type("/set max-tokens 400\r")
            try terminal.type("/exit\r")
            #expect(await terminal.end() == 0)

            let again = try Terminal(
                ["chat", "--temperature", "0", "--load", folder.url.path + "/talk"], home: folder.url.path)
            try await again.expect("> ")
            try again.type("How do I compute embeddings?\r")
            try await again.expect("swiftlet embed")
            try await again.expect("tokens used]")
            try again.type("\u{1B}[A\u{1B}[A")  // the history of the run before
            try await again.expect("/exit")
            try again.type("\u{3}")
            try await again.expect("/exit leaves]")
            try again.type("\u{4}")  // Ctrl-D
            #expect(await again.end() == 0)
        }
    #endif
}
