internal import Tokenizers

/// The tokens that steer a speech model.
public struct SpeechTokens: Sendable, Hashable {
    /// Ends what is said.
    public let endOfText: Token
    /// Begins the model's answer to a window of sound.
    public let startOfTranscript: Token
    /// Asks for an English translation.
    public let translate: Token
    /// Asks for the words as they are said.
    public let transcribe: Token
    /// Begins a text without sound.
    public let startOfLanguageModel: Token
    /// Stands before the text that came before the window.
    public let startOfPrevious: Token
    /// Says that nobody speaks.
    public let noSpeech: Token
    /// Asks for a text without times.
    public let noTimestamps: Token
    /// The times, from the window's start on: ``secondsPerTimestamp`` apart.
    public let timestamps: ClosedRange<Token>
    /// The languages that have tokens, in the model's order; see ``SpeechModel/isMultilingual``.
    public let languages: [Language]

    /// A language's code (`en`) and token.
    public struct Language: Sendable, Hashable {
        /// As OpenAI's tokenizer spells it: two letters, three for a few.
        public let code: String
        /// The token after ``SpeechTokens/startOfTranscript``.
        public let token: Token
    }

    /// Seconds between one time and the next.
    public static let secondsPerTimestamp = 0.02

    /// The token of a language by its code or its English name, in any case; nil where the model does not know it.
    public func language(_ name: String) -> Token? {
        let code = LanguageNames.code(of: name)
        return languages.first { $0.code == code }?.token
    }

    /// Seconds from the window's start, nil for a token that is no time.
    public func seconds(_ token: Token) -> Double? {
        timestamps.contains(token) ? Double(token - timestamps.lowerBound) * Self.secondsPerTimestamp : nil
    }

    /// - Throws: ``SwiftletError`` with the code `tokenizer` when one is missing or they are not in order.
    init(_ tokenizer: Tokenizer, path: String) throws(SwiftletError) {
        func token(_ names: String...) throws(SwiftletError) -> Token {
            for name in names {
                if let id = tokenizer.id(of: "<|\(name)|>") { return id }
            }
            throw SwiftletError(.tokenizer, "\(path): the vocabulary has no <|\(names[0])|>")
        }
        endOfText = try token("endoftext")
        startOfTranscript = try token("startoftranscript")
        translate = try token("translate")
        transcribe = try token("transcribe")
        startOfLanguageModel = try token("startoflm")
        startOfPrevious = try token("startofprev")
        noSpeech = try token("nospeech", "nocaptions")
        noTimestamps = try token("notimestamps")
        let first = try token("0.00")
        var last = first
        while tokenizer.id(of: Self.spelling(ofTime: Int(last + 1 - first))) == last + 1 { last += 1 }
        timestamps = first...last
        guard endOfText < first else {
            throw SwiftletError(.tokenizer, "\(path): <|0.00|> stands before <|endoftext|>")
        }
        guard translate > startOfTranscript else {
            throw SwiftletError(.tokenizer, "\(path): <|translate|> stands before <|startoftranscript|>")
        }
        var languages: [Language] = []
        for id in startOfTranscript + 1..<translate {
            guard let text = tokenizer.text(of: id), text.hasPrefix("<|"), text.hasSuffix("|>") else { continue }
            languages.append(Language(code: String(text.dropFirst(2).dropLast(2)), token: id))
        }
        self.languages = languages
    }

    private static func spelling(ofTime index: Int) -> String {
        let hundredths = index % 50 * 2
        return "<|\(index / 50).\(hundredths < 10 ? "0" : "")\(hundredths)|>"
    }
}
