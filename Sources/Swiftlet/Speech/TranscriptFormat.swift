/// A form to write a transcript in, segment by segment.
public enum TranscriptFormat: String, Sendable, CaseIterable {
    /// A line for each segment.
    case txt
    /// An object with `segments`, each with `id`, `start`, `end`, `text`, `tokens` and, where they were found, `words`.
    case json
    /// SubRip's subtitles.
    case srt
    /// WebVTT, https://www.w3.org/TR/webvtt1/
    case vtt
    /// Columns `start`, `end` in milliseconds, and `text`, as openai-whisper's.
    case tsv

    /// The output before the first segment.
    ///
    /// - Parameter file: the sound's name, which JSON gives as `file`.
    public func head(file: String? = nil) -> String {
        switch self {
        case .txt, .srt: ""
        case .json: "{\(file.map { "\"file\": \(Self.quoted($0)), " } ?? "")\"segments\": ["
        case .vtt: "WEBVTT\n\n"
        case .tsv: "start\tend\ttext\n"
        }
    }

    /// A segment.
    ///
    /// - Parameter index: from zero.
    public func text(of segment: TranscriptSegment, index: Int) -> String {
        let text = Self.line(segment.text)
        switch self {
        case .txt: return text + "\n"
        case .json: return (index == 0 ? "\n" : ",\n") + Self.json(segment, index)
        case .srt:
            let start = Self.clock(segment.start, ",", hours: true)
            let end = Self.clock(segment.end, ",", hours: true)
            return "\(index + 1)\n\(start) --> \(end)\n\(Self.cue(text))\n\n"
        case .vtt:
            let times = "\(Self.clock(segment.start, ".")) --> \(Self.clock(segment.end, "."))"
            return "\(times)\n\(Self.escaped(Self.cue(text)))\n\n"
        case .tsv: return "\(Self.milliseconds(segment.start))\t\(Self.milliseconds(segment.end))\t\(text)\n"
        }
    }

    /// The output after the last segment.
    public func tail(_ result: Transcription) -> String {
        guard self == .json else { return "" }
        var fields = ["\"duration\": \(Self.seconds(result.duration))"]
        fields.append("\"language\": \(result.language.map(Self.quoted) ?? "null")")
        if let probability = result.languageProbability {
            fields.append("\"language_probability\": \(Self.number(probability))")
        }
        return "\n], \(fields.joined(separator: ", "))}\n"
    }

    /// The output after the last segment of a recording whose transcription failed: JSON stays valid, with an `error`
    /// instead of duration and language.
    public func tail(error: String) -> String {
        self == .json ? "\n], \"error\": \(Self.quoted(error))}\n" : ""
    }

    // MARK: Parts

    /// On one line, without the space that the model puts in front.
    private static func line(_ text: String) -> String {
        let words = text.split(omittingEmptySubsequences: true) { $0.isNewline || $0 == "\t" }.joined(separator: " ")
        let start = words.firstIndex { !$0.isWhitespace } ?? words.endIndex
        let end = words.lastIndex { !$0.isWhitespace }.map { words.index(after: $0) } ?? words.endIndex
        return String(words[start..<end])
    }

    /// An arrow would end a cue's text.
    private static func cue(_ text: String) -> String {
        var out = ""
        for character in text {
            if character == ">", out.hasSuffix("--") { out.removeLast() }
            out.append(character)
        }
        return out
    }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { out, character in
            switch character {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            default: out.append(character)
            }
        }
    }

    private static func milliseconds(_ seconds: Double) -> Int { Int((max(0, min(seconds, 1e9)) * 1000).rounded()) }

    /// `1:02:03.040`, as subtitles have it: hours of two digits, which WebVTT leaves out where there are none.
    private static func clock(_ seconds: Double, _ point: String, hours: Bool = false) -> String {
        let all = milliseconds(seconds)
        let whole = all / 1000
        let time = "\(padded(whole / 60 % 60)):\(padded(whole % 60))\(point)\(padded(all % 1000, 3))"
        return hours || whole >= 3600 ? "\(padded(whole / 3600)):\(time)" : time
    }

    private static func padded(_ number: Int, _ digits: Int = 2) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    // MARK: JSON

    private static func json(_ segment: TranscriptSegment, _ index: Int) -> String {
        var fields = ["\"id\": \(index)", "\"start\": \(seconds(segment.start))", "\"end\": \(seconds(segment.end))"]
        fields.append("\"text\": \(quoted(segment.text))")
        fields.append("\"tokens\": [\(segment.tokens.map(String.init).joined(separator: ", "))]")
        fields.append("\"temperature\": \(number(segment.temperature))")
        fields.append("\"avg_logprob\": \(number(segment.meanLogProbability))")
        fields.append("\"compression_ratio\": \(number(segment.compressionRatio))")
        fields.append("\"no_speech_prob\": \(number(segment.noSpeechProbability))")
        if let words = segment.words {
            let list = words.map { word in
                "{\"word\": \(quoted(word.text)), \"start\": \(seconds(word.start)), \"end\": \(seconds(word.end)), "
                    + "\"probability\": \(number(word.probability))}"
            }
            fields.append("\"words\": [\(list.joined(separator: ", "))]")
        }
        return "{\(fields.joined(separator: ", "))}"
    }

    private static func seconds(_ seconds: Double) -> String {
        let all = milliseconds(seconds)
        return "\(all / 1000).\(padded(all % 1000, 3))"
    }

    /// With four digits behind the point; null for what JSON cannot write.
    private static func number(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e12 else { return "null" }
        let scaled = Int((abs(value) * 10_000).rounded())
        return "\(value < 0 && scaled > 0 ? "-" : "")\(scaled / 10_000).\(padded(scaled % 10_000, 4))"
    }

    private static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\t": out += "\\t"
            case "\u{0}"..."\u{1F}", "\u{7F}":
                out += "\\u" + padded(scalar.value)
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }

    private static func padded(_ value: UInt32) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
