package import GGUF

/// Which type each tensor of a model gets: more bits where errors cost most.
///
/// Source: the rules of llama.cpp's `src/llama-quant.cpp`.
package struct Mixture {
    let type: FileType
    let layerCount: Int
    let expertCount: Int
    /// Query heads that share a key/value head, in the first layer.
    let groupSize: Int
    /// Whether errors are weighed by an importance matrix.
    let hasImportance: Bool

    /// The properties of a tensor that the rules use.
    package struct Tensor: Sendable {
        package let name: String
        /// Its current type.
        package let type: TensorType
        package let rows: Int
        package let columns: Int

        package init(name: String, type: TensorType, rows: Int, columns: Int) {
            self.name = name
            self.type = type
            self.rows = rows
            self.columns = columns
        }
    }

    package init(
        _ type: FileType, layers: Int, heads: Int, keyValueHeads: Int, experts: Int = 0, hasImportance: Bool = false
    ) {
        self.type = type
        self.hasImportance = hasImportance
        layerCount = layers
        expertCount = experts
        groupSize = keyValueHeads > 0 ? heads / keyValueHeads : 0
    }

    package init(_ type: FileType, _ metadata: Metadata, hasImportance: Bool = false) throws(GGUFError) {
        self.hasImportance = hasImportance
        let architecture = try metadata.string("general.architecture", default: "")
        func first(_ key: String, default fallback: Int) throws(GGUFError) -> Int {
            let key = "\(architecture).\(key)"
            guard metadata.value(key)?.type == .array else { return try metadata.int(key, default: fallback) }
            return try metadata.ints(key).first ?? fallback
        }
        self.type = type
        layerCount = try first("block_count", default: 0)
        expertCount = try first("expert_count", default: 0)
        let heads = try first("attention.head_count", default: 0)
        let shared = try first("attention.head_count_kv", default: heads)
        groupSize = shared > 0 ? heads / shared : 0
    }

    /// A type for each of the tensors, which may be the one that it has.
    package func types(of tensors: [TensorInfo]) -> [TensorType] {
        types(of: tensors.map { Tensor(name: $0.name, type: $0.type, rows: $0.rows, columns: $0.columns) })
    }

    /// A type for each of the tensors, which may be the one that it has.
    package func types(of tensors: [Tensor]) -> [TensorType] {
        var types = tensors.map(\.type)
        let chosen = tensors.indices.filter { Self.isQuantized(tensors[$0]) }
        guard type.main.blockElements > 1 else {
            for index in chosen { types[index] = type.main }
            return types
        }
        var counts = Counts(isTied: !tensors.contains { $0.name == "output.weight" })
        counts.values = tensors.count { Role($0.name).isValue }
        // The rules count tensors of a kind, layer by layer.
        let order = chosen.map { (index: $0, layer: Self.layer(of: tensors[$0].name)) }
            .sorted { ($0.layer ?? -1, tensors[$0.index].name) < ($1.layer ?? -1, tensors[$1.index].name) }
        for (index, layer) in order {
            let tensor = tensors[index]
            let chosen =
                type == .mxfp4_moe
                ? Self.does(tensor.name, hold: "_exps.") ? .MXFP4 : .Q8_0
                : self.type(of: Role(tensor.name), columns: tensor.columns, layer: layer, &counts)
            types[index] = Self.fitting(chosen, columns: tensor.columns)
        }
        return types
    }
}

// MARK: - The rules

extension Mixture {
    struct Counts {
        let isTied: Bool
        /// Value projections, all and those that had their turn; projections of feed-forwards that had theirs.
        var values = 0
        var value = 0
        var down = 0
        var gate = 0
        var up = 0

        init(isTied: Bool) { self.isTied = isTied }
    }

    private func type(of role: Role, columns: Int, layer: Int?, _ counts: inout Counts) -> TensorType {
        switch role {
        case .output: return outputType(columns: columns)
        case .embedding: return counts.isTied ? outputType(columns: columns) : embeddingType
        case _ where type.hasOneOrTwoBits: return fewBitsType(of: role, &counts)
        case .value, .queryKeyValue:
            defer { counts.value += 1 }
            return valueType(at: counts.value, of: counts.values)
        case .key: return expertCount == 8 ? .Q8_0 : queryType
        case .query: return queryType
        case .down:
            defer { counts.down += 1 }
            return downType(at: expertCount > 1 ? layer ?? counts.down : counts.down)
        case .gate:
            defer { counts.gate += 1 }
            return wideningType(at: expertCount > 1 ? layer ?? counts.gate : counts.gate)
        case .up:
            defer { counts.up += 1 }
            return wideningType(at: expertCount > 1 ? layer ?? counts.up : counts.up)
        case .attentionOutput: return attentionOutputType
        case .other: return type.main
        }
    }

