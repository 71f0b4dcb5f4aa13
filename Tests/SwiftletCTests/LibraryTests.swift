import CSwiftlet
import Testing

@Suite struct `What the library says of itself` {
    @Test(arguments: [
        "embed", "chat", "complete", "translate", "transcribe", "classify", "tag", "zero_shot", "kv_q8_0",
        "parse_special", "trace",
    ])
    func `features that are there`(name: String) {
        #expect(swiftlet_has(name))
    }

    @Test(arguments: ["", "Embed", "teleport"])
    func `features that are not`(name: String) {
        #expect(!swiftlet_has(name))
        #expect(!swiftlet_has(nil))
    }
}
