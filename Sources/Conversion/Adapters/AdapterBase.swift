package import GGUF
internal import JSON

/// The model that an adapter is for: it says how the adapter's modules are named in a GGUF file, and how their rows lie.
package struct AdapterBase {
    /// What the model may be converted by, the likeliest first; at least one.
    let families: [any Family]

    /// The folder of a model as Hugging Face stores it. Of that, `config.json` is read.
    ///
    /// - Throws: ``ConversionError``.
    package init(folder path: String) throws(ConversionError) {
        let folder = ModelFolder(path)
        guard !folder.isFile else { throw .notFolder(path: path) }
        guard let value = try folder.json("config.json") else {
            throw .missingFile("config.json", folder: folder.path)
        }
        let configuration = Configuration(path: folder.path("config.json"), value: value)
        families = [try ConvertibleFamilies.family(for: configuration, keepsHeads: true)]
    }

    /// A GGUF file, from whose sizes the settings of its class follow.
    ///
    /// - Throws: ``ConversionError`` when no class is known that is converted to its architecture and has these sizes.
    package init(file: GGUFFile) throws(ConversionError) {
        let architecture: String
        do throws(GGUFError) { architecture = try file.metadata.string("general.architecture") } catch {
            throw .file(error)
        }
        let configuration = Configuration(path: file.path, value: Self.settings(architecture, file))
        families = ConvertibleFamilies.all.flatMap { type in
            type.classes.compactMap { name -> (any Family)? in
                guard let family = try? type.init(configuration, className: name, keepsHeads: true) else { return nil }
                return family.architecture == architecture ? family : nil
            }
        }
        guard !families.isEmpty else {
            throw .unsupported(
                "naming the modules of an adapter by a file of the architecture \(architecture.visible) alone: give the "
                    + "folder of the model (swiftlet convert --base DIR); this", path: file.path)
        }
    }

    /// What `config.json` would say, under all names that classes have for it.
    private static func settings(_ architecture: String, _ file: GGUFFile) -> JSONValue {
        var members: [JSONValue.Member] = []
        func add(_ value: Int?, _ names: [String]) {
            guard let value else { return }
            members += names.map { JSONValue.Member($0, .number("\(value)")) }
        }
        func size(_ key: String) -> Int? {
            let full = "\(architecture).\(key)"
            if let value = try? file.metadata.int(full) { return value }
            // Of each layer, where all are the same.
            guard let all = try? file.metadata.ints(full), let first = all.first, all.allSatisfy({ $0 == first })
            else { return nil }
            return first
        }
        let hiddenSize = size("embedding_length")
        let heads = size("attention.head_count")
        let layers = size("block_count")
        add(hiddenSize, ["hidden_size", "n_embd", "n_embed", "d_model", "dim"])
        add(
            layers,
            [
                "num_hidden_layers", "num_layers", "n_layer", "n_layers", "encoder_layers", "decoder_layers",
            ])
        add(size("decoder_block_count"), ["num_decoder_layers", "decoder_layers"])
        add(size("encoder.block_count"), ["encoder_layers"])
        add(
            heads,
            [
                "num_attention_heads", "n_head", "n_heads", "num_heads", "encoder_attention_heads",
                "decoder_attention_heads",
            ])
        add(
            size("attention.head_count_kv") ?? heads,
            [
                "num_key_value_heads", "num_kv_heads", "n_head_kv", "multi_query_group_num",
            ])
        add(
            size("feed_forward_length"),
            [
                "intermediate_size", "n_inner", "hidden_dim", "d_ff", "ffn_hidden_size", "encoder_ffn_dim",
                "decoder_ffn_dim",
            ])
        add(size("attention.key_length"), ["head_dim", "d_kv", "qk_head_dim", "kv_channels"])
        add(size("rope.dimension_count"), ["rotary_dim"])
        add(
            size("context_length"),
            [
                "max_position_embeddings", "n_positions", "n_ctx", "max_seq_len", "seq_length", "max_target_positions",
            ])
        add(file.tensor(named: "token_embd.weight")?.rows, ["vocab_size", "padded_vocab_size"])
        add(size("expert_count"), ["num_experts", "num_local_experts", "n_routed_experts", "moe_num_experts"])
        add(size("expert_used_count"), ["num_experts_per_tok", "moe_topk", "moe_k", "top_k_experts"])
        add(size("expert_feed_forward_length"), ["moe_intermediate_size", "expert_intermediate_size"])
        add(size("expert_shared_feed_forward_length"), ["shared_expert_intermediate_size"])
        add(size("leading_dense_block_count"), ["first_k_dense_replace"])
        let isTied = file.tensor(named: "output.weight") == nil
        members.append(JSONValue.Member("tie_word_embeddings", .bool(isTied)))
        return .object(members)
    }
}
