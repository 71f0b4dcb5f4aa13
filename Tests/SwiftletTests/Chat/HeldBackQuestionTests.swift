import Foundation
import Swiftlet
import TestSupport
import Testing

/// Questions that the fixture was never trained on: every fifth of those that `Fixtures/training/heldout.py` lists, from the
/// first, which makes twenty of all kinds. The rule was chosen before any of the answers was seen.
@Suite struct HeldBackQuestionTests {
    private struct Question {
        let kind: String
        let text: String
        /// Text that a right answer contains.
        let expected: String

        /// - Parameter line: `("kind", "question", "expected"),`, but for its brackets a JSON array.
        init?(_ line: Substring) {
            let words = line.drop { $0 == " " }
            guard words.hasPrefix("(\""), words.hasSuffix("),"),
                let fields = try? JSONDecoder().decode(
                    [String].self, from: Data("[\(words.dropFirst().dropLast(2))]".utf8)),
                fields.count == 3
            else { return nil }
            (kind, text, expected) = (fields[0], fields[1], fields[2])
        }
    }

    @Test func `at least 18 of 20 are answered sensibly`() throws {
        let source = try String(contentsOfFile: Fixtures.path("training/heldout.py"), encoding: .utf8)
        let all = source.split(separator: "\n").compactMap(Question.init)
        #expect(all.count == 99)
        let chosen = stride(from: 0, to: all.count, by: 5).map { all[$0] }
        #expect(chosen.count == 20)
        #expect(Set(chosen.map(\.kind)).count == Set(all.map(\.kind)).count, "no kind is left out")
        let model = try Model(path: Fixtures.path("chat.gguf"))
        var options = ChatOptions()
        options.generation.sampling = .greedy
        options.generation.maxTokens = 64
        var wrong: [String] = []
        for question in chosen {
            var chat = try ChatSession(model, options)
            let answer = try chat.respond(to: question.text)
            guard answer.reason == .end, answer.text.lowercased().contains(question.expected.lowercased()) else {
                wrong.append("\(question.text) -> \(answer.text) (expected: \(question.expected))")
                continue
            }
        }
        #expect(wrong.count <= 2, "\(wrong.joined(separator: "\n"))")
    }
}
