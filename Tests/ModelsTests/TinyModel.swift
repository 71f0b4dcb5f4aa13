import TestSupport

/// The smallest model of a family: one layer of 32 columns, two heads on one of 16 elements (or 64 channels of a state space
/// with 4 numbers each), eight tokens, a context of eight. Any part of it can be changed for the worse.
struct TinyModel: Sendable {
    enum Value: Sendable {
        case uint32(UInt32)
        case uint64(UInt64)
        case int32(Int32)
        case float32(Float)
        case bool(Bool)
        case string(String)
        case strings([String])
        case floats([Float])
        case int32s([Int32])
        case bools([Bool])
    }

    struct Tensor: Sendable {
        let name: String
        var dimensions: [Int]
        var type: UInt32 = 0
    }

    static let rmsFamilies =
        ["llama", "qwen2", "qwen3", "gemma", "gemma2", "gemma3", "phi3", "olmo2", "granite", "smollm3"] + mixtures
        + denseRMSFamilies
    static let rotaryFamilies = rmsFamilies + ["starcoder2", "stablelm"] + denseLayerNormFamilies
    static let mixtures = ["qwen2moe", "qwen3moe"]
    /// Those with attention.
    static let families = rotaryFamilies + ["gpt2"] + familiesWithoutRotation
    static let decoders = families + ["mamba"] + otherMixtures + gemmas + hybrids + linear
    static let encoders = ["bert", "nomic-bert", "nomic-bert-moe", "modern-bert", "jina-bert-v2"]

    let architecture: String
    private(set) var metadata: [(key: String, value: Value)] = []
    private(set) var tensors: [Tensor] = []

    init(_ architecture: String) {
        self.architecture = architecture
        metadata.append(("general.architecture", .string(architecture)))
        let attention = [("feed_forward_length", 32), ("attention.head_count", 2), ("attention.head_count_kv", 1)]
        let stateSpace = [
            ("ssm.conv_kernel", 3), ("ssm.inner_size", 64), ("ssm.state_size", 4), ("ssm.time_step_rank", 5),
        ]
        for (key, value) in [("context_length", 8), ("embedding_length", 32), ("block_count", 1)]
            + (architecture == "mamba" ? stateSpace : attention)
        {
            metadata.append(("\(architecture).\(key)", .uint32(UInt32(value))))
        }
        metadata.append(("\(architecture).\(epsilonKey)", .float32(1e-5)))
        if Self.otherMixtures.contains(architecture) {
            addOtherMixture()
            return
        }
        if Self.gemmas.contains(architecture) {
            addGemma()
            return
        }
        if Self.hybrids.contains(architecture) {
            addHybrid()
            return
        }
        if Self.linear.contains(architecture) {
            addLinearAttention()
            return
        }
        if isMixture || architecture == "nomic-bert-moe" { addExperts() }
        if ["command-r", "cohere2"].contains(architecture) { set("logit_scale", .float32(0.5)) }
        addTokenizer()
        addTensors()
    }

    var epsilonKey: String {
        let hybrids = Self.hybrids.filter { !$0.hasPrefix("nemotron_h") }
        let isRMS = (Self.rmsFamilies + Self.otherMixtures + Self.gemmas + Self.deltaNets + ["mamba"] + hybrids)
            .contains(architecture)
        return isRMS ? "attention.layer_norm_rms_epsilon" : "attention.layer_norm_epsilon"
    }

    var isMixture: Bool { Self.mixtures.contains(architecture) }
    /// Whether query, key and value are one matrix.
    var isFused: Bool { ["gpt2", "phi3"].contains(architecture) || Self.fused.contains(architecture) }
    /// Whether the feed-forward has a gate in a matrix of its own.
    var isGated: Bool { !(["gpt2", "phi3", "starcoder2"] + Self.ungated).contains(architecture) }
    /// Rows of `ffn_up` for each column between the products.
    var upFactor: Int { ["phi3", "glm4", "chatglm"].contains(architecture) ? 2 : 1 }

    // MARK: Changes

    /// Sets `architecture.key`, or a key that begins with `general.` or `tokenizer.` as it is.
    mutating func set(_ key: String, _ value: Value) {
        let key = full(key)
        if let index = metadata.firstIndex(where: { $0.key == key }) {
            metadata[index].value = value
        } else {
            metadata.append((key, value))
        }
    }

