import Foundation
import GGUF
import TestSupport
import Testing

/// `swiftlet chat` with input from a pipe, and at a terminal.
@Suite struct ChatTests {
    @Test func `one question, one answer`() async throws {
        let result = try await CommandLineTool.run(
            "chat", "--once", "How do I compute embeddings?", "--temperature", "0")
        #expect(result.status == 0 && result.errors.isEmpty)
        #expect(result.text.contains("swiftlet embed"))
    }

    @Test(arguments: ["9223372036854775807", "4294967296"])
    func `an answer may be as long as it likes`(count: String) async throws {
        for flags in [[], ["--context-shift"]] {
            let result = try await CommandLineTool.run(
                ["chat", "--once", "What is 2 + 3?", "--temperature", "0", "-n", count] + flags)
            #expect(result.status == 0 && result.text.contains("5"), "\(result.errors)")
        }
    }

    @Test func `the command for embeddings is named at the default settings, too`() async throws {
        for seed in 1...5 {
            let result = try await CommandLineTool.run(
                "chat", "--once", "How do I compute embeddings?", "--seed", "\(seed)")
            #expect(result.text.contains("swiftlet embed"), "seed \(seed)")
        }
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

    @Test func `the second turn of 2,000 tokens computes what is new, and /stats shows it`() async throws {
        let folder = try TemporaryFolder()
        let model = folder.path("long.gguf")
        try ModelCopy.write(Fixtures.path("chat.gguf"), to: model) { $0.set("llama.context_length", UInt32(4096)) }
        let question = String(repeating: "How do I compute embeddings of my notes? ", count: 220)
        let script = "\(question)\n/stats\nWhat is 2 + 3?\n/stats\n"
        let result = try await CommandLineTool.run(
            ["chat", "-m", model, "--temperature", "0", "-n", "20"], input: Data(script.utf8))
        #expect(result.status == 0, "\(result.errors)")
        func counts(_ name: String) -> [Int] {
            result.text.split(separator: "\n").filter { $0.hasPrefix(name + " ") }.compactMap { line in
                line.dropFirst(name.count).split(separator: " ").first.flatMap { count in
                    Int(count.filter { $0 != "," })
                }
            }
        }
        let (held, computed) = (counts("prompt, from before"), counts("prompt, computed"))
        let (answers, used) = (counts("answer"), counts("context used"))
        for counts in [held, computed, answers, used] { try #require(counts.count == 2, "\(result.text)") }
        #expect(held[0] == 0 && computed[0] > 2000)
        #expect(held[1] == used[0] && used[0] >= computed[0] + answers[0] - 1)
        #expect(computed[1] < 30)
    }

    @Test func `/set shows the steps in their order, and changes one`() async throws {
        let script = """
            /set
            /set logit-bias 7=1.5,9=-inf
            /set repeat-penalty 1.25
            /set repeat-last-n -1
            /set min-tokens 3
            /set typical-p 0.5
            /set
            /set top-p 0
            """
        let result = try await CommandLineTool.run(
            ["chat", "--temperature", "0", "--top-k", "5"], input: Data(script.utf8))
        #expect(result.errors.contains("top-p is 0.0"))
        let settings = result.text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        let names = [
            "logit-bias", "repeat-penalty", "frequency-penalty", "presence-penalty", "repeat-last-n", "top-k",
            "typical-p",
            "top-p", "min-p", "temperature", "seed", "min-tokens", "max-tokens", "reasoning", "thinking",
        ]
        #expect(settings.map { $0.first ?? "" } == ["setting"] + names + ["setting"] + names)
        let before = Dictionary(settings.prefix(16).map { ($0[0], $0[1]) }) { $1 }
        #expect(before["logit-bias"] == "none" && before["top-k"] == "5" && before["repeat-last-n"] == "64")
        let after = Dictionary(settings.suffix(16).map { ($0[0], $0[1]) }) { $1 }
        #expect(after["logit-bias"] == "7=1.5,9=-inf" && after["repeat-penalty"] == "1.25")
        #expect(after["repeat-last-n"] == "-1" && after["min-tokens"] == "3" && after["typical-p"] == "0.5")
    }

    @Test func `what the file recommends is the default, and flags come before it`() async throws {
        let folder = try TemporaryFolder()
        func model(_ change: (inout GGUFContents) -> Void) throws -> String {
            let path = folder.path("recommending.gguf")
            try ModelCopy.write(Fixtures.path("chat.gguf"), to: path, change)
            return path
        }
        func setting(_ name: String, _ arguments: String...) async throws -> String? {
            let result = try await CommandLineTool.run(["chat"] + arguments, input: Data("/set\n".utf8))
            let lines = result.text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
            return lines.first { $0.first == name }?.last
        }
        let path = try model {
            $0.set("general.sampling.temp", Float(0.25))
            $0.set("general.sampling.top_k", Int32(7))
        }
        #expect(try await setting("temperature", "-m", path) == "0.25")
        #expect(try await setting("top-k", "-m", path, "--temperature", "0.5") == "7")
        #expect(try await setting("temperature", "-m", path, "--temperature", "0.5") == "0.5")
        #expect(try await setting("temperature", "-m", path, "--no-recommended") == "0.8")
        let damaged = try model { $0.set("general.sampling.temp", "hot") }
        for command in [["chat", "--once", "x"], ["run", "x", "-n", "1"]] {
            let result = try await CommandLineTool.run(command + ["-m", damaged])
            #expect(result.status == 1)
            #expect(result.errors.contains("general.sampling.temp") && result.errors.contains("--no-recommended"))
            #expect(try await CommandLineTool.run(command + ["-m", damaged, "--no-recommended"]).status == 0)
        }
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
