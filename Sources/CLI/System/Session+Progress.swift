import Swiftlet

extension Session {
    /// Takes in the tokens a few hundred at a time, showing how far it is.
    mutating func append(_ tokens: [Token], showing bar: ProgressBar) throws(SwiftletError) {
        defer { bar.clear() }
        let chunk = 512
        // All at once when they cannot fit, for the error that says so.
        guard tokens.count > chunk, tokens.count <= contextLength - position else { return try append(tokens) }
        for start in stride(from: 0, to: tokens.count, by: chunk) {
            try append(Array(tokens[start..<min(start + chunk, tokens.count)]))
            bar.update(min(start + chunk, tokens.count), of: tokens.count)
        }
    }
}
