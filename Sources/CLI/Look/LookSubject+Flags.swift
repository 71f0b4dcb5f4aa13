import Look
import Models
import Swiftlet
import Tokenizers

extension LookSubject {
    /// What the command line names.
    init(
        _ model: Model, _ text: [UInt8], _ flags: LookFlags, _ prompt: PromptFlags, _ runtime: RuntimeOptions
    ) throws {
        switch model.kind {
        case .speech:
            guard let path = flags.audio else {
                throw Failure.message("\(model.path): the model transcribes speech: give a sound with --audio talk.wav")
            }
            try self.init(
                sound: path, SpeechModel(model), target: flags.decoderIDs?.tokens, language: flags.from, runtime)
        case _ where flags.audio != nil:
            throw Failure.message("--audio belongs to a model that transcribes speech (\(model.path) does not)")
        case .textToText:
            if let ids = flags.decoderIDs {
                self.init(source: flags.ids?.tokens ?? prompt.tokens(text, model.tokenizer), target: ids.tokens)
            } else {
                let task: TextTask =
                    flags.from != nil || flags.to != nil ? .translation(from: flags.from, to: flags.to) : .plain
                let (source, target) = try model.targetToTrace(
                    String(decoding: text, as: UTF8.self), task, target: flags.target, maxTokens: flags.maxTokens,
                    runtime)
                self.init(source: source, target: target)
            }
        default:
            let tokens = flags.ids?.tokens ?? prompt.tokens(text, model.tokenizer)
            try PromptFlags.check(tokens, contextLength: model.contextLength)
            if flags.maxTokens ?? 0 > 0, model.kind != .decoder {
                throw Failure.message("-n belongs to a model that continues a text (\(model.path) does not)")
            }
            try self.init(tokens, generating: flags.maxTokens ?? 0, model, runtime)
        }
    }
}
