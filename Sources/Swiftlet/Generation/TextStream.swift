internal import Tokenizers

/// The text of tokens, as far as it is certain. It outlives the parts that a text is generated in, so that neither a
/// character nor a stop string is cut where one part ends.
package struct TextStream: Sendable {
    private var decoder: StreamingDecoder
    private var stops: StopStrings

    /// - Parameter model: whose tokens come.
    package init(_ model: Model, _ options: GenerationOptions) { self.init(model.tokenizer, options) }

    init(_ tokenizer: Tokenizer, _ options: GenerationOptions) {
        decoder = StreamingDecoder(tokenizer, startsText: !options.continuesPrompt, shown: options.shownTokens)
        stops = StopStrings(options.stop)
    }

    /// The text that a token makes certain, and whether a stop string followed it.
    package mutating func append(_ token: Token) -> (text: String, stopped: Bool) {
        stops.append(decoder.append(token))
    }

    /// The rest of the text.
    package mutating func finish() -> (text: String, stopped: Bool) {
        let (text, stopped) = stops.append(decoder.finish())
        return stopped ? (text, true) : (text + stops.finish(), false)
    }
}
