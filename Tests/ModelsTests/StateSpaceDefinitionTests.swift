import Models
import TestSupport
import Testing

extension DefinitionTests {
    static let stateSpaceKeys = ["ssm.conv_kernel", "ssm.inner_size", "ssm.state_size", "ssm.time_step_rank"]

    @Test(arguments: stateSpaceKeys + ["block_count", "embedding_length", "context_length"])
    func `a state space's size that is missing, below 1 or beyond 2³¹ - 1 is named`(key: String) throws {
        let name = "mamba.\(key)"
        try expect("mamba", .missingKey(name), named: name) { $0.remove(key) }
        try expect("mamba", .wrongType(name), named: name) { $0.set(key, .string("8")) }
        for value in [TinyModel.Value.uint32(0), .int32(-1), .uint32(1 << 31), .uint64(1 << 62)] {
            try expect("mamba", .value(key: name), named: name) { $0.set(key, value) }
        }
    }

    @Test(arguments: stateSpaceKeys) func `a size that tensors do not have is named by a tensor`(key: String) throws {
        for size in [UInt32(2), .max >> 1] {
            let error = try #require(try error("mamba") { $0.set(key, .uint32(size)) })
            guard case .tensorShape = error else {
                Issue.record("\(error)")
                continue
            }
            #expect(error.description.contains("blk.0.ssm_"))
        }
    }

    @Test func `a state space needs neither heads nor a feed-forward, and takes them as 0`() throws {
        let found = try error("mamba") {
            $0.set("attention.head_count", .uint32(0))
            $0.set("feed_forward_length", .uint32(0))
        }
        #expect(found == nil)
    }

    @Test func `norms of step, B and C are asked for by a key`() throws {
        #expect(try error("mamba") { $0.set("ssm.dt_b_c_rms", .bool(true)) } == nil)
        try expect("mamba", .wrongType("mamba.ssm.dt_b_c_rms"), named: "dt_b_c_rms") {
            $0.set("ssm.dt_b_c_rms", .uint32(1))
        }
        try expect("mamba", .value(key: "mamba.ssm.dt_b_c_rms_epsilon"), named: "dt_b_c_rms_epsilon") {
            $0.set("ssm.dt_b_c_rms", .bool(true))
            $0.set("ssm.dt_b_c_rms_epsilon", .float32(-1))
        }
    }

    @Test(arguments: [
        "ssm_in.weight", "ssm_conv1d.weight", "ssm_x.weight", "ssm_dt.weight", "ssm_a", "ssm_d", "ssm_out.weight",
        "attn_norm.weight",
    ])
    func `a state space's tensor that is missing or misshaped is named`(tensor: String) throws {
        let name = "blk.0.\(tensor)"
        try expect("mamba", .missingTensor(name), named: name) { $0.removeTensor(name) }
        let error = try #require(try error("mamba") { $0.setTensor(name, [7, 7]) })
        #expect(error.description.contains(name))
    }

    @Test func `decays and the convolution are float32, and the convolution is no wider than kernels are`() throws {
        try expect("mamba", .graph, named: "ssm_a") { $0.setTensor("blk.0.ssm_a", [4, 64], type: 1) }
        try expect("mamba", .graph, named: "ssm_conv1d") { $0.setTensor("blk.0.ssm_conv1d.weight", [3, 64], type: 1) }
        try expect("mamba", .graph, named: "ssm_conv1d") {
            $0.set("ssm.conv_kernel", .uint32(64))
            $0.setTensor("blk.0.ssm_conv1d.weight", [64, 64])
        }
    }

    @Test func `biases of a convolution and of products are optional`() throws {
        #expect(try error("mamba") { $0.removeTensor("blk.0.ssm_conv1d.bias") } == nil)
        #expect(try error("mamba") { $0.setTensor("blk.0.ssm_in.bias", [128]) } == nil)
        try expect("mamba", .shape("blk.0.ssm_dt.bias", expected: [64]), named: "ssm_dt.bias") {
            $0.setTensor("blk.0.ssm_dt.bias", [63])
        }
    }
}
