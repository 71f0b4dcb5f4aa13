extension Array<Int32> {
    /// Appends a character that is no token, byte by byte; where a byte has no token, the unknown token.
    ///
    /// - Parameter byteTokens: the token of every byte, or ``MergeSymbol/none``.
    mutating func append(character: Span<UInt8>, _ byteTokens: [Int32], unknown: Int32?) {
        let first = count
        for i in character.indices {
            let token = byteTokens[Int(character[i])]
            guard token != MergeSymbol.none else {
                removeSubrange(first...)
                if let unknown { append(unknown) }
                return
            }
            append(token)
        }
    }
}
