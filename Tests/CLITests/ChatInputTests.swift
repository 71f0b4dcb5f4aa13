import Foundation
import GGUF
import TestSupport
import Testing

/// Commands and messages in the input of `swiftlet chat`.
@Suite struct ChatInputTests {
    struct Transcript: Decodable {
        struct Message: Decodable {
            let role: String
            let content: String
            let end: String?
            let grammar_complete: Bool?
        }

        let messages: [Message]
    }

    @Test(arguments: [
        ("\"\"\"\n/usr/bin/foo is missing\nwhy?\n\"\"\"\n", "/usr/bin/foo is missing\nwhy?"),
        ("\"\"\"\n/exit\n\"\"\"\n", "/exit"), ("\"\"\"\n//two\n\"\"\"\n", "//two"),
        ("\"\"\"\n\n/stats\n\"\"\"\n", "\n/stats"), ("/help \\\nme\n", "/help \nme"), ("//one\n", "/one"),
        ("a\\\n/exit\n", "a\n/exit"), ("\"\"\"\n/unclosed\n", "/unclosed"),
    ])
    func `only a line alone is a command`(input: String, message: String) async throws {
        let result = try await CommandLineTool.run("chat", "--json", "-n", "1", input: Data(input.utf8))
        #expect(result.status == 0 && result.errors.isEmpty)
        #expect(try result.decoded(Transcript.self).messages.first?.content == message)
    }

    @Test func `a line alone that begins with a slash is a command`() async throws {
        let result = try await CommandLineTool.run("chat", "--json", input: Data("/usr/bin/foo\n".utf8))
        #expect(result.status == 1 && result.errors.contains("there is no command '/usr/bin/foo'"))
    }

    private static let array = #"root ::= "[" [0-9] ("," [0-9])* "]""#

