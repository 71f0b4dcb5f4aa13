internal import JSON

/// Finds out by which name model files call the splitting rule of a byte-level `tokenizer.json`.
enum PreTokenizerNames {
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
        let ignoresMerges = tokenizer["model"]?["ignore_merges"]?.bool
        let matches = PreTokenizerRule.all.filter { $0.steps == steps }
        // Old files do not say that merges are ignored: the rule alone tells then.
        guard let match = matches.first(where: { $0.ignoresMerges == ignoresMerges }) ?? matches.first else {
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
        case "Punctuation": return "\(kind) \(value["behavior"]?.string ?? "Isolated")"
        case "Digits": return value["individual_digits"]?.bool == true ? "\(kind) single" : "\(kind) together"
        case "Split":
            let pattern = value["pattern"]?["Regex"]?.string.map(escaped) ?? value["pattern"]?.text ?? ""
            let behaviour = value["behavior"]?.string ?? ""
            let isUsual = behaviour == "Isolated" && value["invert"]?.bool != true
            return "\(kind) \(pattern)" + (isUsual ? "" : " (\(behaviour), inverted: \(value["invert"]?.text ?? ""))")
        default: return kind
        }
    }

    /// Files write a line break in a pattern as itself or as an escape.
    private static func escaped(_ pattern: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in pattern.unicodeScalars {
            switch scalar {
            case "\r": scalars.append(contentsOf: #"\r"#.unicodeScalars)
            case "\n": scalars.append(contentsOf: #"\n"#.unicodeScalars)
            case "\t": scalars.append(contentsOf: #"\t"#.unicodeScalars)
            default: scalars.append(scalar)
            }
        }
        return String(scalars)
    }
}
