internal import GGUF

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A file of log-probabilities, as llama-perplexity's `--kl-divergence-base` writes and reads it.
///
/// Little-endian: `_logits_`, then int32s: tokens of a window, vocabulary, windows, and the tokens of all windows. Then for each
/// window a row for each position from the middle on, without the last one: float32 scale and lowest log-probability, and a
/// 16-bit number for each token of the vocabulary (and one more where their count is odd):
/// `log p = scale * number + lowest`. Logits more than 16 below the greatest are stored as if they were 16 below.
struct LogProbabilityShape {
    static let magic = "_logits_"
    /// How far below the greatest logit others are told apart.
    static let depth: Float = 16

    let window: Int
    let vocabularySize: Int
    let windowCount: Int

    /// The first position of a window whose prediction is stored.
    var first: Int { window / 2 }
    /// Predictions of a window.
    var rows: Int { window - 1 - first }
    /// 16-bit numbers of a row.
    var rowLength: Int { 4 + (vocabularySize + 1) / 2 * 2 }
    var headerBytes: Int { 20 + 4 * window * windowCount }
    /// Bytes of the whole file; nil where no file is that large.
    var byteCount: Int? {
        let (perWindow, isLong) = rows.multipliedReportingOverflow(by: 2 * rowLength)
        let (all, isLonger) = perWindow.multipliedReportingOverflow(by: windowCount)
        let (sum, isTooLong) = all.addingReportingOverflow(headerBytes)
        return isLong || isLonger || isTooLong ? nil : sum
    }

    /// A row as it is stored.
    struct Row {
        private(set) var words: [UInt16]

        init(_ shape: LogProbabilityShape) { words = [UInt16](repeating: 0, count: shape.rowLength) }

        /// - Returns: whether all logits are finite.
        mutating func fill(_ logits: Span<Float>) -> Bool {
            let sums = logits.exponentials
            guard sums.logarithm.isFinite else { return false }
            let lowest = max(sums.lowest, sums.greatest - LogProbabilityShape.depth)
            let scale = (sums.greatest - lowest) / 65535
            set(scale, at: 0)
            set(Float(Double(lowest) - sums.logarithm), at: 2)
            let inverse = scale > 0 ? 1 / scale : 0
            for index in logits.indices {
                let steps = (max(logits[index] - lowest, 0) * inverse).rounded(.toNearestOrEven)
                words[4 + index] = UInt16(min(steps, 65535))
            }
            return true
        }

        private mutating func set(_ value: Float, at place: Int) {
            words[place] = UInt16(truncatingIfNeeded: value.bitPattern)
            words[place + 1] = UInt16(truncatingIfNeeded: value.bitPattern >> 16)
        }
    }
}

/// Sums over a row of logits.
struct Exponentials {
    var greatest: Float
    /// The first token that has it.
    var best: Int
    var lowest: Float
    /// Of the sum of all exponentials: `log p = logit - logarithm`. NaN or infinite where a logit is.
    var logarithm: Double
}

extension Span<Float> {
    var exponentials: Exponentials {
        var (greatest, lowest, best) = (-Float.infinity, Float.infinity, 0)
        var isFinite = true
        for index in indices {
            let value = self[index]
            if !value.isFinite { isFinite = false }
            if value > greatest { (greatest, best) = (value, index) }
            if value < lowest { lowest = value }
        }
        guard isFinite, count > 0 else {
            return Exponentials(greatest: greatest, best: best, lowest: lowest, logarithm: .nan)
        }
        var sum = 0.0
        for index in indices { sum += Double(exp(self[index] - greatest)) }
        return Exponentials(greatest: greatest, best: best, lowest: lowest, logarithm: log(sum) + Double(greatest))
    }
}

// MARK: - Reading

/// The log-probabilities of an original model, mapped.
final class LogProbabilityFile: Sendable {
    let shape: LogProbabilityShape
    private let file: MappedFile

    /// - Throws: ``SwiftletError`` with the code `file` for anything but such a file, as long as its header says.
    init(path: String) throws(SwiftletError) {
        let file: MappedFile
        do throws(GGUFError) { file = try MappedFile(path: path) } catch { throw SwiftletError(error) }
        shape = try Self.shape(of: file.bytes, path: path)
        self.file = file
    }

