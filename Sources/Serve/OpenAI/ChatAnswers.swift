import Swiftlet

/// What comes of a chat request: the parts of its answers, in order.
enum ChatAnswerEvent: Sendable {
    case part(answer: Int, AnswerPart)
    /// A token with its probabilities, before the parts that it makes certain.
    case token(answer: Int, TokenInfo)
    case end(answer: Int, TextEnd)
    case ping
}

/// Reads the answers to a chat request from what the scheduler sends.
struct ChatAnswers {
    private var parsers: [ChatParser]
    private(set) var answers: [Answer]
    private(set) var ends: [TextEnd?]

    init(_ request: ChatRequest) {
        parsers = (0..<request.generation.count).map { _ in request.parser }
        answers = parsers.map { _ in Answer() }
        ends = parsers.map { _ in nil }
    }

    /// Calls `body` with each event.
    ///
    /// - Throws: ``APIError``, or what `body` throws.
    mutating func read(
        _ run: TextRun, _ body: (ChatAnswerEvent) async throws -> Void = { _ in }
    ) async throws {
        for await event in run.events {
            switch event {
            case .piece(let index, let text, let token):
                if let token { try await body(.token(answer: index, token)) }
                for part in parsers[index].append(text) { try await add(part, index, body) }
            case .end(let index, let end):
                for part in parsers[index].finish() { try await add(part, index, body) }
                ends[index] = end
                try await body(.end(answer: index, end))
            case .failure(let error): throw error
            case .ping: try await body(.ping)
            }
        }
    }

    private mutating func add(
        _ part: AnswerPart, _ index: Int, _ body: (ChatAnswerEvent) async throws -> Void
    ) async throws {
        answers[index].add(part)
        try await body(.part(answer: index, part))
    }
}
