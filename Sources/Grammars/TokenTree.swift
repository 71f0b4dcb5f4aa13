/// A vocabulary's tokens as trees of their bytes: tokens that begin alike are tried once.
///
/// Immutable; one serves all grammars of a model.
package struct TokenTree: Sendable {
    /// Tokens of few bytes, and those of more, which few vocabularies have many of.
    let parts: [TokenTreePart]
    package let vocabularySize: Int

    /// Bytes of a token in the first part: what is farther from the end of a repetition than this has the same mask.
    private static let shortLimit = 32
    private static let longLimit = 60_000

    /// - Parameter texts: the bytes of each token; `nil` for one that never stands for text, such as a control token.
    package init(_ texts: [[UInt8]?]) {
        vocabularySize = texts.count
        let limits = [1...Self.shortLimit, Self.shortLimit + 1...Self.longLimit]
        parts = limits.map { TokenTreePart(texts, lengths: $0) }.filter { !$0.bytes.isEmpty }
    }
}

/// A tree of bytes in preorder.
struct TokenTreePart: Sendable {
    /// The byte that leads to each node. Node 0 is the root's first child; the root itself is not a node.
    let bytes: [UInt8]
    /// Bytes from the root, at least 1.
    let depths: [UInt16]
    /// The first node that is not below this one.
    let ends: [Int32]
    /// The tokens whose text ends at node `i`: `tokens[firstTokens[i]..<firstTokens[i + 1]]`.
    let firstTokens: [Int32]
    let tokens: [Int32]
    let depth: Int

    init(_ texts: [[UInt8]?], lengths: ClosedRange<Int>) {
        var bytes: [UInt8] = []
        var depths: [UInt16] = []
        var ends: [Int32] = []
        var firstTokens: [Int32] = []
        var tokens: [Int32] = []
        var open: [Int32] = []  // the nodes on the way to the token before
        var last: [UInt8] = []
        let usable = texts.indices.filter { index in texts[index].map { lengths.contains($0.count) } ?? false }
        let sorted = usable.map { ($0, texts[$0] ?? []) }.sorted { a, b in
            a.1 == b.1 ? a.0 < b.0 : a.1.lexicographicallyPrecedes(b.1)
        }
        for (token, text) in sorted {
            let shared = zip(last, text).prefix { $0 == $1 }.count
            while open.count > shared { ends[Int(open.removeLast())] = Int32(bytes.count) }
            for index in shared..<text.count {
                open.append(Int32(bytes.count))
                bytes.append(text[index])
                depths.append(UInt16(index + 1))
                ends.append(0)
                firstTokens.append(Int32(tokens.count))
            }
            tokens.append(Int32(token))
            last = text
        }
        for node in open { ends[Int(node)] = Int32(bytes.count) }
        firstTokens.append(Int32(tokens.count))
        self.bytes = bytes
        self.depths = depths
        self.ends = ends
        self.firstTokens = firstTokens
        self.tokens = tokens
        depth = Int(depths.max() ?? 0)
    }
}
