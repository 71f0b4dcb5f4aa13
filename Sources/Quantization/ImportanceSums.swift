/// How much an error in each column of a model's matrices matters: the squares of what the columns were multiplied with,
/// summed up over the tokens of a text.
package struct ImportanceSums: Sendable, Equatable {
    /// The sums of a weight's matrices: one, or one for each expert or head.
    package struct Entry: Sendable, Equatable {
        /// `[matrices, columns]`
        package internal(set) var sums: [Float]
        /// Rows that went into the sums: one number for all matrices, or one for each.
        package internal(set) var counts: [Float]

        package init(sums: [Float], counts: [Float]) {
            self.sums = sums
            self.counts = counts
        }

        /// The means of the squares. Of a matrix without rows, such as an expert that no token went to, 1: its columns matter
        /// equally.
        package var means: [Float] {
            let columns = sums.count / max(1, counts.count)
            return sums.indices.map { index in
                let count = counts[index / max(1, columns)]
                return count > 0 ? sums[index] / count : 1
            }
        }

        /// Adds sums over other rows.
        ///
        /// - Returns: whether both are of one shape.
        package mutating func add(_ other: Entry) -> Bool {
            guard sums.count == other.sums.count else { return false }
            if counts.count == other.counts.count {
                for index in counts.indices { counts[index] += other.counts[index] }
            } else if counts.count == 1 {
                counts = other.counts.map { $0 + counts[0] }
            } else if other.counts.count == 1 {
                for index in counts.indices { counts[index] += other.counts[0] }
            } else {
                return false
            }
            for index in sums.indices { sums[index] += other.sums[index] }
            return true
        }
    }

    /// By the names of the weights.
    package var entries: [String: Entry] = [:]
    /// The texts' names.
    package var datasets: [String] = []
    /// Chunks of the texts.
    package var chunkCount = 0
    /// Tokens of a chunk.
    package var chunkSize: Int

    package init(chunkSize: Int) { self.chunkSize = chunkSize }

    /// Adds what was gathered from other texts.
    ///
    /// - Throws: ``ImportanceError/shapes(name:path:)`` when a matrix has another shape there.
    package mutating func merge(_ other: ImportanceSums, path: String) throws(ImportanceError) {
        for (name, entry) in other.entries {
            guard var known = entries[name] else {
                entries[name] = entry
                continue
            }
            guard known.add(entry) else { throw .shapes(name: name, path: path) }
            entries[name] = known
        }
        datasets += other.datasets
        chunkCount += other.chunkCount
    }
}

/// Why an importance matrix cannot be read, or does not fit a model.
package enum ImportanceError: Error, CustomStringConvertible {
    case file(String)
    /// The file is neither of the forms, or is cut short.
    case damaged(path: String, String)
    /// A sum or a count that cannot be.
    case value(Float, name: String, path: String)
    /// No rows went into the sums of a matrix.
    case empty(name: String, path: String)
    case shapes(name: String, path: String)
    /// None of its matrices is one of the model's.
    case otherModel(path: String, model: String)
    case width(name: String, found: Int, expected: Int, path: String, model: String)
    /// The type cannot be chosen without an importance matrix.
    case needed(tensor: String, type: String, model: String)
    /// The importance matrix has nothing on a tensor whose type needs it.
    case missing(tensor: String, type: String, path: String)

    package var description: String {
        switch self {
        case .file(let message): message
        case .damaged(let path, let what):
            "\(path): this is no importance matrix, as swiftlet imatrix or llama-imatrix writes them: \(what)"
        case .value(let value, let name, let path):
            "\(path): \(name.debugDescription) has \(value), and sums of squares are 0 or more: gather it again"
        case .empty(let name, let path):
            "\(path): no token went into the sums of \(name.debugDescription): gather it from a longer text"
        case .shapes(let name, let path):
            "\(path): \(name.debugDescription) has another shape than in the file before: they are of different models"
        case .otherModel(let path, let model): "\(path) has no matrix of \(model): it was gathered with another model"
        case .width(let name, let found, let expected, let path, let model):
            "\(path) has \(found) columns for \(name.debugDescription), which has \(expected) in \(model): it was gathered "
                + "with another model"
        case .needed(let tensor, let type, let model):
            "\(model): tensor \(tensor.debugDescription) would become \(type), which needs an importance matrix: make one "
                + "with swiftlet imatrix, and give it with --imatrix"
        case .missing(let tensor, let type, let path):
            "\(path) has nothing on tensor \(tensor.debugDescription), which would become \(type) and needs it: gather it "
                + "with this model"
        }
    }
}
