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
    /// Multiplications by weights in the prompt.
    let promptMultiplyAdds: Double
    /// Those a second that the instruction set's dot instructions can do; nil where others multiply too.
    let productPeak: Double?
    let peakResidentBytes: Int

    /// Bytes a second that decoding reads.
    private var decodeRate: Double { Double(decodeBytes) * decodeSpeed }
    private var decodeShare: Double { decodeRate / readBandwidth }
    /// Multiplications a second by weights in the prompt.
    private var promptRate: Double { promptMultiplyAdds / Double(promptTokens) * promptSpeed }
    private var promptShare: Double? { productPeak.map { promptRate / $0 } }

    var text: String {
        var table = Table(("measured", .left), ("value", .right), ("unit", .left))
        table.append("prompt", Format.decimal(promptSpeed, 1), "tokens/s (\(promptTokens) tokens, median of \(runs))")
        table.append("prompt multiplies", Format.decimal(promptRate / 1e9, 1), "GMAC/s by weights")
        if let productPeak, let promptShare {
            table.append("dot instructions", Format.decimal(productPeak / 1e9, 1), "GMAC/s (\(instructionSet), int8)")
            table.append("share of them", Format.decimal(promptShare * 100, 1), "%")
        }
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
            "decode_share_of_bandwidth": .number(decodeShare), "prompt_gmac_per_second": .number(promptRate / 1e9),
            "dot_peak_gmac_per_second": productPeak.map { .number($0 / 1e9) } ?? .null,
            "prompt_share_of_dot_peak": promptShare.map { .number($0) } ?? .null,
            "peak_resident_bytes": .int(peakResidentBytes),
        ]
        fields["profile"] = profile
        return .object(fields)
    }
}
