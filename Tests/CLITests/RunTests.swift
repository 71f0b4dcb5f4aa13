import Foundation
import TestSupport
import Testing

struct RunTests {
    @Test(.enabled(if: Stories.isPresent, .init(rawValue: SharedData.absent)), arguments: Stories.cases, ["1", "2"])
    func `the greedy completion is the reference's, whatever the threads`(
        _ expected: Stories.Case, threads: String
    ) async throws {
        let result = try await CommandLineTool.run(
            "run", "-m", Stories.model, "-p", expected.prompt, "--temperature", "0", "-n", "200", "-t", threads)
        #expect(result.status == 0)
        #expect(result.text == expected.greedyText + "\n")
        #expect(result.errors.isEmpty)
    }

    @Test func `the built-in model needs no file`() async throws {
        let result = try await CommandLineTool.run("run", "Q: What is a fox?\nA:", "-n", "4", "--temperature", "0")
        #expect(result.status == 0)
        #expect(result.text.hasSuffix("\n"))
        #expect(result.text.count > 1)
    }

    @Test func `the same seed gives the same text`() async throws {
        let arguments = ["run", "hello", "-n", "8", "--seed", "7", "--temperature", "1.5"]
        let results = [try await CommandLineTool.run(arguments), try await CommandLineTool.run(arguments)]
        #expect(results[0].output == results[1].output)
        #expect(results[0].status == 0)
    }

    @Test func `a prompt comes from an argument, an option, a file or standard input`() async throws {
        let folder = try TemporaryFolder()
        try folder.write(Data("hello".utf8), as: "prompt.txt")
        let rest = ["-n", "4", "--temperature", "0"]
        let expected = try await CommandLineTool.run(["run", "hello"] + rest)
        #expect(expected.status == 0)
        for arguments in [["-p", "hello"], ["-f", folder.path("prompt.txt")]] {
            #expect(try await CommandLineTool.run(["run"] + arguments + rest).output == expected.output)
        }
        for arguments in [[], ["-f", "-"]] {
            let result = try await CommandLineTool.run(["run"] + arguments + rest, input: Data("hello".utf8))
            #expect(result.output == expected.output)
        }
    }

    @Test func `echo prints the prompt before the completion`() async throws {
        let result = try await CommandLineTool.run("run", "--echo", "-p", "-dashes", "-n", "2")
        #expect(result.status == 0)
        #expect(result.text.hasPrefix("-dashes"))
    }

