import Swiftlet
import TestSupport
import Testing

@Suite struct MeasurementTests {
    @Test func `the read bandwidth is measured with the threads asked for`() throws {
        let found = try ReadBandwidth.measure(threads: 2, bytes: 8 << 20, passes: 2)
        #expect(found.threads == 2 && found.bytesPerSecond > 1e6)
    }

    @Test(arguments: [(-1, 1, 1), (1, 0, 1), (1, 1, 0), (1, .max, 1)])
    func `an impossible measurement is an error`(threads: Int, bytes: Int, passes: Int) {
        let error = #expect(throws: SwiftletError.self) {
            try ReadBandwidth.measure(threads: threads, bytes: bytes, passes: passes)
        }
        #expect(error?.code == .invalidArgument)
    }

    @Test func `a decode step reads every matrix, but no table of embeddings`() throws {
        let tied = try Model(path: Fixtures.path("models/llama-tied-f32.gguf"))
        let own = try Model(path: Fixtures.path("models/llama-rope-linear-f32.gguf"))
        #expect(tied.decodeBytes < tied.tensorBytes)
        #expect(own.decodeBytes < own.tensorBytes)
    }
}
