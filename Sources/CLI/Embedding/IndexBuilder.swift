import Swiftlet

/// Embeds lines into an index file, in constant memory.
struct IndexBuilder {
    let path: String
    let precision: IndexWriter.Precision

    /// Writes the index, which appears when it is complete.
    func build(_ lines: LineReader, _ model: Model, _ options: EmbedderOptions) throws {
        var embedder = try Embedder(model, options)
        let interruption = Interruption(cancelling: embedder.cancellation)
        var writer = try IndexWriter(path: path, model: embedder.indexModel, precision: precision)
        let batches = TextBatches(lines)
        let progress = EmbeddingProgress()
        defer { progress.clear() }
        let zero = [Float](repeating: 0, count: embedder.dimensions)
        while let batch = try batches.next() {
            let embeddings = try embedder.embed(batch, as: .passage, numberedFrom: progress.texts + 1)
            for (position, line) in batch.enumerated() {
                let isBlank = line.allSatisfy(\.isWhitespace)
                try writer.append(line, vector: (isBlank ? zero : Array(embeddings[position])).span)
            }
            progress.add(embeddings)
            try interruption.check()
        }
        try writer.finish()
        progress.clear()
        StandardStream.printNote("\(path): \(progress.summary)")
    }
}