    private func outputType(columns: Int) -> TensorType {
        if type.main == .Q8_0 || columns % type.main.blockElements != 0 { return .Q8_0 }
        return type.hasOneOrTwoBits || type == .iq3_xxs ? .Q5_K : .Q6_K
    }

    /// Of rows that are looked up, where the output has a matrix of its own.
    private var embeddingType: TensorType {
        switch type {
        case .tq1_0, .tq2_0: .Q4_K
        case .iq2_xxs, .iq2_xs, .iq1_s, .iq1_m: .Q2_K
        case .iq2_s, .iq2_m, .iq3_xxs: .IQ3_S
        default: type.main
        }
    }

    private func valueType(at index: Int, of count: Int) -> TensorType {
        if expertCount == 8 { return .Q8_0 }
        let chosen: TensorType =
            switch type {
            case .q2_k: groupSize >= 4 ? .Q4_K : .Q3_K
            case .q2_k_s, .iq3_xs, .iq3_s: groupSize >= 4 ? .Q4_K : type.main
            case .iq3_xxs: groupSize >= 4 ? .Q4_K : hasImportance ? .IQ3_XXS : .IQ3_S
            case .iq3_m: .Q4_K
            case .q3_k_m: index < 2 ? .Q5_K : .Q4_K
            case .q3_k_l: .Q5_K
            case .iq4_nl, .iq4_xs: groupSize >= 4 ? .Q5_K : type.main
            case .q4_k_m, .q5_k_m: Self.deservesMore(index, of: count) ? .Q6_K : type.main
            case .q4_k_s: index < 4 ? .Q5_K : type.main
            default: type.main
            }
        // Where eight query heads share it (Llama 70B), it is small and matters more.
        let isShared = layerCount == 80 && groupSize > 1
        return isShared && (chosen == .Q3_K || chosen == .Q4_K) ? .Q5_K : chosen
    }

    private func downType(at layer: Int) -> TensorType {
        switch type {
        case .q2_k: .Q3_K
        case .q2_k_s: isEarly(layer) ? .Q4_K : type.main
        case .iq3_xxs: hasImportance ? type.main : isEarly(layer) ? .Q4_K : .Q3_K
        case .iq3_m:
            isEarly(layer) || expertCount == 8 && Self.deservesMore(layer, of: layerCount) ? .Q4_K : type.main
        case .q3_k_m: layer < layerCount / 16 ? .Q5_K : .Q4_K
        case .q3_k_l: .Q5_K
        case .q4_k_m, .q5_k_m: Self.deservesMore(layer, of: layerCount) ? .Q6_K : type.main
        case .q4_k_s: isEarly(layer) ? .Q5_K : type.main
        case .iq4_nl, .iq4_xs: isEarly(layer) && !hasImportance ? .Q5_K : type.main
        case .q4_0: isEarly(layer) && hasImportance ? .Q4_1 : type.main
        case .q5_0: isEarly(layer) && hasImportance ? .Q5_1 : type.main
        default: type.main
        }
    }

    /// Of keys and queries.
    private var queryType: TensorType {
        switch type {
        case .iq3_xs: .IQ3_XXS
        case .iq3_xxs: .IQ2_S
        default: type.main
        }
    }

    /// Of gates and up projections.
    private func wideningType(at layer: Int) -> TensorType {
        type == .iq3_xs && !isEarly(layer) && layer < 7 * layerCount / 8 ? .IQ3_XXS : type.main
    }

    private func isEarly(_ layer: Int) -> Bool { layer < layerCount / 8 }

    private var attentionOutputType: TensorType {
        if expertCount == 8 {
            return switch type {
            case .q2_k, .iq3_xs, .iq3_xxs, .q3_k_s, .q3_k_m, .iq4_nl, .q4_k_s, .q4_k_m, .iq3_s, .iq3_m, .iq4_xs: .Q5_K
            default: type.main
            }
        }
        return switch type {
        case .q2_k: .Q3_K
        case .iq3_xxs: .IQ3_S
        case .q3_k_m, .iq3_m: .Q4_K
        case .q3_k_l: .Q5_K
        default: type.main
        }
    }