    mutating func remove(_ key: String) {
        let key = full(key)
        metadata.removeAll { $0.key == key }
    }

    mutating func setTensor(_ name: String, _ dimensions: [Int], type: UInt32 = 0) {
        let tensor = Tensor(name: name, dimensions: dimensions, type: type)
        if let index = tensors.firstIndex(where: { $0.name == name }) {
            tensors[index] = tensor
        } else {
            tensors.append(tensor)
        }
    }

    mutating func removeTensor(_ name: String) { tensors.removeAll { $0.name == name } }

    private func full(_ key: String) -> String {
        key.hasPrefix("general.") || key.hasPrefix("tokenizer.") ? key : "\(architecture).\(key)"
    }

    // MARK: Contents

    mutating func addTokenizer() {
        set("tokenizer.ggml.model", .string("llama"))
        set("tokenizer.ggml.tokens", .strings(["<unk>", "<s>", "</s>", "▁", "a", "b", "ab", "c"]))
        set("tokenizer.ggml.scores", .floats([0, 0, 0, -1, -2, -3, -4, -5]))
        set("tokenizer.ggml.token_type", .int32s([2, 3, 3, 1, 1, 1, 1, 1]))
    }

    private mutating func addTensors() {
        setTensor("token_embd.weight", [32, 8])
        if Self.encoders.contains(architecture) { return addEncoderTensors() }
        if architecture == "mamba" { return addStateSpaceTensors() }
        addNormTensors()
        addAttentionTensors()
        if isMixture { return addExpertTensors() }
        setTensor("blk.0.ffn_up.weight", [32, 32 * upFactor])
        setTensor("blk.0.ffn_down.weight", [32, 32])
        if isGated { setTensor("blk.0.ffn_gate.weight", [32, 32]) }
    }

    private mutating func addNormTensors() {
        for name in modelNorms + layerNorms.map({ "blk.0.\($0)" }) {
            setTensor("\(name).weight", [32])
            if !Self.rmsFamilies.contains(architecture) { setTensor("\(name).bias", [32]) }
        }
    }

    private mutating func addAttentionTensors() {
        setTensor("blk.0.attn_output.weight", [32, 32])
        if ["gpt2", "starcoder", "mpt"].contains(architecture) { setTensor("position_embd.weight", [32, 8]) }
        if isFused {
            setTensor("blk.0.attn_qkv.weight", [32, 64])
            if architecture == "gpt2" { setTensor("blk.0.attn_qkv.bias", [64]) }
            return
        }
        for (name, rows) in [("q", 32), ("k", 16), ("v", 16)] {
            setTensor("blk.0.attn_\(name).weight", [32, rows])
            if ["qwen2", "starcoder2"].contains(architecture) { setTensor("blk.0.attn_\(name).bias", [rows]) }
        }
        if ["qwen3", "qwen3moe", "qwen3vl", "gemma3", "olmo2", "exaone4", "hunyuan-dense"].contains(architecture) {
            setTensor("blk.0.attn_q_norm.weight", [architecture == "olmo2" ? 32 : 16])
            setTensor("blk.0.attn_k_norm.weight", [16])
        }
    }

    /// Three experts of 32 columns, two per token; for Qwen2's mixture also a shared one.
    mutating func addExperts() {
        set("expert_count", .uint32(3))
        set("expert_used_count", .uint32(2))
        set("expert_feed_forward_length", .uint32(32))
        if architecture == "qwen2moe" { set("expert_shared_feed_forward_length", .uint32(32)) }
    }

    mutating func addExpertTensors() {
        setTensor("blk.0.ffn_gate_inp.weight", [32, 3])
        for name in ["gate", "up", "down"] {
            setTensor("blk.0.ffn_\(name)_exps.weight", [32, 32, 3])
            if architecture == "qwen2moe" { setTensor("blk.0.ffn_\(name)_shexp.weight", [32, 32]) }
        }
        if architecture == "qwen2moe" { setTensor("blk.0.ffn_gate_inp_shexp.weight", [32, 1]) }
    }

