import Foundation
import TestSupport
import Testing

struct BenchTests {
    @Test func `the JSON has the speeds and what they are set against`() async throws {
        let result = try await CommandLineTool.run("bench", "-p", "4", "-n", "2", "-r", "1", "--json")
        #expect(result.status == 0)
        let report = try #require(try JSONSerialization.jsonObject(with: result.output) as? [String: Any])
        for key in [
            "prompt_tokens_per_second", "decode_tokens_per_second", "decode_gb_per_second",
            "read_bandwidth_gb_per_second", "decode_share_of_bandwidth", "file_bytes", "tensor_bytes",
            "decode_bytes_per_token", "threads", "open_milliseconds", "peak_resident_bytes", "prompt_gmac_per_second",
        ] {
            #expect((report[key] as? Double ?? 0) > 0, "\(key)")
        }
        #expect(report["model"] as? String == "built-in model")
        #expect(report["prompt_tokens"] as? Int == 4)
        #expect(report["decode_tokens"] as? Int == 2)
        #expect(report["dot_peak_gmac_per_second"] != nil && report["prompt_share_of_dot_peak"] != nil)
        #expect(report["profile"] == nil)
    }

    @Test func `the table is for people`() async throws {
        let result = try await CommandLineTool.run("bench", "-p", "4", "-n", "2", "-r", "2", "-t", "1")
        #expect(result.status == 0)
        #expect(result.text.contains("threads: 1"))
        #expect(result.text.contains("tokens/s"))
        #expect(result.errors.isEmpty)
    }

    @Test func `the rows of a profile add up to the step`() async throws {
        let result = try await CommandLineTool.run("bench", "-p", "8", "-n", "4", "-r", "2", "--profile", "--json")
        #expect(result.status == 0)
        struct Report: Decodable {
            struct Profile: Decodable {
                let steps: Int
                let tokens: Int
                let milliseconds_per_step: Double
                let waiting_milliseconds: Double
                let other_milliseconds: Double
                let rows: [Row]
            }
            struct Row: Decodable {
                let operation, weights, format, shape: String
                let calls: Int
                let milliseconds, waiting_milliseconds, bytes, multiply_adds: Double
                let gb_per_second, gmac_per_second: Double?
            }
            let profile: [String: Profile]
        }
        let profiles = try result.decoded(Report.self).profile
        #expect(Set(profiles.keys) == ["prompt", "decode"])
        #expect(profiles["prompt"]?.steps == 2 && profiles["prompt"]?.tokens == 16)
        #expect(profiles["decode"]?.steps == 10 && profiles["decode"]?.tokens == 10)
        for profile in profiles.values {
            let work = profile.rows.reduce(profile.waiting_milliseconds + profile.other_milliseconds) {
                $0 + $1.milliseconds
            }
            #expect(abs(work - profile.milliseconds_per_step) < 0.01 * profile.milliseconds_per_step)
            #expect(
                Set(profile.rows.map(\.operation)).isSuperset(of: [
                    "embedding", "gated product", "product", "attention",
                ]))
            let output = try #require(profile.rows.first { $0.weights == "output" || $0.weights == "token_embd" })
            #expect(output.calls >= 1 && !output.shape.isEmpty && !output.format.isEmpty)
            for row in profile.rows where row.operation.hasSuffix("product") {
                #expect(row.bytes > 0 && row.multiply_adds > 0)
                #expect((row.gb_per_second ?? 0) > 0 && (row.gmac_per_second ?? 0) > 0)
            }
        }
    }

    @Test func `the profile's table names operations and weights`() async throws {
        let result = try await CommandLineTool.run("bench", "-p", "4", "-n", "2", "-r", "1", "--profile")
        #expect(result.status == 0)
        for words in [
            "a step of the prompt: ", "a step of decoding: ", "attn_q attn_k attn_v", "ffn_gate ffn_up",
            "waiting for other threads",
        ] {
            #expect(result.text.contains(words), "\(words)")
        }
    }

    @Test func `texts have a speed, many at once and one by one`() async throws {
        let folder = try TemporaryFolder()
        let texts = try folder.write(Data("one\ntwo words\n\nthree more words\n".utf8), as: "texts").path
        let model = Fixtures.path("models/bert-q8_0.gguf")
        let result = try await CommandLineTool.run(
            "bench", "-m", model, "--texts", texts, "-r", "2", "--profile", "--json")
        #expect(result.status == 0, "\(result.errors)")
        let report = try #require(try JSONSerialization.jsonObject(with: result.output) as? [String: Any])
        #expect(report["texts"] as? Int == 3)
        for key in ["sentences_per_second", "tokens_per_second", "latency_ms"] {
            #expect((report[key] as? Double ?? 0) > 0, "\(key)")
        }
        let profile = try #require(report["profile"] as? [String: [String: Any]])
        #expect(profile["texts"]?["steps"] as? Int == 1)
        let table = try await CommandLineTool.run("bench", "-m", model, "--texts", texts, "-r", "1")
        #expect(table.text.contains("texts/s") && table.text.contains("a text alone"))
    }

    @Test func `hearing has the speed of a window, of a token and of a file`() async throws {
        let clip = Fixtures.path("clips/light.wav")
        let result = try await CommandLineTool.run("bench", "--speech", clip, "-r", "1", "--json", "--profile")
        #expect(result.status == 0, "\(result.errors)")
        let report = try #require(try JSONSerialization.jsonObject(with: result.output) as? [String: Any])
        for key in [
            "encoder_milliseconds", "decoder_milliseconds", "file_seconds", "real_time_factor", "sound_seconds",
        ] {
            #expect(try #require(report[key] as? Double) > 0, "\(key)")
        }
        #expect(report["model"] as? String == "built-in speech model" && report["tokens"] as? Int ?? 0 > 4)
        let profile = try #require(report["profile"] as? [String: Any])
        #expect(Set(profile.keys) == ["encoder", "decoder"])
        let table = try await CommandLineTool.run("bench", "--speech", clip, "-r", "1")
        #expect(table.text.contains("ms a window") && table.text.contains("real-time factor"))
        let wrong = try await CommandLineTool.run("bench", "--speech", clip, "-p", "4")
        #expect(wrong.status == 64 && wrong.errors.contains("--speech measures hearing"))
    }

    @Test func `several sequences are decoded together`() async throws {
        let result = try await CommandLineTool.run(
            "bench", "--sequences", "1,3", "-p", "20", "-n", "2", "-r", "1", "--json")
        #expect(result.status == 0, "\(result.errors)")
        let report = try #require(try JSONSerialization.jsonObject(with: result.output) as? [String: Any])
        let speeds = try #require(report["decode_tokens_per_second"] as? [String: Double])
        #expect(Set(speeds.keys) == ["1", "3"] && speeds.values.allSatisfy { $0 > 0 })
        #expect((report["prompt_tokens_per_second"] as? Double ?? 0) > 0 && report["decode_steps"] as? Int == 2)
        let table = try await CommandLineTool.run("bench", "--sequences", "2", "-p", "4", "-n", "1", "-r", "1")
        #expect(table.text.contains("of the prompt"))
        for wrong in [["0"], ["1,x"], ["1025"], ["1", "--profile"], ["2", "--lookup"]] {
            #expect(try await CommandLineTool.run(["bench", "--sequences"] + wrong).status == 64, "\(wrong)")
        }
    }

    @Test func `texts exclude what measures generation`() async throws {
        let result = try await CommandLineTool.run("bench", "--texts", "x", "-p", "4")
        #expect(result.status == 64)
        #expect(result.errors.contains("--texts"))
    }
}