    @Test func `an error in a grammar or schema names its file`() async throws {
        let folder = try TemporaryFolder()
        let grammar = try folder.write(Data("root ::= [a".utf8), as: "g.gbnf").path
        let schema = try folder.write(Data(#"{"type": 5}"#.utf8), as: "s.json").path
        for (option, path) in [("--grammar", grammar), ("--json-schema", schema)] {
            let result = try await CommandLineTool.run("run", "hello", option, path)
            #expect(result.status == 1 && result.errors.hasPrefix("swiftlet: error: \(path): "), "\(result.errors)")
        }
    }

    @Test func `a text that its schema wants more of is told, and --stats tells why it ended`() async throws {
        let folder = try TemporaryFolder()
        let schema = try folder.write(
            Data(#"{"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}"#.utf8),
            as: "s.json"
        ).path
        func run(_ arguments: String...) async throws -> CommandLineTool.Result {
            let result = try await CommandLineTool.run(
                ["run", "A person as JSON:", "--json-schema", schema, "--temperature", "1.5", "--seed", "3"] + arguments
            )
            #expect(result.status == 0)
            return result
        }
        let cut = try await run("-n", "3")
        #expect(cut.errors.contains("the text is unfinished by its grammar or schema after 3 tokens"))
        #expect(cut.errors.contains("use -n with that or more") && cut.errors.split(separator: "\n").count == 1)
        // {"name":""} has 11 bytes, and fewer tokens.
        for count in ["11", "12", "40"] {
            let whole = try await run("-n", count, "--stats")
            #expect(whole.errors.contains("end: ") && whole.errors.contains("the grammar is complete"))
            #expect(!whole.errors.contains("unfinished"))
            let value = try JSONSerialization.jsonObject(with: whole.output) as? [String: String]
            #expect(value?["name"] != nil, "\(whole.text)")
        }
        let stopped = try await run("--stop", "\"")
        #expect(stopped.errors.contains("a stop string ended it"))
        let free = try await CommandLineTool.run("run", "hello", "-n", "2", "--ignore-eos", "--stats")
        #expect(free.errors.contains("end: length\n"))
        let full = try await CommandLineTool.run("run", "hello", "--context", "8", "--stats", "--ignore-eos")
        #expect(full.errors.contains("end: context\n"))
    }

    @Test func `no tokens are a line break alone`() async throws {
        let result = try await CommandLineTool.run("run", "hello", "-n", "0")
        #expect(result.status == 0)
        #expect(result.text == "\n")
    }

    @Test(.enabled(if: Stories.isPresent, .init(rawValue: SharedData.absent)))
    func `a stop string ends the completion before it`() async throws {
        let expected = try #require(Stories.cases.first)
        let result = try await CommandLineTool.run(
            "run", "-m", Stories.model, expected.prompt, "--temperature", "0", "-n", "50", "--stop", "no such text",
            "--stop", ". ")
        #expect(result.status == 0)
        #expect(result.text == (expected.greedyText.components(separatedBy: ". ").first ?? "") + "\n")
    }

    @Test func `a full context ends the completion and is told`() async throws {
        let result = try await CommandLineTool.run("run", "hello", "--context", "8", "--ignore-eos")
        #expect(result.status == 0)
        #expect(result.errors == "swiftlet: the context of 8 tokens is full\n")
    }

    @Test func `fewer tokens than asked for, because the context is full, is an error that says so`() async throws {
        let result = try await CommandLineTool.run(
            "run", "Hello", "--context", "8", "-n", "30", "--ignore-eos", "--temperature", "0")
        #expect(result.status == 1 && !result.output.isEmpty)
        #expect(result.errors.contains("the context of 8 tokens is full after"))
        #expect(result.errors.contains("use a smaller -n, or a larger --context"))
    }

    @Test func `statistics go to standard error`() async throws {
        let result = try await CommandLineTool.run("run", "hello", "-n", "2", "--stats")
        #expect(result.status == 0)
        #expect(result.errors.contains("tokens/s"))
        #expect(!result.text.contains("tokens/s"))
    }

    #if os(Linux)
        @Test(arguments: ["1", "2", "3"])
        func `text comes in pieces of whole characters`(seed: String) async throws {
            let (reading, writing) = try WritesApart.handles()
            let tool = try CommandLineTool(
                [
                    "run", "\u{1F409}", "-n", "60", "--ignore-eos", "--temperature", "5", "--top-k", "0",
                    "--top-p", "1", "--min-p", "0", "--seed", seed,
                ], output: writing)
            var pieces: [Data] = []
            let result = try await tool.finish { _ in
                try writing.close()
                while case let piece = reading.availableData, !piece.isEmpty { pieces.append(piece) }
            }
            #expect(result.status == 0)
            #expect(pieces.count > 1)
            for piece in pieces { #expect(String(data: piece, encoding: .utf8) != nil) }
        }
    #endif

    @Test func `Ctrl-C ends the completion with code 130`() async throws {
        let tool = try CommandLineTool(["run", "hello", "--ignore-eos"])
        let result = try await tool.finish { tool in
            while tool.isRunning, tool.outputSoFar.isEmpty { Thread.sleep(forTimeInterval: 0.01) }
            tool.interrupt()
        }
        #expect(result.status == 130)
        #expect(result.text.hasSuffix("\n"))
    }
}

#if os(Linux)
    /// A connection that keeps writes apart, so that it does not matter how late they are read.
    private enum WritesApart {
        static func handles() throws -> (reading: FileHandle, writing: FileHandle) {
            var ends: [CInt] = [-1, -1]
            try #require(unsafe socketpair(AF_UNIX, CInt(SOCK_SEQPACKET.rawValue), 0, &ends) == 0)
            return (
                FileHandle(fileDescriptor: ends[0], closeOnDealloc: true),
                FileHandle(fileDescriptor: ends[1], closeOnDealloc: true)
            )
        }
    }
#endif
