import Swiftlet
import Testing

@Suite struct TranscriptFormatTests {
    private static let segments = [
        TranscriptSegment(start: 0, end: 1.5, text: " Hello, \"world\" & <all>.", tokens: [50364, 15947]),
        TranscriptSegment(
            start: 3661.25, end: 3_662, text: " a --> b\n\u{1}", tokens: [],
            words: [TranscriptWord(text: " a", start: 3661.25, end: 3661.5, probability: 0.98765)]),
    ]

    private func text(_ format: TranscriptFormat, _ segments: [TranscriptSegment] = segments) throws -> String {
        var transcriber = try Transcriber(NanoSpeech.model())
        let result = try transcriber.finish { _ in true }
        let texts = segments.enumerated().map { format.text(of: $1, index: $0) }
        return format.head() + texts.joined() + format.tail(result)
    }

    @Test func `a line for each segment`() throws {
        #expect(try text(.txt) == "Hello, \"world\" & <all>.\na --> b \u{1}\n")
        #expect(try text(.txt, []).isEmpty)
    }

    @Test func `subtitles have their times and no arrow in their text`() throws {
        #expect(
            try text(.srt) == """
                1
                00:00:00,000 --> 00:00:01,500
                Hello, "world" & <all>.

                2
                01:01:01,250 --> 01:01:02,000
                a -> b \u{1}


                """)
        #expect(
            try text(.vtt) == """
                WEBVTT

                00:00.000 --> 00:01.500
                Hello, "world" &amp; &lt;all>.

                01:01:01.250 --> 01:01:02.000
                a -> b \u{1}


                """)
    }

    @Test func `a table has milliseconds`() throws {
        #expect(
            try text(.tsv)
                == "start\tend\ttext\n0\t1500\tHello, \"world\" & <all>.\n3661250\t3662000\ta --> b \u{1}\n")
    }

    @Test func `an object holds all segments`() throws {
        let quality =
            "\"temperature\": 0.0000, \"avg_logprob\": 0.0000, \"compression_ratio\": 0.0000, \"no_speech_prob\": 0.0000"
        let expected =
            "{\"segments\": [\n{\"id\": 0, \"start\": 0.000, \"end\": 1.500, "
            + "\"text\": \" Hello, \\\"world\\\" & <all>.\", \"tokens\": [50364, 15947], \(quality)},\n"
            + "{\"id\": 1, \"start\": 3661.250, \"end\": 3662.000, \"text\": \" a --> b\\n\\u0001\", \"tokens\": [], "
            + "\(quality), \"words\": [{\"word\": \" a\", \"start\": 3661.250, \"end\": 3661.500, "
            + "\"probability\": 0.9877}]}\n], \"duration\": 0.000, \"language\": null}\n"
        #expect(try text(.json) == expected)
        #expect(try text(.json, []) == "{\"segments\": [\n], \"duration\": 0.000, \"language\": null}\n")
        #expect(TranscriptFormat.json.head(file: "a \"b\".wav") == "{\"file\": \"a \\\"b\\\".wav\", \"segments\": [")
    }
}
