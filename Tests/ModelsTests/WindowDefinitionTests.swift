import GGUF
import Graph
import Models
import TestSupport
import Testing

extension DefinitionTests {
    static let windowFamilies = ["gemma2", "gemma3", "olmo2", "phi3"]

    /// How many of the layers' attentions have a window of 5, by the text of the graph.
    private func windows(_ architecture: String, layers: Int, _ change: (inout TinyModel) -> Void) throws -> String {
        var model = TinyModel(architecture)
        model.set("block_count", .uint32(UInt32(layers)))
        for layer in 1..<layers {
            for tensor in model.tensors where tensor.name.hasPrefix("blk.0.") {
                model.setTensor("blk.\(layer)." + tensor.name.dropFirst(6), tensor.dimensions)
            }
        }
        model.set("attention.sliding_window", .uint32(5))
        change(&model)
        let folder = try TemporaryFolder()
        let file = try GGUFFile(path: folder.write(model.file.bytes, to: "model.gguf"))
        let lines = try ModelDefinition(file).graph(for: .nextToken).description.split(separator: "\n")
        return lines.filter { $0.contains("heads on") }
            .map { $0.contains("window of 4 back, 0 ahead") ? "w" : "-" }.joined()
    }

    @Test func `layers with a window are those of the family's period, the file's, or its list`() throws {
        #expect(try windows("gemma2", layers: 5) { _ in } == "w-w-w")
        #expect(try windows("gemma3", layers: 7) { _ in } == "wwwww-w")
        #expect(try windows("olmo2", layers: 5) { _ in } == "www-w")
        #expect(try windows("phi3", layers: 3) { _ in } == "www")
        for architecture in Self.windowFamilies {
            for (period, expected) in [(0, "wwww"), (1, "----"), (3, "ww-w")] {
                let found = try windows(architecture, layers: 4) {
                    $0.set("attention.sliding_window_pattern", .uint32(UInt32(period)))
                }
                #expect(found == expected)
            }
            let listed = try windows(architecture, layers: 3) {
                $0.set("attention.sliding_window_pattern", .bools([false, true, true]))
            }
            #expect(listed == "-ww")
            #expect(try windows(architecture, layers: 3) { $0.set("attention.sliding_window", .uint32(0)) } == "---")
        }
    }

    @Test(arguments: windowFamilies) func `a window and its pattern are numbers that fit`(architecture: String) throws {
        for key in ["attention.sliding_window", "attention.sliding_window_pattern"] {
            let name = "\(architecture).\(key)"
            for value in [TinyModel.Value.int32(-1), .uint32(1 << 31)] {
                try expect(architecture, .value(key: name), named: name) { $0.set(key, value) }
            }
        }
        let name = "\(architecture).attention.sliding_window_pattern"
        try expect(architecture, .value(key: name), named: name) {
            $0.set("attention.sliding_window_pattern", .bools([true, true]))
        }
        try expect(architecture, .wrongType(name), named: name) {
            $0.set("attention.sliding_window_pattern", .strings(["true"]))
        }
    }

    @Test(arguments: ["gemma2", "gemma3"]) func `caps are numbers from 0 up`(architecture: String) throws {
        let keys = ["final_logit_softcapping"] + (architecture == "gemma2" ? ["attn_logit_softcapping"] : [])
        for key in keys {
            let name = "\(architecture).\(key)"
            for value in [-1, Float.nan, .infinity] {
                try expect(architecture, .value(key: name), named: name) { $0.set(key, .float32(value)) }
            }
            #expect(try error(architecture) { $0.set(key, .float32(0)) } == nil)
        }
    }
}
