import Foundation
import Testing

struct BenchTests {
    @Test func `the JSON has the speeds and what they are set against`() async throws {
        let result = try await CommandLineTool.run("bench", "-p", "4", "-n", "2", "-r", "1", "--json")
        #expect(result.status == 0)
        let report = try #require(try JSONSerialization.jsonObject(with: result.output) as? [String: Any])
        for key in [
            "prompt_tokens_per_second", "decode_tokens_per_second", "decode_gb_per_second",
            "read_bandwidth_gb_per_second", "decode_share_of_bandwidth", "file_bytes", "tensor_bytes",
            "decode_bytes_per_token", "threads", "open_milliseconds", "peak_resident_bytes",
        ] {
            #expect((report[key] as? Double ?? 0) > 0, "\(key)")
        }
        #expect(report["model"] as? String == "built-in model")
        #expect(report["prompt_tokens"] as? Int == 4)
        #expect(report["decode_tokens"] as? Int == 2)
    }

    @Test func `the table is for people`() async throws {
        let result = try await CommandLineTool.run("bench", "-p", "4", "-n", "2", "-r", "2", "-t", "1")
        #expect(result.status == 0)
        #expect(result.text.contains("threads: 1"))
        #expect(result.text.contains("tokens/s"))
        #expect(result.errors.isEmpty)
    }
}
