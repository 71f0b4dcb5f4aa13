package import GGUF
package import Tokenizers

extension Tokenizer {
    /// The tokenizer that a file describes under `tokenizer.ggml.*`.
    ///
    /// - Throws: ``SwiftletError`` with the code `file` for a key that is missing or of a wrong type, `tokenizer` for
    ///   tables that do not fit together or an algorithm that is not known.
    package init(_ file: GGUFFile) throws(SwiftletError) {
        let source = TokenizerMetadata(file)
        let model: String
        let preTokenizer: String?
        let vocabulary: Vocabulary
        let merges: ByteStrings
        let special: SpecialTokens
        do throws(GGUFError) {
            model = try file.metadata.string("tokenizer.ggml.model")
            preTokenizer = try source.optionalString("pre")
            special = try source.specialTokens(model: model, preTokenizer: preTokenizer)
        } catch {
            throw SwiftletError(error)
        }
        vocabulary = try source.vocabulary()
        merges = try source.merges()
        do throws(TokenizerError) {
            try self.init(
                model: model, preTokenizer: preTokenizer, vocabulary: vocabulary, merges: merges, special: special)
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

    func optionalString(_ name: String) throws(GGUFError) -> String? {
        file.metadata.contains(key(name)) ? try file.metadata.string(key(name)) : nil
    }

    /// Ids from the file, or what the algorithm's files are known to leave out.
    func specialTokens(model: String, preTokenizer: String?) throws(GGUFError) -> SpecialTokens {
        let isSentencePiece = model == "llama"
        // Byte-level files without ids mean GPT-2's 11 only where there is such a token; a claim is checked, a default not.
        let count = file.metadata.value(key("tokens"))?.count ?? 0
        func id(_ name: String, default fallback: Int? = nil) throws(GGUFError) -> Int32? {
            let name = key(name)
            guard file.metadata.contains(name) else {
                return fallback.flatMap { $0 < count ? Int32($0) : nil }
            }
            let value = try file.metadata.int(name)
            // 2³² - 1 is how some files say "none".
            return value == Int(UInt32.max) ? nil : Int32(clamping: value)
        }
        let bos = try id("bos_token_id", default: isSentencePiece ? 1 : 11)
        let eos = try id("eos_token_id", default: isSentencePiece ? 2 : 11)
        let addsBOS = isSentencePiece || ["llama-bpe", "llama3", "llama-v3"].contains(preTokenizer)
        return SpecialTokens(
            bos: bos, eos: eos, eot: try id("eot_token_id"), eom: try id("eom_token_id"),
            unknown: try id("unknown_token_id", default: isSentencePiece ? 0 : nil),
            separator: try id("seperator_token_id"), padding: try id("padding_token_id"),
            mask: try id("mask_token_id"),
            addBOS: try file.metadata.bool(key("add_bos_token"), default: addsBOS && bos != nil),
            addEOS: try file.metadata.bool(key("add_eos_token"), default: false),
            addSpacePrefix: try file.metadata.bool(key("add_space_prefix"), default: isSentencePiece))
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
