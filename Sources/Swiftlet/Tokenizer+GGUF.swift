package import GGUF
package import Tokenizers

extension Tokenizer {
    /// The tokenizer that a file describes under `tokenizer.ggml.*`.
    ///
    /// - Parameter preTokenizer: instead of the file's own.
    /// - Throws: ``SwiftletError`` with the code `file` for a key that is missing or of a wrong type, `tokenizer` for
    ///   tables that do not fit together or an algorithm that is not known.
    package init(_ file: GGUFFile, preTokenizer: String? = nil) throws(SwiftletError) {
        let source = TokenizerMetadata(file)
        let (model, pre) = try source.names()
        let vocabulary = try source.vocabulary()
        let merges = try source.merges()
        let defaults: SpecialTokens
        do throws(TokenizerError) {
            defaults = try SpecialTokens.defaults(
                model: model, preTokenizer: preTokenizer ?? pre, vocabulary: vocabulary)
        } catch {
            throw SwiftletError(error, path: file.path)
        }
        let special = try source.specialTokens(defaults)
        let normalization = try source.normalization()
        do throws(TokenizerError) {
            try self.init(
                model: model, preTokenizer: preTokenizer ?? pre, vocabulary: vocabulary, merges: merges,
                special: special, normalization: normalization)
        } catch {
            throw SwiftletError(error, path: file.path)
        }
    }
}

/// Reads the tokenizer's keys.
private struct TokenizerMetadata {
    let file: GGUFFile

    init(_ file: GGUFFile) { self.file = file }

    private func key(_ name: String) -> String { "tokenizer.ggml.\(name)" }

    /// `model`, and `pre` where the file has it.
    func names() throws(SwiftletError) -> (model: String, preTokenizer: String?) {
        do throws(GGUFError) {
            let model = try file.metadata.string(key("model"))
            let hasPre = file.metadata.contains(key("pre"))
            return (model, hasPre ? try file.metadata.string(key("pre")) : nil)
        } catch {
            throw SwiftletError(error)
        }
    }

    /// The file's special tokens over the defaults.
    func specialTokens(_ defaults: SpecialTokens) throws(SwiftletError) -> SpecialTokens {
        func id(_ name: String, _ fallback: Int32?) throws(GGUFError) -> Int32? {
            guard file.metadata.contains(key(name)) else { return fallback }
            let value = try file.metadata.int(key(name))
            // 2³² - 1 is how some files say "none".
            return value == Int(UInt32.max) ? nil : Int32(clamping: value)
        }
        var special = defaults
        do throws(GGUFError) {
            special.bos = try id("bos_token_id", id("cls_token_id", defaults.bos))
            special.eos = try id("eos_token_id", defaults.eos)
            special.eot = try id("eot_token_id", defaults.eot)
            special.eom = try id("eom_token_id", defaults.eom)
            special.unknown = try id("unknown_token_id", defaults.unknown)
            special.separator = try id("seperator_token_id", defaults.separator)
            special.padding = try id("padding_token_id", defaults.padding)
            special.mask = try id("mask_token_id", defaults.mask)
            special.suppressed = try file.metadata.ints(key("suppress_tokens"), default: []).compactMap(
                Int32.init(exactly:))
            special.addBOS = try file.metadata.bool(key("add_bos_token"), default: defaults.addBOS)
            special.addEOS = try file.metadata.bool(key("add_eos_token"), default: defaults.addEOS)
            special.addSeparator = try file.metadata.bool(
                key("add_sep_token"), default: defaults.addSeparator && special.separator != nil)
            special.addSpacePrefix = try file.metadata.bool(key("add_space_prefix"), default: defaults.addSpacePrefix)
        } catch {
            throw SwiftletError(error)
        }
        return special
    }

    func normalization() throws(SwiftletError) -> TextNormalization {
        var normalization = TextNormalization()
        do throws(GGUFError) {
            normalization.lowercases = try file.metadata.bool(
                key("normalizer.lowercase"), default: normalization.lowercases)
            if file.metadata.contains(key("normalizer.strip_accents")) {
                normalization.stripsAccents = try file.metadata.bool(key("normalizer.strip_accents"))
            }
            normalization.removesExtraWhitespace = try file.metadata.bool(
                key("remove_extra_whitespaces"), default: normalization.removesExtraWhitespace)
            normalization.huggingFaceSteps = try huggingFaceSteps()
            if file.metadata.contains(key("precompiled_charsmap")) {
                // An array of bytes, signed or not.
                normalization.precompiledCharsmap = try file.metadata.ints(key("precompiled_charsmap")).map {
                    UInt8(truncatingIfNeeded: $0)
                }
            }
        } catch {
            throw SwiftletError(error)
        }
        return normalization
    }

    /// Of a Unigram vocabulary that was converted from a `tokenizer.json`.
    private func huggingFaceSteps() throws(GGUFError) -> HuggingFaceSteps? {
        let key = "tokenizer.huggingface.steps"
        guard file.metadata.contains(key) else { return nil }
        var steps: HuggingFaceSteps = []
        try file.metadata.stringArray(key).forEach { name throws(GGUFError) in
            let name = String(decoding: name.indices.map { name[$0] }, as: UTF8.self)
            if let step = HuggingFaceSteps(named: name) { steps.insert(step) }
        }
        return steps
    }

    func vocabulary() throws(SwiftletError) -> Vocabulary {
        var scores: [Float]?
        var kinds: [Int]?
        let tokens: StringArray
        do throws(GGUFError) {
            tokens = try file.metadata.stringArray(key("tokens"))
            if file.metadata.contains(key("scores")) { scores = try file.metadata.floats(key("scores")) }
            if file.metadata.contains(key("token_type")) { kinds = try file.metadata.ints(key("token_type")) }
        } catch {
            throw SwiftletError(error)
        }
        try expect(scores?.count, tokens.count, "scores")
        try expect(kinds?.count, tokens.count, "token_type")
        var vocabulary = Vocabulary(capacity: tokens.count)
        try tokens.forEach { text throws(SwiftletError) in
            let id = vocabulary.count
            let number = kinds?[id] ?? Int(TokenKind.normal.rawValue)
            guard let raw = UInt8(exactly: number), let kind = TokenKind(rawValue: raw) else {
                throw SwiftletError(
                    .tokenizer, "\(file.path): token \(id) has the unknown type \(number) in \(key("token_type"))")
            }
            do throws(TokenizerError) {
                try vocabulary.append(text, score: scores?[id] ?? 0, kind: kind)
            } catch {
                throw SwiftletError(error, path: file.path)
            }
        }
        return vocabulary
    }

    func merges() throws(SwiftletError) -> ByteStrings {
        guard file.metadata.contains(key("merges")) else { return ByteStrings() }
        let pairs: StringArray
        do throws(GGUFError) {
            pairs = try file.metadata.stringArray(key("merges"))
        } catch {
            throw SwiftletError(error)
        }
        var merges = ByteStrings(capacity: pairs.count)
        try pairs.forEach { pair throws(SwiftletError) in
            do throws(TokenizerError) { try merges.append(pair) } catch { throw SwiftletError(error, path: file.path) }
        }
        return merges
    }

    private func expect(_ found: Int?, _ expected: Int, _ name: String) throws(SwiftletError) {
        guard let found, found != expected else { return }
        throw SwiftletError(
            .tokenizer, "\(file.path): \(key(name)) has \(found) elements for \(expected) tokens")
    }
}
