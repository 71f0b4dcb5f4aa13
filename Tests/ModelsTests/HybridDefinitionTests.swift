import Models
import TestSupport
import Testing

extension DefinitionTests {
    static let headStateSpaceKeys = ["conv_kernel", "inner_size", "state_size", "time_step_rank", "group_count"]
    static let headStateSpaces = ["mamba2", "falcon-h1", "granitehybrid", "nemotron_h", "nemotron_h_moe"]

    @Test(arguments: headStateSpaces, headStateSpaceKeys)
    func `a size of a state space by heads that is missing, below 1 or beyond 2³¹ - 1 is named`(
        architecture: String, key: String
    ) throws {
        let name = "\(architecture).ssm.\(key)"
        try expect(architecture, .missingKey(name), named: name) { $0.remove("ssm.\(key)") }
        try expect(architecture, .wrongType(name), named: name) { $0.set("ssm.\(key)", .string("8")) }
        for value in [TinyModel.Value.uint32(0), .int32(-1), .uint32(1 << 31), .uint64(1 << 62)] {
            try expect(architecture, .value(key: name), named: name) { $0.set("ssm.\(key)", value) }
        }
    }

    @Test(arguments: headStateSpaces)
    func `heads divide channels, groups divide heads, and the state is a size`(architecture: String) throws {
        for (key, value) in [("time_step_rank", UInt32(3)), ("group_count", 3), ("state_size", .max >> 1)] {
            let name = "\(architecture).ssm.\(key)"
            try expect(architecture, .value(key: name), named: name) { $0.set("ssm.\(key)", .uint32(value)) }
        }
        for (key, value) in [("inner_size", UInt32(32)), ("state_size", 8), ("group_count", 4), ("time_step_rank", 2)] {
            let error = try #require(try error(architecture) { $0.set("ssm.\(key)", .uint32(value)) })
            guard case .tensorShape = error else {
                Issue.record("\(error)")
                continue
            }
            #expect(error.description.contains("blk.0.ssm_"))
        }
    }

    @Test(arguments: [
        "ssm_in.weight", "ssm_conv1d.weight", "ssm_dt.bias", "ssm_a", "ssm_d", "ssm_out.weight", "attn_norm.weight",
    ])
    func `a tensor of a state space by heads that is missing or misshaped is named`(tensor: String) throws {
        let name = "blk.0.\(tensor)"
        try expect("mamba2", .missingTensor(name), named: name) { $0.removeTensor(name) }
        let error = try #require(try error("mamba2") { $0.setTensor(name, [7, 7]) })
        #expect(error.description.contains(name))
    }

    @Test func `the norm of a state space's result is optional, a bias of its input is none of it`() throws {
        #expect(try error("mamba2") { $0.removeTensor("blk.0.ssm_norm.weight") } == nil)
        #expect(try error("mamba2") { $0.set("ssm.norm_before_gate", .bool(true)) } == nil)
        try expect("mamba2", .shape("blk.0.ssm_norm.weight", expected: [32, 2]), named: "ssm_norm") {
            $0.setTensor("blk.0.ssm_norm.weight", [64])
        }
        try expect("mamba2", .unsupported("a bias of blk.0.ssm_in"), named: "ssm_in") {
            $0.setTensor("blk.0.ssm_in.bias", [148])
        }
    }

    @Test(arguments: TinyModel.hybrids.filter { $0 != "mamba2" })
    func `a list of layers that is too short, and layers beyond the file's tensors, are errors`(
        architecture: String
    ) throws {
        let layers = architecture == "falcon-h1" ? 3 : 4
        #expect(try error(architecture) { $0.set("block_count", .uint32(UInt32(layers))) } != nil)
        #expect(try error(architecture) { $0.set("block_count", .uint32(1 << 30)) } != nil)
        #expect(try error(architecture) { $0.set("nextn_predict_layers", .uint32(4)) } != nil)
    }

    @Test(arguments: ["jamba", "granitehybrid", "nemotron_h", "lfm2"])
    func `a layer is what its heads say it is`(architecture: String) throws {
        let error = try #require(
            try error(architecture) {
                $0.set("attention.head_count_kv", .int32s(architecture == "nemotron_h" ? [1, 0, 0] : [1, 0]))
            })
        guard case .missingTensor(let name, _) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(name.hasPrefix("blk.0.attn_"))
    }

    @Test func `a short convolution's tensor that is missing or misshaped is named`() throws {
        for tensor in ["in_proj.weight", "conv.weight", "out_proj.weight"] {
            let name = "blk.0.shortconv.\(tensor)"
            try expect("lfm2", .missingTensor(name), named: name) { $0.removeTensor(name) }
            let error = try #require(try error("lfm2") { $0.setTensor(name, [7, 7]) })
            #expect(error.description.contains(name))
        }
    }
}
