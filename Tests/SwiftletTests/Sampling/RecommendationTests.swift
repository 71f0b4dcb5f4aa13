import GGUF
import Swiftlet
import TestSupport
import Testing

/// Options from a file's `general.sampling.*` values.
@Suite struct RecommendationTests {
    private func recommended(_ change: (inout GGUFContents) -> Void) throws -> SamplingOptions {
        let folder = try TemporaryFolder()
        let path = folder.path("model.gguf")
        try ModelCopy.write(Fixtures.path("models/llama-f32.gguf"), to: path, change)
        return try Model(path: path).recommendedSampling()
    }

    @Test func `a file without recommendations leaves the defaults`() throws {
        #expect(try recommended { _ in } == SamplingOptions())
    }

    @Test func `every value is read, in any integer type`() throws {
        let found = try recommended {
            $0.set("general.sampling.temp", Float(0.6))
            $0.set("general.sampling.top_k", Int32(20))
            $0.set("general.sampling.top_p", Double(0.5))
            $0.set("general.sampling.min_p", Float(0))
            $0.set("general.sampling.penalty_last_n", Int64(-1))
            $0.set("general.sampling.penalty_repeat", Float(1.1))
            $0.set("general.sampling.mirostat", UInt8(0))
            $0.set("general.sampling.mirostat_tau", Float(5))
            $0.set("general.sampling.xtc_probability", Float(0))
            $0.set("general.sampling.xtc_threshold", Float(0.1))
        }
        var expected = SamplingOptions()
        expected.temperature = 0.6
        expected.topK = 20
        expected.topP = 0.5
        expected.minP = 0
        expected.penaltyWindow = -1
        expected.repetitionPenalty = 1.1
        #expect(found == expected)
        #expect(try recommended { $0.set("general.sampling.top_k", Int32(-1)) }.topK == 0)
    }

    @Test func `steps that a sequence leaves out change nothing`() throws {
        let found = try recommended {
            $0.set("general.sampling.sequence", "dry;top-k;xtc;temperature")
            $0.set("general.sampling.top_p", Float(0.5))
        }
        var expected = SamplingOptions()
        expected.penaltyWindow = 0
        expected.topP = 1
        expected.minP = 0
        #expect(found == expected)
        let all = "penalties;dry;top_n_sigma;top_k;typ_p;top_p;min_p;xtc;temperature"
        #expect(try recommended { $0.set("general.sampling.sequence", all) } == SamplingOptions())
        #expect(try recommended { $0.set("general.sampling.sequence", "top_k") }.temperature == 1)
        #expect(try recommended { $0.set("general.sampling.sequence", "") } == SamplingOptions())
    }

    struct Refused: Sendable {
        let key: String
        let change: @Sendable (inout GGUFContents) -> Void

        init<Value: MetadataScalar>(_ key: String, _ value: Value) {
            self.key = "general.sampling." + key
            change = { [key = self.key] in $0.set(key, value) }
        }
    }

    @Test(arguments: [
        Refused("temp", "hot"),
        Refused("temp", Float.nan),
        Refused("temp", Float(-1)),
        Refused("top_k", UInt64.max),
        Refused("top_k", true),
        Refused("top_p", Float(0)),
        Refused("top_p", Float.infinity),
        Refused("min_p", Float(1.5)),
        Refused("penalty_last_n", Int32(-2)),
        Refused("penalty_repeat", Float(0)),
        Refused("mirostat", Int32(2)),
        Refused("xtc_probability", Float(0.5)),
        Refused("sequence", "temperature;top_k"),
        Refused("sequence", "top_k;top_k"),
        Refused("sequence", "top_k;no such step"),
        Refused("sequence", Int32(1)),
    ])
    func `a value that cannot be followed is an error that names its key`(refused: Refused) {
        let error = #expect(throws: SwiftletError.self) { _ = try recommended(refused.change) }
        #expect(error?.code == .model)
        #expect(error?.message.contains("\"\(refused.key)\"") == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("--no-recommended") == true)
    }
}
