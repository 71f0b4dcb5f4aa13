import Look
import Models
import Swiftlet

/// Pages of what models compute on texts. One is made at a time, whatever the model, so that their memory is bounded.
final class LookService: Sendable {
    /// What a client asks for.
    struct Request: Sendable {
        var text: String
        /// Of a decoder, tokens that it writes first; of an encoder-decoder, the most that it writes.
        var maxTokens: Int?
        /// Of an encoder-decoder, the target, and the languages.
        var target: String?
        var task = TextTask.plain
        /// Those whose attention is shown; nil: all.
        var layers: Set<Int>?
        var heads: Set<Int>?
        var ablations: [AblatedPart] = []
    }

    /// Max tokens of a text, those that are written counted in.
    static let maxTokens = 512
    /// Max bytes of attention weights, of a page's, and multiply-adds of its lens.
    private static let maxAttentionBytes = 512 << 20
    private static let maxPageBytes = 16 << 20
    private static let maxLensWork = 60_000_000_000

    private let places: WaitingRoom
    private let work = WorkQueue("swiftlet-look")

    /// - Parameter queue: max number of requests that wait.
    init(queue: Int) { places = WaitingRoom(places: 1, queue: queue) }

    /// The page. A cancelled task ends it.
    ///
    /// - Throws: ``SwiftletError``, ``APIError`` where too many wait, `CancellationError`.
    func page(_ request: Request, _ model: ServedModel, _ runtime: RuntimeOptions) async throws -> [UInt8] {
        try await places.enter()
        defer { places.leave() }
        let box = CancellationBox()
        return try await withTaskCancellationHandler {
            try await work.run { try Self.page(request, model, runtime, box) }
        } onCancel: {
            box.cancel()
        }
    }

    private static func page(
        _ request: Request, _ model: ServedModel, _ runtime: RuntimeOptions, _ box: CancellationBox
    ) throws -> [UInt8] {
        let subject = try subject(request, model.model, runtime)
        for tokens in [subject.source, subject.target] where tokens.count > maxTokens {
            throw SwiftletError(
                .contextFull,
                "the text has \(tokens.count) tokens: a page shows at most \(maxTokens); swiftlet look shows longer ones"
            )
        }
        if box.isCancelled { throw CancellationError() }
        var options = TraceOptions()
        options.runtime = runtime
        options.layers = request.layers
        options.heads = request.heads
        options.maxAttentionBytes = maxAttentionBytes
        let stop = SessionCancellation()
        options.cancellation = stop
        box.set(stop)
        let trace = try subject.trace(model.model, options)
        box.set(nil)
        guard trace.stages.contains(where: { !$0.attentions.isEmpty }) || request.layers == nil else {
            throw SwiftletError(.invalidArgument, "no layer of the model is one of those that are to be shown")
        }
        var report = LookReport(model.model, name: model.name, subject, trace)
        try report.choosePool(maxBytes: maxPageBytes)
        if box.isCancelled { throw CancellationError() }
        try report.readLens(runtime, maxWork: maxLensWork)
        if box.isCancelled { throw CancellationError() }
        report.readFlow()
        if !request.ablations.isEmpty {
            let name = request.ablations.map(\.description).joined(separator: ", ")
            try report.addChange(
                LookChange(subject, trace, model.model, ablating: request.ablations, options), name: name)
        }
        return report.html
    }

    private static func subject(
        _ request: Request, _ model: Model, _ runtime: RuntimeOptions
    ) throws(SwiftletError) -> LookSubject {
        if model.kind == .textToText {
            let (source, target) = try model.targetToTrace(
                request.text, request.task, target: request.target,
                maxTokens: min(request.maxTokens ?? maxTokens, maxTokens - 1), runtime)
            return LookSubject(source: source, target: target)
        }
        let tokens = model.tokenize(request.text)
        guard !tokens.isEmpty, tokens.count <= min(maxTokens, model.contextLength) else { return LookSubject(tokens) }
        return try LookSubject(
            tokens, generating: min(request.maxTokens ?? 0, maxTokens - tokens.count), model, runtime)
    }
}
