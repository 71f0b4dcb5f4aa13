import ArgumentParser
import Swiftlet

/// How vectors are written.
enum VectorFormat: String, CaseIterable, ExpressibleByArgument {
    /// An array with an object for each text.
    case json
    /// An object on a line for each text.
    case jsonl
    /// A line of numbers for each vector, below a heading.
    case csv
    /// A NumPy file: float32 `[vectors, dimensions]`.
    case npy
}

/// Writes vectors as they come, in constant memory.
final class VectorWriter {
    private enum Target {
        case stream(StandardStream)
        case file(OutputFile)
        case array(NumPyFile)
    }

    private let format: VectorFormat
    private let target: Target
    private let isPerToken: Bool
    private var index = 0
    private var buffer: [UInt8] = []

    /// - Parameters:
    ///   - path: nil: standard output.
    ///   - isPerToken: each text has a vector for each of its tokens.
    init(_ format: VectorFormat, path: String?, dimensions: Int, isPerToken: Bool) throws(Failure) {
        self.format = format
        self.isPerToken = isPerToken
        switch (format, path) {
        case (.npy, let path): target = .array(try NumPyFile(path: path, rows: nil, columns: dimensions))
        case (_, nil): target = .stream(.output)
        case (_, let path?): target = .file(try OutputFile(path: path))
        }
        switch format {
        case .json: append("[")
        case .csv: append("index,tokens,truncated," + (0..<dimensions).map(String.init).joined(separator: ",") + "\n")
        case .jsonl, .npy: break
        }
    }

    /// Writes the vectors of the next texts.
    func append(_ embeddings: Embeddings) throws(Failure) {
        for (position, text) in embeddings.texts.enumerated() {
            let values = embeddings[position]
            switch format {
            case .json, .jsonl: appendObject(text, values, embeddings.dimensions)
            case .csv: appendLines(text, values, embeddings.dimensions)
            case .npy: try appendRows(values, embeddings.dimensions)
            }
            index += 1
        }
        try flush()
    }

    /// Writes what is left, and puts a file in its place.
    func finish() throws(Failure) {
        if format == .json { append(index == 0 ? "]\n" : "\n]\n") }
        try flush()
        switch target {
        case .stream: break
        case .file(let file): try file.finish()
        case .array(let file): try file.finish()
        }
    }

    // MARK: Forms

    private func appendObject(_ text: Embeddings.Text, _ values: ArraySlice<Float>, _ dimensions: Int) {
        if format == .json { append(index == 0 ? "\n" : ",\n") }
        append("{\"index\":\(index),\"tokens\":\(text.tokenCount),\"truncated\":\(text.isTruncated),\"embedding\":")
        if isPerToken {
            append("[")
            for (row, start) in stride(from: values.startIndex, to: values.endIndex, by: dimensions).enumerated() {
                if row > 0 { append(",") }
                appendArray(values[start..<start + dimensions])
            }
            append("]")
        } else {
            appendArray(values)
        }
        append(format == .json ? "}" : "}\n")
    }

    private func appendArray(_ values: ArraySlice<Float>) {
        append("[")
        appendNumbers(values, notANumber: "null")
        append("]")
    }

    private func appendLines(_ text: Embeddings.Text, _ values: ArraySlice<Float>, _ dimensions: Int) {
        for start in stride(from: values.startIndex, to: values.endIndex, by: dimensions) {
            append("\(index),\(text.tokenCount),\(text.isTruncated ? 1 : 0),")
            appendNumbers(values[start..<start + dimensions], notANumber: "nan")
            append("\n")
        }
    }

    private func appendRows(_ values: ArraySlice<Float>, _ dimensions: Int) throws(Failure) {
        guard case .array(let file) = target else { return }
        for start in stride(from: values.startIndex, to: values.endIndex, by: dimensions) {
            let row = Array(values[start..<start + dimensions])
            try file.append(row.span)
        }
    }

    /// The shortest decimals that give the same numbers back.
    private func appendNumbers(_ values: ArraySlice<Float>, notANumber: String) {
        for (position, value) in values.enumerated() {
            if position > 0 { buffer.append(0x2C) }
            append(value.isFinite ? value.description : notANumber)
        }
    }

    private func append(_ text: String) { buffer.append(contentsOf: text.utf8) }

    private func flush() throws(Failure) {
        switch target {
        case .stream(let stream): try stream.write(buffer)
        case .file(let file): try file.write(buffer)
        case .array: break
        }
        buffer.removeAll(keepingCapacity: true)
    }
}