    @Test func `a transcript tells why answers ended`() async throws {
        let folder = try TemporaryFolder()
        let grammar = try folder.write(Data(#"root ::= "yes" | "no""#.utf8), as: "g.gbnf").path
        let input = Data("one\ntwo\n/undo\n/system Be brief.\nthree\n".utf8)
        let free = try await CommandLineTool.run(["chat", "--json", "-n", "2", "--temperature", "0"], input: input)
        let messages = try free.decoded(Transcript.self).messages
        #expect(messages.map(\.role) == ["system", "user", "assistant", "user", "assistant"])
        #expect(messages.map(\.end) == [nil, nil, "length", nil, "length"])
        #expect(messages.allSatisfy { $0.grammar_complete == nil })
        let kept = try await CommandLineTool.run(
            ["chat", "--json", "--grammar", grammar, "--once", "Is it?"])
        let answer = try #require(try kept.decoded(Transcript.self).messages.last)
        #expect(answer.end == "grammar" && answer.grammar_complete == true && kept.errors.isEmpty)
        let long = try folder.write(Data(Self.array.utf8), as: "l.gbnf").path
        let cut = try await CommandLineTool.run(["chat", "--json", "--grammar", long, "-n", "1", "--once", "List."])
        let half = try #require(try cut.decoded(Transcript.self).messages.last)
        #expect(half.end == "length" && half.grammar_complete == false)
        #expect(cut.errors.contains("unfinished by its grammar") && cut.errors.split(separator: "\n").count == 1)
    }

    // MARK: - Templates

    private static let tools = #"[{"type": "function", "function": {"name": "weather"}}]"#

    /// A copy of the built-in model whose templates put their names before the message.
    private func model(_ folder: TemporaryFolder) throws -> String {
        let path = folder.path("named.gguf")
        try ModelCopy.write(Fixtures.path("chat.gguf"), to: path) { contents in
            contents.set("tokenizer.chat_templates", ["tool_use", "rag"])
            for name in ["tool_use", "rag"] {
                contents.set(
                    "tokenizer.chat_template.\(name)",
                    "\(name) {{ (tools or [])|length }} {{ messages[-1].content }}")
            }
        }
        return path
    }

    @Test func `named templates are taken by their names, and tool_use with tools`() async throws {
        let folder = try TemporaryFolder()
        let path = try model(folder)
        let tools = try folder.write(Data(Self.tools.utf8), as: "tools.json").path
        func tokens(_ arguments: String...) async throws -> String {
            let all = ["chat", "-m", path, "-n", "1", "--temperature", "0"] + arguments
            let result = try await CommandLineTool.run(all, input: Data("hello\n/tokens\n".utf8))
            #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
            return result.text.replacing("|", with: "")
        }
        #expect(try await tokens("--template-name", "rag").contains("rag 0 hello"))
        #expect(try await tokens("--tools", tools).contains("tool_use 1 hello"))
        #expect(try await tokens("--template-name", "rag", "--tools", tools).contains("rag 1 hello"))
        for arguments in [[], ["--template-name", "default"]] {
            let text = try await CommandLineTool.run(
                ["chat", "-m", path, "-n", "1"] + arguments, input: Data("hello\n/tokens\n".utf8)
            ).text
            #expect(!text.contains("rag") && !text.contains("tool_use"))
        }
        let unknown = try await CommandLineTool.run("chat", "-m", path, "--template-name", "nope", "--once", "x")
        #expect(unknown.status == 1 && unknown.errors.contains("\"nope\": use one of default, tool_use, rag"))
        let both = try await CommandLineTool.run(
            "chat", "-m", path, "--template-name", "rag", "--template", tools, "--once", "x")
        #expect(both.status != 0 && both.errors.contains("--template and --template-name exclude each other"))
    }

    @Test func `a template that reads no tools says so`() async throws {
        let folder = try TemporaryFolder()
        let tools = try folder.write(Data(Self.tools.utf8), as: "tools.json").path
        // A template that has the word and does not read the variable.
        let template = try folder.write(
            Data("{% set x = {'tools': 1} %}{{ x.tools }}{{ messages[-1].content }}".utf8), as: "t.jinja"
        ).path
        for arguments in [[], ["--template", template]] {
            let result = try await CommandLineTool.run(
                ["chat", "--once", "x", "-n", "1", "--tools", tools] + arguments)
            #expect(result.status == 0)
            #expect(result.errors.hasPrefix("swiftlet: the chat template has no place for tools"))
            #expect(result.errors.split(separator: "\n").count == 1)
        }
    }

    #if os(Linux)
        @Test func `at a terminal what is pasted is a message, and what is typed a command`() async throws {
            let folder = try TemporaryFolder()
            let terminal = try Terminal(["chat", "--json", "-n", "1"], home: folder.url.path)
            func paste(_ text: String) -> String { "\u{1B}[200~" + text + "\u{1B}[201~" }
            try await terminal.expect("> ")
            try terminal.type(paste("/usr/bin/foo is missing") + "\r")
            try await terminal.expect("tokens used]")
            try terminal.type(paste("//two") + " more\r")
            try await terminal.expect("tokens used]")
            try terminal.type(paste("/first\n/second") + "\r")
            try await terminal.expect("tokens used]")
            try terminal.type("\u{1B}[A\u{1B}[A\u{1B}[A\r")  // the first of them from the history
            try await terminal.expect("tokens used]")
            try terminal.type("/edit\r\r")  // the same again
            try await terminal.expect("tokens used]")
            try terminal.type(paste("/nothing") + "\u{15}/stats\r")  // Ctrl-U takes the paste away
            try await terminal.expect("prompt, computed")
            try terminal.type("/system " + paste("/be brief") + "\r")
            try terminal.type("/exit\r")
            for text in [
                "/be brief", "/usr/bin/foo is missing", "//two more", "/first\\n/second", "/usr/bin/foo is missing",
            ] {
                try await terminal.expect("\"content\" : \"\(text)\"")
            }
            #expect(await terminal.end() == 0)
        }

        @Test func `at a terminal /edit brings back all lines of a message`() async throws {
            let folder = try TemporaryFolder()
            let terminal = try Terminal(["chat", "--json", "-n", "1"], home: folder.url.path)
            try await terminal.expect("> ")
            try terminal.type("\"\"\"\r/one\rtwo\r\"\"\"\r")
            try await terminal.expect("tokens used]")
            try terminal.type("/edit\r")
            try terminal.type(" more\r")
            try await terminal.expect("tokens used]")
            try terminal.type("/exit\r")
            try await terminal.expect("\"content\" : \"/one\\ntwo more\"")
            #expect(await terminal.end() == 0)
        }
    #endif
}
