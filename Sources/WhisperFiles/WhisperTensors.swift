internal import GGUF

/// The tensors of a file under the names that they have in GGUF.
enum WhisperTensors {
    /// Reads the tensors up to the end of the file.
    static func read(_ cursor: inout Cursor, _ header: WhisperHeader) throws(FormatError) -> [TensorInfo] {
        var tensors = [header.filters]
        var names: Set<String> = [header.filters.name]
        while cursor.remaining > 0 {
            let tensor = try tensor(&cursor, header)
            guard names.insert(tensor.name).inserted else { throw .tensor(name: tensor.name, .duplicate) }
            tensors.append(tensor)
        }
        return tensors
    }

    private static func tensor(_ cursor: inout Cursor, _ header: WhisperHeader) throws(FormatError) -> TensorInfo {
        let rank = try cursor.number("a tensor's number of dimensions", in: 1...4)
        let length = try cursor.number("the length of a tensor's name", in: 1...longestName)
        let id: UInt32 = try cursor.integer("a tensor's type")
        var dimensions: [Int] = []
        for _ in 0..<rank { dimensions.append(try cursor.number("a tensor's dimension", in: 1...Int(Int32.max))) }
        let place = try cursor.skip(UInt64(length), "a tensor's name")
        guard let stored = cursor.bytes.extracting(place).validString else {
            throw .invalidUTF8(what: "a tensor's name", offset: place.lowerBound)
        }
        guard let type = TensorType(rawValue: id) else { throw .tensor(name: stored, .type(UnknownTensorType(id: id))) }
        guard let name = name(of: stored, header) else { throw .unknownTensor(stored) }
        // A convolution's bias is stored as a column.
        if dimensions.count == 2, dimensions[0] == 1, stored.hasSuffix(".bias") { dimensions.removeFirst() }
        do throws(TensorError) {
            let tensor = try TensorInfo(name: name, type: type, dimensions: dimensions, offset: cursor.offset)
            _ = try data(&cursor, tensor)
            return tensor
        } catch {
            throw .tensor(name: stored, error)
        }
    }

    private static func data(_ cursor: inout Cursor, _ tensor: TensorInfo) throws(TensorError) -> Range<Int> {
        do throws(FormatError) {
            return try cursor.skip(UInt64(tensor.byteCount), "its data")
        } catch {
            throw .outsideFile(offset: 0, byteCount: tensor.byteCount, available: cursor.remaining)
        }
    }

    private static let longestName = 128

    // MARK: - Names

    /// GGUF's name for a tensor of OpenAI's checkpoints; nil for one that the model has no place for.
    static func name(of stored: String, _ header: WhisperHeader) -> String? {
        if let name = single[stored] { return name }
        let parts = stored.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count >= 5, parts[1] == "blocks", let layer = Int(parts[2]), String(layer) == parts[2],
            let ending = parts.last, ending == "weight" || ending == "bias",
            let part = block[parts[3..<parts.count - 1].joined(separator: ".")]
        else { return nil }
        switch parts[0] {
        case "encoder" where (0..<header.encoder.layers).contains(layer) && !part.hasPrefix("cross"):
            return "enc.blk.\(layer).\(part).\(ending)"
        case "decoder" where (0..<header.decoder.layers).contains(layer):
            return "dec.blk.\(layer).\(part).\(ending)"
        default: return nil
        }
    }

    private static let single = [
        "encoder.positional_embedding": "enc.position_embd.weight",
        "encoder.conv1.weight": "enc.conv1d.1.weight",
        "encoder.conv1.bias": "enc.conv1d.1.bias",
        "encoder.conv2.weight": "enc.conv1d.2.weight",
        "encoder.conv2.bias": "enc.conv1d.2.bias",
        "encoder.ln_post.weight": "enc.output_norm.weight",
        "encoder.ln_post.bias": "enc.output_norm.bias",
        "decoder.positional_embedding": "dec.position_embd.weight",
        "decoder.token_embedding.weight": "token_embd.weight",
        "decoder.ln.weight": "dec.output_norm.weight",
        "decoder.ln.bias": "dec.output_norm.bias",
    ]

    private static let block = [
        "attn_ln": "attn_norm", "attn.query": "attn_q", "attn.key": "attn_k", "attn.value": "attn_v",
        "attn.out": "attn_output",
        "cross_attn_ln": "cross_attn_norm", "cross_attn.query": "cross_attn_q", "cross_attn.key": "cross_attn_k",
        "cross_attn.value": "cross_attn_v", "cross_attn.out": "cross_attn_output",
        "mlp_ln": "ffn_norm", "mlp.0": "ffn_up", "mlp.2": "ffn_down",
    ]
}