    private static func shape(of bytes: RawSpan, path: String) throws(SwiftletError) -> LogProbabilityShape {
        func wrong(_ what: String) -> SwiftletError {
            SwiftletError(.file, "\(path): \(what); write the file again with --kl-base", path: path)
        }
        let magic = Array(LogProbabilityShape.magic.utf8)
        guard bytes.byteCount >= 20, magic.indices.allSatisfy({ bytes.load($0, as: UInt8.self) == magic[$0] }) else {
            throw SwiftletError(
                .file, "\(path): this is no file of log-probabilities, which begin with \(LogProbabilityShape.magic)",
                path: path)
        }
        let window = Int(bytes.load(8, as: Int32.self))
        let vocabularySize = Int(bytes.load(12, as: Int32.self))
        let windowCount = Int(bytes.load(16, as: Int32.self))
        guard window >= 4, window <= 1 << 24, vocabularySize >= 2, windowCount >= 1, windowCount <= 1 << 30 else {
            throw wrong(
                "its header has \(windowCount) windows of \(window) tokens and a vocabulary of \(vocabularySize)")
        }
        let shape = LogProbabilityShape(window: window, vocabularySize: vocabularySize, windowCount: windowCount)
        guard shape.byteCount == bytes.byteCount else {
            let expected = shape.byteCount.map { "\($0)" } ?? "more than any file's"
            throw wrong("it has \(bytes.byteCount) bytes, and its header says \(expected): it is cut short or damaged")
        }
        for index in 0..<window * windowCount {
            let token = bytes.load(20 + 4 * index, as: Int32.self)
            guard token >= 0, Int(token) < vocabularySize else {
                throw wrong("its token \(index) is \(token), but the vocabulary has \(vocabularySize)")
            }
        }
        return shape
    }

    private var bytes: RawSpan {
        @_lifetime(borrow self)
        get {
            // The compiler cannot see that the map in a `let` of a class lives as long as the object.
            let span = unsafe RawSpan(_unsafeBytes: file.buffer)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// The tokens of a window.
    func tokens(_ index: Int) -> [Token] {
        let bytes = bytes
        return (0..<shape.window).map { bytes.load(20 + 4 * (index * shape.window + $0), as: Int32.self) }
    }

    /// Copies a prediction.
    func copy(_ row: Int, ofWindow window: Int, to stored: inout StoredLogProbabilities) {
        let bytes = bytes
        let start = shape.headerBytes + (window * shape.rows + row) * 2 * shape.rowLength
        stored.scale = Float(bitPattern: bytes.load(start, as: UInt32.self))
        stored.lowest = Float(bitPattern: bytes.load(start + 4, as: UInt32.self))
        if stored.numbers.count != shape.vocabularySize {
            stored.numbers = [UInt16](repeating: 0, count: shape.vocabularySize)
        }
        for token in 0..<shape.vocabularySize {
            stored.numbers[token] = bytes.load(start + 8 + 2 * token, as: UInt16.self)
        }
    }
}

/// A prediction as a file has it.
struct StoredLogProbabilities {
    var scale: Float = 0
    var lowest: Float = 0
    var numbers: [UInt16] = []

    var isValid: Bool { scale.isFinite && lowest.isFinite && scale >= 0 && lowest <= 0 }

    func logProbability(_ token: Int) -> Float { scale * Float(numbers[token]) + lowest }
}

// MARK: - Writing

/// A file of log-probabilities that is being written.
struct LogProbabilityWriter {
    private let file: PendingFile
    private var row: LogProbabilityShape.Row

    init(path: String, _ shape: LogProbabilityShape, tokens: ArraySlice<Token>) throws(SwiftletError) {
        let numbers = [shape.window, shape.vocabularySize, shape.windowCount].map { Int32($0).littleEndian }
        let tokens = tokens.map(\.littleEndian)
        let magic = Array(LogProbabilityShape.magic.utf8)
        do throws(GGUFError) {
            let file = try PendingFile(path: path)
            try file.write(unsafe magic.span.bytes)
            try file.write(unsafe numbers.span.bytes)
            try file.write(unsafe tokens.span.bytes)
            self.file = file
        } catch {
            throw SwiftletError(error)
        }
        row = LogProbabilityShape.Row(shape)
    }

    /// - Returns: whether the logits are finite.
    mutating func append(_ logits: Span<Float>) throws(GGUFError) -> Bool {
        guard row.fill(logits) else { return false }
        try file.write(unsafe row.words.span.bytes)
        return true
    }

    func finish() throws(SwiftletError) {
        do throws(GGUFError) { try file.finish() } catch { throw SwiftletError(error) }
    }
}
