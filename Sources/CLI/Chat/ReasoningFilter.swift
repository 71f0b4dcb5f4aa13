/// Tells a model's reasoning, between `<think>` and `</think>`, from its answer, as the text streams by.
struct ReasoningFilter {
    struct Piece: Equatable {
        var text: String
        var isReasoning: Bool
    }

    private static let opening = Array("<think>".utf8), closing = Array("</think>".utf8)

    private var isReasoning: Bool
    /// Bytes that may be the beginning of a mark.
    private var held: [UInt8] = []

    /// - Parameter opened: the prompt ended with the opening mark.
    init(opened: Bool) {
        isReasoning = opened
    }

    /// The pieces that are certain.
    mutating func append(_ text: String) -> [Piece] {
        held += Array(text.utf8)
        var pieces: [Piece] = []
        while true {
            let mark = isReasoning ? Self.closing : Self.opening
            guard let start = held.indices.first(where: { held[$0...].starts(with: mark) }) else { break }
            emit(held[..<start], &pieces)
            held.removeSubrange(..<(start + mark.count))
            isReasoning.toggle()
        }
        let mark = isReasoning ? Self.closing : Self.opening
        let kept = held.indices.first { mark.starts(with: held[$0...]) } ?? held.count
        emit(held[..<kept], &pieces)
        held.removeSubrange(..<kept)
        return pieces
    }

    /// Returns the bytes held back that turned out not to be a mark.
    mutating func finish() -> [Piece] {
        var pieces: [Piece] = []
        emit(held[...], &pieces)
        held = []
        return pieces
    }

    private func emit(_ bytes: ArraySlice<UInt8>, _ pieces: inout [Piece]) {
        guard !bytes.isEmpty else { return }
        pieces.append(Piece(text: String(decoding: bytes, as: UTF8.self), isReasoning: isReasoning))
    }
}
