import Swiftlet

/// A request that has its sequences: first its prompt is computed, then its texts are written side by side. The scheduler's
/// thread alone has it.
struct ActiveRequest {
    let job: TextJob
    let plan: PromptPlan
    let cachedTokens: Int
    /// The sequence that takes in the prompt; the first text's afterwards.
    let sequence: EngineSequence
    /// Tokens of the prompt that are computed, or were cached.
    var computed: Int
    /// Empty while the prompt is computed.
    var texts: [ActiveText] = []
    var firstToken: ContinuousClock.Instant?
    /// What ended it before its texts did.
    var failure: APIError?

    var isInPrompt: Bool { texts.isEmpty }

    /// Whether nothing more is to be computed.
    var isDone: Bool { failure != nil || (!texts.isEmpty && texts.allSatisfy { $0.end != nil }) }

    /// Sequences that it takes, or will take.
    var width: Int { job.request.choosers.count }

    var sequences: [EngineSequence] { texts.isEmpty ? [sequence] : texts.map(\.sequence) }

    /// Sends what came of a step for one of the texts.
    mutating func advance(_ text: Int, _ logits: Span<Float>) {
        let events = texts[text].advance(logits)
        if firstToken == nil { firstToken = .now }
        for event in events { job.send(event) }
        if let error = texts[text].failure { failure = APIError(error) }
        guard var end = texts[text].end else { return }
        end.cachedTokens = cachedTokens
        let first = firstToken ?? .now
        end.promptSeconds = (first - job.submitted) / .seconds(1)
        end.seconds = (ContinuousClock.now - first) / .seconds(1)
        job.send(.end(text: text, end))
    }
}
