/// Models with state spaces by heads, or with layers of several kinds: of 64 channels in four heads with 4 numbers each.
extension TinyModel {
    static let hybrids = [
        "mamba2", "jamba", "falcon-h1", "granitehybrid", "nemotron_h", "nemotron_h_moe", "lfm2", "lfm2moe",
    ]

    /// What each layer is: M a state space, A attention, B both, C a short convolution, F a feed-forward.
    private var kinds: String {
        switch architecture {
        case "mamba2": "M"
        case "falcon-h1": "B"
        case "nemotron_h", "nemotron_h_moe": "MAF"
        case "lfm2", "lfm2moe": "CA"
        default: "MA"
        }
    }

    private var hasOneThingEach: Bool { architecture.hasPrefix("nemotron_h") }
    private var hasExperts: Bool { ["jamba", "granitehybrid", "nemotron_h_moe", "lfm2moe"].contains(architecture) }

    mutating func addHybrid() {
        set("block_count", .uint32(UInt32(kinds.count)))
        set(
            "attention.head_count_kv",
            architecture == "falcon-h1" ? .uint32(1) : .int32s(kinds.map { "AB".contains($0) ? 1 : 0 }))
        if hasOneThingEach { set("feed_forward_length", .int32s(kinds.map { $0 == "F" ? 32 : 0 })) }
        if architecture.hasPrefix("lfm2") {
            set("shortconv.l_cache", .uint32(3))
        } else {
            for (key, value) in [
                ("conv_kernel", 3), ("inner_size", 64), ("state_size", 4),
                ("time_step_rank", architecture == "jamba" ? 5 : 4), ("group_count", 2),
            ] {
                set("ssm.\(key)", .uint32(UInt32(value)))
            }
        }
        if hasExperts { addExperts() }
        if architecture == "nemotron_h_moe" { set("moe_latent_size", .uint32(16)) }
        addTokenizer()
        setTensor("token_embd.weight", [32, 8])
        setTensor(architecture.hasPrefix("lfm2") ? "token_embd_norm.weight" : "output_norm.weight", [32])
        for (layer, kind) in kinds.enumerated() { addLayer("blk.\(layer).", kind) }
    }

    private mutating func addLayer(_ block: String, _ kind: Character) {
        setTensor(block + "attn_norm.weight", [32])
        if "AB".contains(kind) { addAttention(block) }
        if "MB".contains(kind) {
            if architecture == "jamba" { addStateSpace(block) } else { addHeadStateSpace(block) }
        }
        if kind == "C" {
            setTensor(block + "shortconv.in_proj.weight", [32, 96])
            setTensor(block + "shortconv.conv.weight", [3, 32])
            setTensor(block + "shortconv.out_proj.weight", [32, 32])
        }
        if kind == "F" { return addPlainFeedForward(block) }
        guard !hasOneThingEach, architecture != "mamba2" else { return }
        setTensor(block + (architecture == "falcon-h1" ? "ffn_norm" : "ffn_norm.weight"), [32])
        if hasExperts {
            setTensor(block + "ffn_gate_inp.weight", [32, 3])
            for name in ["gate", "up", "down"] { setTensor("\(block)ffn_\(name)_exps.weight", [32, 32, 3]) }
        } else {
            for name in ["gate", "up", "down"] { setTensor("\(block)ffn_\(name).weight", [32, 32]) }
        }
    }

    private mutating func addAttention(_ block: String) {
        for (name, rows) in [("q", 32), ("k", 16), ("v", 16), ("output", 32)] {
            setTensor("\(block)attn_\(name).weight", [32, rows])
        }
        guard architecture.hasPrefix("lfm2") else { return }
        for name in ["q", "k"] { setTensor("\(block)attn_\(name)_norm.weight", [16]) }
    }

    private mutating func addHeadStateSpace(_ block: String) {
        setTensor(block + "ssm_in.weight", [32, 148])
        setTensor(block + "ssm_conv1d.weight", [3, 80])
        setTensor(block + "ssm_conv1d.bias", [80])
        setTensor(block + "ssm_dt.bias", [4])
        setTensor(block + "ssm_a", [1, 4])
        setTensor(block + "ssm_d", [1, 4])
        setTensor(block + "ssm_norm.weight", [32, 2])
        setTensor(block + "ssm_out.weight", [64, 32])
    }

    private mutating func addStateSpace(_ block: String) {
        setTensor(block + "ssm_in.weight", [32, 128])
        setTensor(block + "ssm_conv1d.weight", [3, 64])
        setTensor(block + "ssm_x.weight", [64, 13])
        setTensor(block + "ssm_dt.weight", [5, 64])
        setTensor(block + "ssm_dt.bias", [64])
        setTensor(block + "ssm_a", [4, 64])
        setTensor(block + "ssm_d", [64])
        setTensor(block + "ssm_out.weight", [64, 32])
        for (name, size) in [("dt", 5), ("b", 4), ("c", 4)] { setTensor("\(block)ssm_\(name)_norm.weight", [size]) }
    }

    private mutating func addPlainFeedForward(_ block: String) {
        guard hasExperts else {
            setTensor(block + "ffn_up.weight", [32, 32])
            setTensor(block + "ffn_down.weight", [32, 32])
            return
        }
        setTensor(block + "ffn_gate_inp.weight", [32, 3])
        setTensor(block + "exp_probs_b.bias", [3])
        setTensor(block + "ffn_latent_down.weight", [32, 16])
        setTensor(block + "ffn_latent_up.weight", [16, 32])
        setTensor(block + "ffn_up_exps.weight", [16, 32, 3])
        setTensor(block + "ffn_down_exps.weight", [32, 16, 3])
    }
}
