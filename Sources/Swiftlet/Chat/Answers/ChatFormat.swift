/// How a model writes its answers: where its reasoning is, and its calls of tools.
///
/// A file does not state it: it is found from the marks that the chat template and the vocabulary have.
public struct ChatFormat: Sendable {
    /// The marks around reasoning.
    struct Reasoning: Sendable {
        let start: String
        let end: String
        /// Whether it may come after other text: only where marks are tokens that no text is spelled with.
        var isAnywhere = false
    }

    /// The marks around calls, and what is between them.
    struct Calls: Sendable {
        let start: String
        /// Nil: the calls go on to the next start, or the answer's end.
        let end: String?
        let syntax: CallSyntax
        /// Marks within.
        var inner: [String] = []
        /// A mark that tells that a model writes so, where the start is not it.
        var evidence: String?
        /// Whether the template or the vocabulary has the end: else it is understood, but not asked for.
        var writesEnd = true
    }

    /// What the marks leave open, as the template tells it.
    struct Style: Sendable {
        enum Tags: Sendable {
            case json, functions, keysAndValues
        }

        /// Between `<tool_call>` and `</tool_call>`.
        let tags: Tags
        /// Mistral's `name[ARGS]`, rather than an array.
        let hasArguments: Bool
        /// DeepSeek's JSON stands within a fence.
        let hasFence: Bool
    }

    /// GPT-OSS's channels, which have marks of their own.
    let isHarmony: Bool
    let reasoning: [Reasoning]
    let calls: [Calls]
    /// Marks that say nothing: they are left out.
    let ignored: [String]
    /// How calls are written between their marks.
    let style: Style
    /// Tokens that are marks of reasoning: an answer's text has to spell them for ``ChatParser``.
    package let reasoningTokens: Set<Token>
    /// These, and marks of calls.
    package let markTokens: Set<Token>

    /// - Parameters:
    ///   - template: the source of the chat template.
    ///   - id: the token that is spelled so, if there is one.
    package init(template: String, id: (String) -> Int32?) {
        func knows(_ mark: String) -> Bool { template.includes(mark) || id(mark) != nil }
        isHarmony = knows("<|channel|>") && knows("<|message|>")
        if isHarmony {
            (reasoning, calls, ignored) = ([], [], [])
        } else {
            let known = Self.knownReasoning.filter { knows($0.start) }
            reasoning = known.isEmpty ? Array(Self.knownReasoning.prefix(1)) : known
            let found = Self.knownCalls.filter { knows($0.evidence ?? $0.start) }.map { calls in
                var calls = calls
                calls.writesEnd = calls.end.map(knows) ?? false
                return calls
            }
            // What the template says comes before what the vocabulary could.
            let told = found.filter { template.includes($0.start) }
            let sorted = told + found.filter { !template.includes($0.start) }
            calls = sorted.isEmpty ? Array(Self.knownCalls.prefix(1)) : sorted
            ignored = Self.knownIgnored.filter(knows)
        }
        style = Style(
            tags: template.includes("<function=")
                ? .functions : template.includes("<arg_key>") ? .keysAndValues : .json,
            hasArguments: knows("[ARGS]"), hasFence: template.includes("```json"))
        func tokens(_ marks: [String]) -> Set<Token> {
            // A mark may be of several tokens: "<|channel>thought" begins with one.
            Set(marks.flatMap { mark in [mark, mark.prefix { $0 != ">" } + ">"] }.compactMap(id))
        }
        reasoningTokens = tokens(
            isHarmony ? HarmonyParser.marks : reasoning.flatMap { [$0.start, $0.end] } + ignored)
        markTokens = reasoningTokens.union(tokens(calls.flatMap { [$0.start, $0.end ?? $0.start] + $0.inner }))
    }

    /// The marks in which the model writes calls; nil where it writes them without.
    var preferredCalls: Calls? { calls.first { $0.syntax != .pythonTag } }

    /// Whether a prompt's last mark begins reasoning.
    func endsInReasoning(_ prompt: String) -> Bool {
        let end = String(prompt.reversed().drop { $0.isWhitespace }.prefix(32).reversed())
        return reasoning.contains { end.hasSuffix($0.start) }
    }
}
