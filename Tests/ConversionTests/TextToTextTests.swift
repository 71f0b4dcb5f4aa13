import Conversion
import Foundation
import GGUF
import Swiftlet
import TestSupport
import Testing

/// Text-to-text models as transformers saves them, against what transformers computes (`Fixtures/conversion/README.md`).
@Suite struct TextToTextTests {
    struct Expected: Decodable {
        let texts: [String]
        let ids: [[Token]]
        let target: [Token]
        /// Of the last two tokens of the target, given the first text.
        let logits: [[Float]]
        /// Of each text, by the folder's generation settings.
        let generated: [[Token]]
    }

    @Test(arguments: ["t5", "umt5", "bart", "mbart", "marian", "m2m100", "pegasus"])
    func `ids and logits are those of transformers`(name: String) throws {
        let folder = try ModelFolderCopy(name)
        let file = try folder.converted()
        let expected = try JSONDecoder().decode(
            Expected.self, from: Data(contentsOf: URL(fileURLWithPath: fixture("\(name).json"))))
        let model = try Model(path: folder.output)
        for (text, ids) in zip(expected.texts, expected.ids) {
            #expect(model.tokenize(text, parseSpecial: true) == ids, "\(text)")
        }
        #expect((file.tensor(named: "output.weight") == nil) == (name != "umt5"))
        var options = TextToTextOptions()
        options.cacheType = .f32
        var session = try TextToTextSession(model, options)
        try session.encode(expected.ids[0])
        try session.decode(expected.target, keepsAll: true)
        for (row, exact) in zip(expected.target.indices.suffix(2), expected.logits) {
            let found = session.withLogits(row) { logits in logits.indices.map { logits[$0] } } ?? []
            let most = zip(found, exact).map { abs($0 - $1) }.max() ?? .infinity
            #expect(found.count == exact.count && most < 1e-4, "\(most)")
        }
        let beams = try model.recommendedBeams()
        options.hypotheses = beams.beams
        var generating = try TextToTextSession(model, options)
        for (ids, generated) in zip(expected.ids, expected.generated) {
            #expect(try generating.generate(from: ids, beams)[0].tokens == generated)
        }
    }

    /// Whatever a file says, opening it and generating succeeds or throws; a trap would end the test run.
    @Test(arguments: ["umt5", "bart", "marian"], [0x00, 0xFF] as [UInt8])
    func `a header with any byte replaced runs or throws`(name: String, value: UInt8) throws {
        let folder = try ModelFolderCopy(name)
        let file = try folder.converted()
        let sound = try [UInt8](Data(contentsOf: URL(fileURLWithPath: folder.output)))
        let headerSize = sound.count - file.tensors.reduce(0) { $0 + $1.byteCount }
        #expect(try Self.exercise(folder.path("changed.gguf")) != nil)
        // A sample: each file is opened and run.
        for position in stride(from: Int(value) % 61, to: headerSize, by: 61) where sound[position] != value {
            var bytes = sound
            bytes[position] = value
            try? FileManager.default.removeItem(atPath: folder.path("changed.gguf"))
            try folder.write(bytes, as: "changed.gguf")
            try Self.exercise(folder.path("changed.gguf"))
        }
    }

    /// - Returns: the error that was met.
    @discardableResult
    private static func exercise(_ path: String) throws -> SwiftletError? {
        do throws(SwiftletError) {
            let model = try Model(path: path)
            var options = TextToTextOptions()
            options.threads = 1
            options.hypotheses = 2
            var session = try TextToTextSession(model, options)
            var beams = BeamOptions()
            beams.beams = 2
            beams.maxTokens = 3
            _ = try session.generate(from: [3, 2], beams)
            _ = try model.recommendedBeams()
            return nil
        } catch {
            #expect(!error.message.isEmpty)
            return error
        }
    }
}
