import Swiftlet
import Tensors

/// Says what a script tells it to, instead of a model.
struct ScriptedEngine: SpeechEngine, ~Copyable {
    /// The transcript of one attempt at a window.
    struct Line {
        var tokens: [Token] = []
        /// Logit of the script's tokens; all others have 0.
        var confidence: Float = 30
        var noSpeech: Float = 0
    }

    /// The log of calls.
    final class Log {
        var contexts: [Int?] = []
        var spectrograms: [[Float]] = []
        var prompts: [[Token]] = []
        var attempts = 0
    }

    let model: SpeechModel
    let capacity = 5
    let kernels = Kernels.best
    let log = Log()
    var language = "en"
    /// How much a token attends to a position; the default: token i to the positions from 5 i on.
    var attention: (_ token: Int, _ position: Int) -> Float = { $1 / 5 == $0 ? 0.2 : 0.001 }
    /// Throws as a cancelled step does.
    var cancelledAttempt = Int.max
    /// By window, as they are encoded, and attempt at it.
    let script: (_ window: Int, _ attempt: Int) -> Line
    private var window = -1
    private var attempt = -1
    private var prompt: [Token] = []
    private var texts: [[Token]] = [[]]

    init(_ model: SpeechModel, _ script: @escaping (_ window: Int, _ attempt: Int) -> Line) {
        self.model = model
        self.script = script
    }

    mutating func encode(mel: [Float], audioContext: Int?) {
        window += 1
        attempt = -1
        log.contexts.append(audioContext)
        log.spectrograms.append(mel)
        reset()
    }

    mutating func reset() {
        prompt = []
        texts = [[]]
    }

    mutating func prefill(_ tokens: [Token]) {
        prompt += tokens
        if prompt.count > 1, tokens.last != model.tokens.startOfTranscript {
            attempt += 1
            log.attempts += 1
            log.prompts.append(prompt)
        }
    }

    mutating func decodeEach(_ tokens: [Token], exact: Bool) throws(SwiftletError) {
        if attempt == cancelledAttempt { throw SwiftletError(.cancelled, "cancelled") }
        for index in texts.indices { texts[index].append(tokens[index]) }
    }

    mutating func reorder(_ parents: [Int]) { texts = parents.map { texts[$0] } }

    func mapLogits<Result: Sendable>(
        _ count: Int, _ body: @Sendable (_ row: Int, _ logits: Span<Float>) -> Result
    ) -> [Result] {
        (0..<count).map { row in
            let logits = logits(row)
            return body(row, logits.span)
        }
    }

    private func logits(_ row: Int) -> [Float] {
        var logits = [Float](repeating: 0, count: model.vocabularySize)
        if prompt.last == model.tokens.startOfTranscript {
            logits[Int(model.tokens.language(language) ?? 0)] = 9
            logits[Int(model.tokens.noSpeech)] = script(window, attempt + 1).noSpeech
            return logits
        }
        let line = script(window, attempt)
        let place = texts[row].count
        logits[Int(place < line.tokens.count ? line.tokens[place] : model.tokens.endOfText)] = line.confidence
        return logits
    }

    mutating func crossAttention(of tokens: [Token], heads: [CrossAttentionHead]) -> CrossAttention {
        let positions = model.audioContext
        var weights = [Float](repeating: 0, count: heads.count * tokens.count * positions)
        for head in heads.indices {
            for token in tokens.indices {
                for position in 0..<positions {
                    let row = (head * tokens.count + token) * positions
                    weights[row + position] = attention(token, position)
                }
            }
        }
        return CrossAttention(
            headCount: heads.count, tokenCount: tokens.count, positionCount: positions, weights: weights)
    }
}

extension SpeechModel {
    /// The time of some seconds.
    func time(_ seconds: Double) -> Token { tokens.timestamps.lowerBound + Token((seconds * 50).rounded()) }

    /// A segment as the model says it.
    func said(_ start: Double, _ text: String, _ end: Double) -> [Token] {
        [time(start)] + tokenize(text) + [time(end)]
    }
}
