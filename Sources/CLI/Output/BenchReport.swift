/// What `bench` found.
struct BenchReport {
    let model: String
    let architecture: String
    let fileBytes: Int
    let tensorBytes: Int
    /// Bytes of weights that one decode step reads.
    let decodeBytes: Int
    let threads: Int
    let instructionSet: String
    let cacheType: String
    let promptTokens: Int
    let decodeTokens: Int
    let runs: Int
    let openMilliseconds: Double
    /// Tokens a second.
    let promptSpeed: Double
    let decodeSpeed: Double
    /// Bytes a second that this machine can read.
    let readBandwidth: Double
    let peakResidentBytes: Int

    /// Bytes a second that decoding reads.
    private var decodeRate: Double { Double(decodeBytes) * decodeSpeed }
    private var decodeShare: Double { decodeRate / readBandwidth }

    var text: String {
        var table = Table(("measured", .left), ("value", .right), ("unit", .left))
        table.append("prompt", Format.decimal(promptSpeed, 1), "tokens/s (\(promptTokens) tokens, median of \(runs))")
        table.append("decode", Format.decimal(decodeSpeed, 1), "tokens/s (\(decodeTokens) tokens, median of \(runs))")
        table.append(
            "decode reads", Format.decimal(decodeRate / 1e9, 2), "GB/s (\(Format.bytes(decodeBytes)) a token)")
        table.append("read bandwidth", Format.decimal(readBandwidth / 1e9, 2), "GB/s")
        table.append("share of it", Format.decimal(decodeShare * 100, 1), "%")
        table.append("open", Format.decimal(openMilliseconds, 2), "ms")
        table.append("peak memory", Format.decimal(Double(peakResidentBytes) / 1e6, 1), "MB")
        return "\(Format.visible(model)): \(architecture), \(Format.bytes(fileBytes)); threads: \(threads), "
            + "instruction set: \(instructionSet), cache: \(cacheType)\n\n" + table.text(for: .output)
    }

    /// - Parameter profile: one more entry.
    func json(profile: JSON?) -> JSON {
        var fields: [String: JSON] = [
            "model": .string(model), "architecture": .string(architecture), "file_bytes": .int(fileBytes),
            "tensor_bytes": .int(tensorBytes), "decode_bytes_per_token": .int(decodeBytes), "threads": .int(threads),
            "instruction_set": .string(instructionSet), "kv_type": .string(cacheType),
            "prompt_tokens": .int(promptTokens), "decode_tokens": .int(decodeTokens), "repeat": .int(runs),
            "open_milliseconds": .number(openMilliseconds), "prompt_tokens_per_second": .number(promptSpeed),
            "decode_tokens_per_second": .number(decodeSpeed),
            "decode_gb_per_second": .number(decodeRate / 1e9),
            "read_bandwidth_gb_per_second": .number(readBandwidth / 1e9),
            "decode_share_of_bandwidth": .number(decodeShare), "peak_resident_bytes": .int(peakResidentBytes),
        ]
        fields["profile"] = profile
        return .object(fields)
    }
}
