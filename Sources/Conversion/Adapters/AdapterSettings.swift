internal import JSON

/// `adapter_config.json` of a PEFT folder, checked: what it asks for beyond low-rank sums is refused by name.
///
/// Source: `LoraConfig` of `peft`.
struct AdapterSettings: Sendable {
    let alpha: Double
    /// Whether alpha is divided by the root of the rank (arXiv:2312.03732).
    private let dividesByRoot: Bool
    private let alphas: [(pattern: String, alpha: Double)]
    /// Where the model's folder was, or its name on the hub.
    let basePath: String

    init(_ c: Configuration) throws(ConversionError) {
        let kind = try c.string("peft_type", default: "LORA")
        guard kind == "LORA" else { throw c.unsupported("peft_type: \(kind.visible)") }
        for key in ["use_dora", "use_qalora", "lora_bias"] {
            guard try !c.bool(key, default: false) else { throw c.unsupported("\(key): true") }
        }
        let bias = try c.string("bias", default: "none")
        guard bias == "none" else { throw c.unsupported("bias: \(bias.visible)") }
        let others = [
            "layer_replication", "alora_invocation_tokens", "target_parameters", "trainable_token_indices",
            "use_bdlora", "arrow_config", "monteclora_config", "velora_config",
        ]
        for key in others {
            guard let found = c.find([key]), found.value != .bool(false), found.value.items?.isEmpty != true else {
                continue
            }
            throw c.unsupported(key)
        }
        // Other ways to begin change the model's own weights, too.
        if let start = c.find(["init_lora_weights"])?.value.string, !["gaussian", "eva", "orthogonal"].contains(start) {
            throw c.unsupported("init_lora_weights: \(start.visible)")
        }
        dividesByRoot = try c.bool("use_rslora", default: false)
        alpha = try c.number("lora_alpha", default: 8)
        guard alpha != 0 else { throw c.wrong("lora_alpha", "a number other than 0") }
        alphas = try Self.alphas(c)
        basePath = try c.string("base_model_name_or_path", default: "")
    }

    private static func alphas(_ c: Configuration) throws(ConversionError) -> [(pattern: String, alpha: Double)] {
        guard let patterns = try c.object("alpha_pattern")?.value.members else { return [] }
        var alphas: [(pattern: String, alpha: Double)] = []
        for member in patterns {
            let pattern = member.name.hasPrefix("^") ? String(member.name.dropFirst()) : member.name
            let isPlain = pattern.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
            guard isPlain else { throw c.unsupported("the expression \(member.name.visible) in alpha_pattern") }
            guard let alpha = member.value.double else { throw c.wrong("alpha_pattern", "numbers") }
            alphas.append((member.name, alpha))
        }
        return alphas
    }

    /// What the two matrices of a module are multiplied by.
    ///
    /// - Parameter module: its name in the model's class.
    func scale(of module: String, rank: Int) -> Double {
        let own = alphas.first { pattern, _ in
            guard !pattern.hasPrefix("^") else { return module == pattern.dropFirst() }
            return module == pattern || module.hasSuffix("." + pattern)
        }
        let alpha = own?.alpha ?? alpha
        return dividesByRoot ? alpha / Double(rank).squareRoot() : alpha / Double(rank)
    }
}
