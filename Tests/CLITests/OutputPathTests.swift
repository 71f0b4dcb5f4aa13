import Foundation
import TestSupport
import Testing

/// No command replaces a file that it reads.
@Suite struct OutputPathTests {
    /// A command that would, with `IN` and `OUT` for the paths of one file, and the file's content.
    struct Job: CustomTestStringConvertible, Sendable {
        let arguments: [String]
        let fixture: String?
        /// Standard input is the file, and no argument names it.
        var readsInput = false

        init(_ arguments: String..., fixture: String? = nil, readsInput: Bool = false) {
            self.arguments = arguments
            self.fixture = fixture
            self.readsInput = readsInput
        }

        var testDescription: String { arguments.joined(separator: " ") }
    }

    private static let lines = Data("a cat\nthe mat\n".utf8)
    private static let fixture = Fixtures.path("")

    static let jobs = [
        Job("logits", "-m", "IN", "-p", "ab", "-o", "OUT", fixture: "chat.gguf"),
        Job("logits", "-f", "IN", "-o", "OUT"),
        Job("embed", "-m", "IN", "a", "--format", "npy", "-o", "OUT", fixture: "embed.gguf"),
        Job("embed", "-f", "IN", "--format", "csv", "-o", "OUT"),
        Job("embed", "--format", "jsonl", "-o", "OUT", readsInput: true),
        Job("search", "--build", "IN", "--index", "OUT"),
        Job("search", "-m", "IN", "--build", fixture + "unicode/README.md", "--index", "OUT", fixture: "embed.gguf"),
        Job("quantize", "IN", "OUT", "--type", "q8_0", fixture: "models/llama-f32.gguf"),
    ]

    enum Name: String, CaseIterable { case same, symbolicLink, hardLink }

    private func data(_ job: Job) throws -> Data {
        try job.fixture.map { try Data(contentsOf: URL(fileURLWithPath: Fixtures.path($0))) } ?? Self.lines
    }

    @Test(arguments: jobs, Name.allCases)
    func `an input is not replaced, whatever its name`(job: Job, name: Name) async throws {
        let folder = try TemporaryFolder()
        let content = try data(job)
        let input = try folder.write(content, as: "input").path
        let output = name == .same ? input : folder.path("output")
        switch name {
        case .same: break
        case .symbolicLink: try FileManager.default.createSymbolicLink(atPath: output, withDestinationPath: input)
        case .hardLink: try FileManager.default.linkItem(atPath: input, toPath: output)
        }
        let before = folder.names
        let arguments = job.arguments.map { $0 == "IN" ? input : $0 == "OUT" ? output : $0 }
        let result =
            if job.readsInput {
                try await CommandLineTool(arguments, inputPath: input).finish()
            } else {
                try await CommandLineTool.run(arguments)
            }
        #expect(result.status == 1)
        let named = job.readsInput ? "standard input" : input
        #expect(
            result.errors.contains(
                "\(output): cannot write: the output would replace its own input \(named); name another"),
            "\(result.errors)")
        #expect(try folder.read("input") == content && folder.names == before)
    }

    @Test func `the files of a folder that is converted stay`() async throws {
        let folder = try TemporaryFolder()
        let model = folder.path("bert")
        try FileManager.default.copyItem(atPath: Fixtures.path("conversion/bert"), toPath: model)
        let names = try FileManager.default.contentsOfDirectory(atPath: model).sorted()
        for name in ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"] {
            let before = try folder.read("bert/\(name)")
            let result = try await CommandLineTool.run("convert", model, "\(model)/\(name)")
            #expect(result.status == 1 && result.errors.contains("its own input \(model)/\(name)"), "\(result.errors)")
            #expect(try folder.read("bert/\(name)") == before)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: model).sorted() == names)
    }

    @Test func `a conversation is saved over its own state, and over no model, template or device`() async throws {
        let folder = try TemporaryFolder()
        let model = try Data(contentsOf: URL(fileURLWithPath: Fixtures.path("chat.gguf")))
        let path = try folder.write(model, as: "model.gguf").path
        let template = Data("{% for m in messages %}{{ m.content }}{% endfor %}".utf8)
        let templatePath = try folder.write(template, as: "template").path
        let state = folder.path("state")
        let lines = ["/save \(state)", "/load \(state)", "/save \(state)"]
        func chat(_ lines: [String]) async throws -> CommandLineTool.Result {
            try await CommandLineTool.run(
                "chat", "-m", path, "--template", templatePath, input: Data(lines.joined(separator: "\n").utf8))
        }
        let saved = try await chat(lines)
        #expect(saved.status == 0 && saved.errors.isEmpty, "\(saved.errors)")
        for (target, answer) in [
            (path, "its own input \(path)"), (templatePath, "input \(templatePath)"), ("/dev/null", "device"),
        ] {
            let result = try await chat(["/save \(target)"])
            #expect(
                result.errors.contains("\(target): cannot write") && result.errors.contains(answer), "\(result.errors)")
        }
        #expect(try folder.read("model.gguf") == model && folder.read("template") == template)
        #expect(folder.names == ["model.gguf", "state", "template"])
    }

    @Test func `an index is built again in its place`() async throws {
        let folder = try TemporaryFolder()
        let lines = try folder.write(Self.lines, as: "lines").path
        for _ in 0..<2 {
            let result = try await CommandLineTool.run("search", "--build", lines, "--index", folder.path("i"), "cat")
            #expect(result.status == 0 && result.text.contains("a cat"), "\(result.errors)")
        }
    }

    @Test func `the target of a link is written, not the link`() async throws {
        let folder = try TemporaryFolder()
        let target = try folder.write(Data(), as: "target").path
        try FileManager.default.createSymbolicLink(atPath: folder.path("link"), withDestinationPath: target)
        let model = Fixtures.path("models/llama-f32.gguf")
        let result = try await CommandLineTool.run("quantize", model, folder.path("link"), "--type", "q8_0")
        #expect(result.status == 0, "\(result.errors)")
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder.path("link")) == target)
        #expect(try folder.read("target").starts(with: Data("GGUF".utf8)))
    }

    @Test(arguments: [
        ["quantize", fixture + "models/llama-f32.gguf", "/no/such/out", "--type", "q8_0"],
        ["convert", fixture + "conversion/bert", "/no/such/out"],
        ["embed", "a", "-o", "/no/such/out"],
        ["logits", "-p", "a", "-o", "/no/such/out"],
        ["search", "--build", fixture + "unicode/README.md", "--index", "/no/such/out"],
    ])
    func `an error names the path that was given, and no temporary one`(arguments: [String]) async throws {
        let result = try await CommandLineTool.run(arguments)
        #expect(result.status == 1)
        #expect(
            result.errors.contains(/\/no\/such\/out: .*No such file/) && !result.errors.contains(".tmp"),
            "\(result.errors)")
    }
}
