internal import GGUF

extension Model {
    /// How the file's makers recommend to find a target: its `general.generation.*` values over the defaults, and the tokens
    /// that are never to be generated.
    ///
    /// Read are transformers' `num_beams`, `length_penalty`, `early_stopping`, `no_repeat_ngram_size`, `repetition_penalty`,
    /// `min_new_tokens`, `max_new_tokens`, `forced_bos_token_id` and `forced_eos_token_id`.
    ///
    /// - Throws: ``SwiftletError`` with the code `model` for a value of another kind or out of range, which it names. The model
    ///   can be used all the same, with options of the caller's own.
    public func recommendedBeams() throws(SwiftletError) -> BeamOptions {
        var options = BeamOptions()
        options.suppressed = suppressedTokens
        do throws(GGUFError) {
            options.beams = try generation("num_beams") ?? options.beams
            options.noRepeatNgram = try generation("no_repeat_ngram_size") ?? options.noRepeatNgram
            options.minTokens = try generation("min_new_tokens") ?? options.minTokens
            options.maxTokens = try generation("max_new_tokens")
            options.forcedFirst = try generation("forced_bos_token_id").flatMap(Token.init(exactly:))
            options.forcedLast = try generation("forced_eos_token_id").flatMap(Token.init(exactly:))
            let penalty = try metadata.float(Self.key("length_penalty"), default: Float(options.lengthPenalty))
            options.lengthPenalty = Double(penalty)
            options.repetitionPenalty = try metadata.float(
                Self.key("repetition_penalty"), default: options.repetitionPenalty)
            let name = try metadata.string(Self.key("early_stopping"), default: options.earlyStopping.rawValue)
            guard let stopping = BeamOptions.EarlyStopping(rawValue: name) else {
                throw .wrongValue(
                    key: Self.key("early_stopping"), expected: "true, false or never", found: name, path: path)
            }
            options.earlyStopping = stopping
        } catch {
            throw SwiftletError(.model, "\(error)")
        }
        do throws(SwiftletError) {
            try options.validate()
        } catch {
            throw SwiftletError(.model, "\(path): general.generation: \(error.message)")
        }
        return options
    }

    private static func key(_ name: String) -> String { "general.generation.\(name)" }

    private func generation(_ name: String) throws(GGUFError) -> Int? {
        metadata.contains(Self.key(name)) ? try metadata.int(Self.key(name)) : nil
    }
}