    private mutating func addStateSpaceTensors() {
        for name in ["output_norm", "blk.0.attn_norm"] { setTensor("\(name).weight", [32]) }
        setTensor("blk.0.ssm_in.weight", [32, 128])
        setTensor("blk.0.ssm_conv1d.weight", [3, 64])
        setTensor("blk.0.ssm_conv1d.bias", [64])
        setTensor("blk.0.ssm_x.weight", [64, 13])
        setTensor("blk.0.ssm_dt.weight", [5, 64])
        setTensor("blk.0.ssm_dt.bias", [64])
        setTensor("blk.0.ssm_a", [4, 64])
        setTensor("blk.0.ssm_d", [64])
        setTensor("blk.0.ssm_out.weight", [64, 32])
    }

    private mutating func addEncoderTensors() {
        let isModern = architecture == "modern-bert"
        let norms =
            isModern ? ["output_norm", "blk.0.ffn_norm"] : ["blk.0.attn_output_norm", "blk.0.layer_output_norm"]
        for name in norms + ["token_embd_norm"] {
            setTensor("\(name).weight", [32])
            if !isModern { setTensor("\(name).bias", [32]) }
        }
        if architecture == "bert" { setTensor("position_embd.weight", [32, 8]) }
        setTensor("blk.0.attn_qkv.weight", [32, 64])
        setTensor("blk.0.attn_output.weight", [32, 32])
        setTensor("blk.0.ffn_up.weight", [32, isModern ? 64 : 32])
        setTensor("blk.0.ffn_down.weight", [32, 32])
        if architecture == "nomic-bert" || architecture == "jina-bert-v2" {
            setTensor("blk.0.ffn_gate.weight", [32, 32])
        }
    }

    // MARK: Bytes

    /// The file, and how many of its bytes come before the tensors' data.
    var file: (bytes: [UInt8], headerSize: Int) {
        var raw = RawGGUF()
        for (key, value) in metadata { Self.add(key, value, to: &raw) }
        var data: [UInt8] = []
        for tensor in tensors {
            raw.tensor(
                tensor.name, tensor.dimensions.map(Int64.init), type: tensor.type, offset: UInt64(data.count))
            data += Self.contents(tensor)
            while !data.count.isMultiple(of: 32) { data.append(0) }
        }
        let headerSize = raw.bytes.count
        raw.data = data
        return (raw.bytes, headerSize)
    }

    private static func add(_ key: String, _ value: Value, to raw: inout RawGGUF) {
        switch value {
        case .uint32(let value): raw.uint32(key, value)
        case .uint64(let value): raw.pair(key, .uint64, RawGGUF.little(value))
        case .int32(let value): raw.pair(key, .int32, RawGGUF.little(value))
        case .float32(let value): raw.pair(key, .float32, RawGGUF.little(value.bitPattern))
        case .bool(let value): raw.pair(key, .bool, [value ? 1 : 0])
        case .string(let value): raw.string(key, value)
        case .strings(let values): raw.strings(key, values.map { [UInt8]($0.utf8) })
        case .floats(let values):
            raw.array(key, .float32, count: UInt64(values.count), values.flatMap { RawGGUF.little($0.bitPattern) })
        case .int32s(let values):
            raw.array(key, .int32, count: UInt64(values.count), values.flatMap { RawGGUF.little($0) })
        case .bools(let values): raw.array(key, .bool, count: UInt64(values.count), values.map { $0 ? 1 : 0 })
        }
    }

    /// Numbers between 0.5 and 1 where they are float32, decays between -1 and -0.5, zeros of the type's size otherwise.
    private static func contents(_ tensor: Tensor) -> [UInt8] {
        let count = tensor.dimensions.reduce(1, *)
        let sign: Float = tensor.name.hasSuffix("ssm_a") ? -1 : 1
        switch tensor.type {
        case 0: return (0..<count).flatMap { RawGGUF.little((sign * (0.5 + Float($0 * 7 % 16) / 32)).bitPattern) }
        case 1, 30: return [UInt8](repeating: 0, count: count * 2)
        case 2: return [UInt8](repeating: 0, count: count / 32 * 18)
        case 8: return [UInt8](repeating: 0, count: count / 32 * 34)
        default: return [UInt8](repeating: 0, count: count / 256 * 292)  // Q8_K
        }
    }
}
