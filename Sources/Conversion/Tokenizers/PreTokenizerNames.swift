internal import JSON

/// Finds out by which name model files call the splitting rule of a byte-level `tokenizer.json`.
enum PreTokenizerNames {
    /// A rule as steps, each with what makes it what it is.
    private static let known: [(name: String, steps: [String])] = [
        ("gpt-2", ["ByteLevel words"]),
        ("llama-bpe", ["Split " + words(numbers: #"\p{N}{1,3}"#), "ByteLevel"]),
        ("qwen2", ["Split " + words(numbers: #"\p{N}"#), "ByteLevel"]),
        ("smollm", ["Digits single", "ByteLevel words"]),
    ]

    /// The regular expression of Llama 3, and with another treatment of numbers that of Qwen 2.
    private static func words(numbers: String) -> String {
        #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"# + numbers
            + #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    }

    static func isByteLevel(_ tokenizer: JSONValue) -> Bool {
        parts(tokenizer["pre_tokenizer"]).contains { $0["type"]?.string == "ByteLevel" }
            || parts(tokenizer["decoder"], under: "decoders").contains { $0["type"]?.string == "ByteLevel" }
    }

    /// - Throws: ``ConversionError/unsupported(_:path:)`` for a rule that has no name here, which tells its steps.
    static func name(of tokenizer: JSONValue, path: String) throws(ConversionError) -> String {
        // Composition (NFC) changes few texts; model files cannot say it, and llama.cpp leaves it out too.
        for part in parts(tokenizer["normalizer"], under: "normalizers") where part["type"]?.string != "NFC" {
            throw .unsupported("the normalizer \(part["type"]?.string?.visible ?? "without a type")", path: path)
        }
        let steps = parts(tokenizer["pre_tokenizer"]).map(step)
        guard let match = known.first(where: { $0.steps == steps }) else {
            throw .unsupported("the pre-tokenizer \(steps.joined(separator: ", then ").debugDescription)", path: path)
        }
        return match.name
    }

    /// The parts of a sequence, or the one value.
    private static func parts(_ value: JSONValue?, under key: String = "pretokenizers") -> [JSONValue] {
        guard let value, !value.isNull else { return [] }
        guard value["type"]?.string == "Sequence", let items = value[key]?.items else { return [value] }
        return items
    }

    private static func step(_ value: JSONValue) -> String {
        let kind = value["type"]?.string ?? "a step without a type"
        switch kind {
        case "ByteLevel":
            let prefix = value["add_prefix_space"]?.bool == true ? " with a space in front" : ""
            return (value["use_regex"]?.bool == false ? kind : "\(kind) words") + prefix
        case "Digits": return value["individual_digits"]?.bool == true ? "\(kind) single" : "\(kind) together"
        case "Split":
            let pattern = value["pattern"]?["Regex"]?.string ?? value["pattern"]?.text ?? ""
            let behaviour = value["behavior"]?.string ?? ""
            let isUsual = behaviour == "Isolated" && value["invert"]?.bool != true
            return "\(kind) \(pattern)" + (isUsual ? "" : " (\(behaviour), inverted: \(value["invert"]?.text ?? ""))")
        default: return kind
        }
    }
}
