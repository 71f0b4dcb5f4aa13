/// A stretch of speech and its text.
public struct TranscriptSegment: Sendable, Hashable {
    /// Seconds from the start of the sound, not before the end of the segment before.
    public var start: Double
    /// Seconds from the start of the sound, not before ``start``.
    public var end: Double
    /// As the model gave it: with a space in front, for languages that have spaces.
    public var text: String
    /// Its tokens, with those that tell times.
    public var tokens: [Token]
    /// Its words, with ``TranscriptionOptions/findsWords``: one begins where the one before has ended, or later, and the
    /// segment begins and ends with them.
    public var words: [TranscriptWord]?
    /// The temperature of its window.
    public var temperature: Double
    /// The mean log-probability of its window's tokens.
    public var meanLogProbability: Double
    /// How far zlib would shrink its window's text.
    public var compressionRatio: Double
    /// The probability that nobody speaks in its window.
    public var noSpeechProbability: Double

    /// A segment, not of any model's.
    public init(start: Double, end: Double, text: String, tokens: [Token] = [], words: [TranscriptWord]? = nil) {
        self.start = start
        self.end = end
        self.text = text
        self.tokens = tokens
        self.words = words
        temperature = 0
        meanLogProbability = 0
        compressionRatio = 0
        noSpeechProbability = 0
    }
}

/// A word and when it is said.
public struct TranscriptWord: Sendable, Hashable {
    /// With the space and the punctuation around it: all words together are the segment's text.
    public var text: String
    /// Seconds from the start of the sound.
    public var start: Double
    /// Seconds from the start of the sound, not before ``start``.
    public var end: Double
    /// The mean probability of its tokens.
    public var probability: Double

    /// A word, not of any model's.
    public init(text: String, start: Double, end: Double, probability: Double) {
        self.text = text
        self.start = start
        self.end = end
        self.probability = probability
    }
}

/// Facts about a transcribed recording.
public struct Transcription: Sendable, Hashable {
    /// The language that was given or detected; nil without speech.
    public internal(set) var language: String?
    /// How sure the model was of the language that it found.
    public internal(set) var languageProbability: Double?
    /// Seconds of sound that were taken in.
    public internal(set) var duration: Double
    /// Windows that went through the model.
    public internal(set) var windowCount: Int
    /// False when the caller did not want more.
    public internal(set) var isComplete: Bool
    /// Problems of a file that could be read all the same, each with its name: less sound than its header promises,
    /// or none.
    public internal(set) var warnings: [String]
}

/// How far a transcription is.
public struct TranscriptionProgress: Sendable, Hashable {
    /// Seconds of sound whose text is known.
    public let seconds: Double
    /// Seconds of sound there are; nil for a stream.
    public let total: Double?
}
