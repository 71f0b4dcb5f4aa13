import Foundation
import TestSupport
import Testing
import Tokenizers

/// Lines, and the words that Hugging Face's tokenizers cut them into by each rule; see
/// `Fixtures/golden/tokenizers/README.md`.
@Suite struct StoredWordsTests {
    /// The rule of each name, and the lengths in bytes of every line's words.
    private struct Rule {
        let name: String
        var words: [[Int]] = []
    }

    @Test func `every rule cuts every line into the words that Hugging Face's tokenizers give`() throws {
        let texts = try lines("words.jsonl").map { try JSONDecoder().decode(String.self, from: Data($0.utf8)) }
        let rules = try rules()
        #expect(rules.count == 27 && texts.count == 140)
        for rule in rules {
            let preTokenizer = try PreTokenizer.named(rule.name)
            #expect(rule.words.count == texts.count, "\(rule.name)")
            for (text, expected) in zip(texts, rule.words) {
                #expect(lengths(of: text, preTokenizer) == expected, "\(rule.name): \(text.debugDescription)")
            }
        }
    }

    @Test func `every byte-level rule is compared, but the default`() throws {
        let compared = Set(try rules().map(\.name))
        for preTokenizer in PreTokenizer.all where preTokenizer.isByteLevel {
            // These have a rule that another name has too.
            let others = ["default", "dbrx", "glm4", "roberta-bpe", "granite-embed-multi-97m"]
            #expect(
                preTokenizer.names.contains { compared.contains($0) || others.contains($0) }, "\(preTokenizer.names)")
        }
    }

    private func lengths(of text: String, _ preTokenizer: PreTokenizer) -> [Int] {
        var words = WordIterator(text.utf8.span, preTokenizer)
        var lengths: [Int] = []
        while let word = words.next() { lengths.append(word.count) }
        return lengths
    }

    private func rules() throws -> [Rule] {
        var rules: [Rule] = []
        for line in try lines("words.txt") {
            if line.first?.isLetter == true {
                rules.append(Rule(name: String(line)))
            } else if !rules.isEmpty {
                rules[rules.count - 1].words.append(line.split(separator: " ").compactMap { Int($0) })
            }
        }
        return rules
    }

    private func lines(_ name: String) throws -> [Substring] {
        let text = try String(contentsOfFile: Fixtures.path("golden/tokenizers/\(name)"), encoding: .utf8)
        return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    }
}
