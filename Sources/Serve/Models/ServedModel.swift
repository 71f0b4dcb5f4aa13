import Foundation
import GGUF
import Models
import Swiftlet

/// A model that clients can ask for by its name, with what answers for it.
final class ServedModel: Sendable {
    let name: String
    let model: Model
    /// Seconds since 1970.
    let created: Int
    /// Writes text; nil for a model that does not.
    let text: TextScheduler?
    /// The form of conversations; nil for a model without one.
    let template: ChatTemplate?
    /// Why there is no template, for clients.
    let templateProblem: String?
    /// What changes it, in answers that ask for it.
    let adapters: ServedAdapters
    /// Makes vectors; nil for a model that does not.
    let embedding: EmbeddingService?
    let reranking: RerankingService?
    let speech: SpeechService?
    let translation: TranslationService?

    /// - Throws: ``SwiftletError`` for a model that cannot be run.
    init(_ name: String, _ model: Model, _ options: ServerOptions, _ metrics: Metrics) throws(SwiftletError) {
        self.name = name
        self.model = model
        created = Int(Date().timeIntervalSince1970)
        adapters = try ServedAdapters(name, model, options)
        var runtime = options.runtime
        text =
            model.kind == .decoder
            ? try TextScheduler(model, runtime, contextLength: options.contextLength(model), options.text, metrics)
            : nil
        try text?.check(adapters.all)
        // What does not write text runs with the same adapters always.
        runtime.adapters = adapters.standard.adapters
        var template: ChatTemplate?
        var problem: String?
        if model.kind == .decoder {
            do throws(SwiftletError) {
                template = try ChatTemplate(model, source: options.templates[name], name: nil)
            } catch { problem = error.message }
        }
        self.template = template
        templateProblem = problem
        reranking = model.kind == .encoder ? RerankingService(model, runtime) : nil
        embedding =
            model.kind == .encoder || (model.kind == .decoder && model.hasPooling)
            ? EmbeddingService(model, runtime, queue: options.text.queue) : nil
        speech = model.kind == .speech ? try SpeechService(model, runtime, options) : nil
        translation = model.kind == .textToText ? TranslationService(model, runtime, options) : nil
    }

    /// What it does, in words of the API.
    var capabilities: [String] {
        var all: [String] = []
        if text != nil { all.append("completion") }
        if template != nil { all.append("chat") }
        if embedding != nil { all.append("embedding") }
        if reranking != nil { all.append("rerank") }
        if speech != nil { all.append("transcription") }
        if translation != nil { all.append("translation") }
        return all
    }

    /// A message of the library without the path of the model's file.
    func withoutPath(_ message: String) -> String { message.replacingOccurrences(of: model.path, with: name) }
}

extension Model {
    /// Whether the file says how its vectors are pooled, as those of embedding models do.
    fileprivate var hasPooling: Bool { metadata.contains("\(architecture).pooling_type") }
}