    /// The types of one and two bits, which spare fewer tensors.
    private func fewBitsType(of role: Role, _ counts: inout Counts) -> TensorType {
        let hasMore = type == .iq2_s || type == .iq2_m
        switch role {
        case .value, .queryKeyValue: return groupSize >= 4 || expertCount >= 4 ? .Q4_K : hasMore ? .IQ3_S : .Q2_K
        case .key: return expertCount == 8 ? .Q4_K : type.main
        case .down:
            defer { counts.down += 1 }
            return isEarly(counts.down) ? hasMore ? .IQ3_S : .Q2_K : type.main
        case .attentionOutput:
            if expertCount == 8 { return .Q5_K }
            return hasMore ? .IQ3_S : type == .iq1_s || type == .iq1_m ? .IQ2_XXS : type.main
        default: return type.main
        }
    }

    /// The first and the last eighth of the layers, and every third between them.
    private static func deservesMore(_ layer: Int, of count: Int) -> Bool {
        layer < count / 8 || layer >= 7 * count / 8 || (layer - count / 8) % 3 == 2
    }

    /// The type, or the one that takes its place where rows are not whole blocks.
    private static func fitting(_ type: TensorType, columns: Int) -> TensorType {
        guard columns % type.blockElements != 0 else { return type }
        let small: TensorType =
            switch type {
            case .Q2_K, .Q3_K, .TQ1_0, .TQ2_0: .Q4_0
            case .Q4_K: .Q5_0
            case .Q5_K: .Q5_1
            case .Q6_K: .Q8_0
            case .IQ4_XS, .IQ3_S, .IQ3_XXS, .IQ2_S, .IQ2_XS, .IQ2_XXS, .IQ1_M, .IQ1_S: .IQ4_NL
            default: .F16
            }
        return columns % small.blockElements == 0 ? small : .F16
    }
}

// MARK: - Names

extension Mixture {
    /// The role of a tensor, as far as the rules distinguish.
    enum Role {
        case output, embedding, queryKeyValue, value, key, query, down, gate, up, attentionOutput, other

        init(_ name: String) {
            let kinds: [(String, Role)] = [
                ("attn_qkv.weight", .queryKeyValue), ("attn_kv_b.weight", .value), ("attn_v.weight", .value),
                ("attn_k.weight", .key), ("attn_q.weight", .query), ("attn_output.weight", .attentionOutput),
                ("ffn_up", .up), ("ffn_gate", .gate), ("ffn_down", .down),
            ]
            self =
                switch name {
                case "output.weight": .output
                case "token_embd.weight", "per_layer_token_embd.weight": .embedding
                default: kinds.first { Mixture.does(name, hold: $0.0) }?.1 ?? .other
                }
        }

        var isValue: Bool { self == .value || self == .queryKeyValue }
    }

    /// Parts of names of matrices that are small, or looked up in rather than multiplied by.
    private static let spared = [
        "_norm.weight", "ffn_gate_inp.weight", "altup", "laurel", "per_layer_model_proj", "ssm_conv1d",
        "shortconv.conv.weight", "time_mix_first.weight", "time_mix_w0.weight", "time_mix_w1.weight",
        "time_mix_w2.weight", "time_mix_v0.weight", "time_mix_v1.weight", "time_mix_v2.weight", "time_mix_a0.weight",
        "time_mix_a1.weight", "time_mix_a2.weight", "time_mix_g1.weight", "time_mix_g2.weight",
        "time_mix_decay_w1.weight", "time_mix_decay_w2.weight", "time_mix_lerp_fused.weight", "attn_rel_b.weight",
        ".position_embd", "sam.pos_embd", "sam.neck.", "sam.net_", ".rel_pos", ".patch_embd", ".patch_merger",
    ]

    private static func isQuantized(_ tensor: Tensor) -> Bool {
        tensor.rows > 1 && tensor.name.hasSuffix("weight")
            && tensor.name != "position_embd.weight" && tensor.name != "token_types.weight"
            && !spared.contains { does(tensor.name, hold: $0) }
    }

    /// Whether a part stands anywhere in a name. (`contains(_: String)` is part of the regular expressions' library.)
    private static func does(_ name: String, hold part: String) -> Bool {
        var rest = name.utf8[...]
        while rest.count >= part.utf8.count {
            if rest.starts(with: part.utf8) { return true }
            rest = rest.dropFirst()
        }
        return false
    }

    /// N of `blk.N.`
    private static func layer(of name: String) -> Int? {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count > 2 && parts[0] == "blk" ? Int(parts[1]) : nil
    }
}
