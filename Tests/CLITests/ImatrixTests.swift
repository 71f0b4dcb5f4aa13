import Foundation
import TestSupport
import Testing

/// Importance matrices and divergences by the command line.
@Suite struct ImatrixTests {
    private static let model = Fixtures.path("models/llama-f32.gguf")
    private static let text = Fixtures.path("golden/README.md")

    private static func imatrix(_ output: String, _ more: String...) async throws -> CommandLineTool.Result {
        try await CommandLineTool.run(["imatrix", "-m", model, "-o", output, "--chunk-size", "32"] + more)
    }

    @Test func `a matrix is gathered, resumed, merged and used`() async throws {
        let folder = try TemporaryFolder()
        let whole = try await Self.imatrix(folder.path("whole.gguf"), "-f", Self.text, "--chunks", "6")
        #expect(whole.status == 0, "\(whole.errors)")
        #expect(whole.text.contains("whole.gguf: 14 weights, 6 chunks of 32 tokens"))
        // As if the run had been stopped behind the second chunk.
        let part = try await Self.imatrix(folder.path("part.gguf"), "-f", Self.text, "--chunks", "2")
        #expect(part.status == 0)
        let resumed = try await Self.imatrix(folder.path("part.gguf"), "-f", Self.text, "--chunks", "6", "--resume")
        #expect(resumed.status == 0, "\(resumed.errors)")
        #expect(try folder.read("part.gguf") == folder.read("whole.gguf"))
        let other = try await Self.imatrix(
            folder.path("part.gguf"), "-f", Fixtures.path("models/README.md"), "--chunks", "6", "--resume")
        #expect(other.status == 1 && other.errors.contains("was not begun with these texts"))
        let merged = try await CommandLineTool.run(
            "imatrix", "--in-file", folder.path("whole.gguf"), "--in-file",
            Fixtures.path("golden/imatrix/llama-f32.dat"),
            "-o", folder.path("both.gguf"))
        #expect(merged.status == 0, "\(merged.errors)")
        #expect(merged.text.contains("14 weights, 9 chunks of 32 tokens"))
        let quantized = try await CommandLineTool.run(
            "quantize", Self.model, folder.path("q.gguf"), "--type", "iq4_nl", "--imatrix", folder.path("both.gguf"))
        #expect(quantized.status == 0, "\(quantized.errors)")
        let plain = try await CommandLineTool.run(
            "quantize", Self.model, folder.path("plain.gguf"), "--type", "iq4_nl")
        #expect(plain.status == 0)
        #expect(try folder.read("q.gguf") != folder.read("plain.gguf"))
    }

    @Test(arguments: [SIGINT, SIGTERM]) func `a signal keeps what is done, and resuming completes it`(
        signal: Int32
    ) async throws {
        let folder = try TemporaryFolder()
        let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: Self.text)), as: UTF8.self)
        try folder.write(Data(String(repeating: text, count: 40).utf8), as: "text.txt")
        let arguments = [
            "imatrix", "-m", Self.model, "-f", folder.path("text.txt"), "-o", folder.path("out.gguf"), "--chunk-size",
            "32",
        ]
        let process = Process()
        process.executableURL = CommandLineTool.url
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        // The file is there when some chunks are done.
        while process.isRunning, !folder.names.contains("out.gguf") { try await Task.sleep(for: .milliseconds(1)) }
        kill(process.processIdentifier, signal)
        process.waitUntilExit()
        #expect(folder.names == ["out.gguf", "text.txt"])
        let wasStopped = process.terminationReason == .uncaughtSignal
        #expect(wasStopped ? process.terminationStatus == signal : process.terminationStatus == 0)
        let resumed = try await CommandLineTool.run(arguments + ["--resume"])
        #expect(resumed.status == 0, "\(resumed.errors)")
        let whole = try await CommandLineTool.run(arguments.map { $0.replacing("out.gguf", with: "whole.gguf") })
        #expect(whole.status == 0)
        #expect(try folder.read("out.gguf") == folder.read("whole.gguf"))
    }

    @Test func `predictions are compared with a base`() async throws {
        let folder = try TemporaryFolder()
        let base = folder.path("base.kl")
        let written = try await CommandLineTool.run(
            "perplexity", "-m", Self.model, Self.text, "--window", "32", "--kl-base", base)
        #expect(written.status == 0, "\(written.errors)")
        #expect(written.errors.contains("base.kl: "))
        let same = try await CommandLineTool.run(
            "perplexity", "-m", Self.model, "--kl-base", base, "--kl-divergence")
        #expect(same.status == 0 && same.text.contains("same top token "), "\(same.text)")
        let other = try await CommandLineTool.run(
            "perplexity", "-m", Fixtures.path("models/llama-q4_0.gguf"), "--kl-base", base, "--kl-divergence", "--json")
        #expect(other.status == 0, "\(other.errors)")
        let report = try #require(try JSONSerialization.jsonObject(with: other.output) as? [String: Any])
        let divergence = try #require(report["kl_divergence"] as? [String: Double])
        #expect(try #require(divergence["value"]) > 0 && #require(divergence["error"]) > 0)
        let percentiles = try #require(report["kl_percentiles"] as? [String: Double])
        #expect(Set(percentiles.keys) == ["90.0", "95.0", "99.0", "99.9"])
        #expect(report["window"] as? Int == 32)
        let foreign = try await CommandLineTool.run(
            "perplexity", "-m", Fixtures.path("chat.gguf"), "--kl-base", base, "--kl-divergence")
        #expect(foreign.status == 1 && foreign.errors.contains("vocabulary"))
    }

    @Test(arguments: [
        (["imatrix", "-o", "x.gguf"], "there is no text"),
        (["imatrix", "-f", "a", "-o", "x", "--chunks", "0"], "--chunks"),
        (["imatrix", "-f", "a", "-o", "x", "--chunk-size", "1"], "--chunk-size"),
        (["imatrix", "--in-file", "a", "-o", "x", "--resume"], "--resume"),
        (["perplexity", "--kl-divergence"], "--kl-base"),
        (["perplexity", "a", "--kl-base", "b", "--kl-divergence"], "leave out others"),
        (["perplexity", "a", "--kl-base", "b", "--stride", "4"], "do not overlap"),
        (["convert", "a", "b", "--type", "iq2_xs"], "needs an importance matrix"),
    ])
    func `wrong usage is answered`(arguments: [String], part: String) async throws {
        let result = try await CommandLineTool.run(arguments)
        #expect(result.status == 64 && result.errors.contains(part), "\(result.errors)")
    }
}
