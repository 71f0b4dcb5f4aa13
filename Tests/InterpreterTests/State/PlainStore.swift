import Graph
import Interpreter
import Tensors
import TestSupport

/// What a store's sequences should hold, as lists of tokens; every byte of their states follows from these.
struct PlainStore: ~Copyable {
    /// Layer 0 keeps all positions, layers 1 and 2 a window; then cross-attention, a recurrence, a convolution.
    static let states: [StateSpec?] = [
        .keyValues(keyColumns: 64, valueColumns: 32, window: nil),
        .keyValues(keyColumns: 32, valueColumns: 32, window: 70), nil,
        .keyValues(keyColumns: 32, valueColumns: 64, window: 3),
        .crossKeyValues(keyColumns: 32, valueColumns: 32), .recurrent(bytes: 24), .convolution(rows: 3, columns: 8),
    ]
    static let windows = [70, 3]

    struct Sequence {
        var tokens: [Int] = []
        var cross: [Int] = []
        /// The first position that each window keeps.
        var kept = [0, 0]
        var snapshots: [(tokens: [Int], cross: [Int], kept: [Int])] = []

        mutating func append(_ new: [Int]) {
            kept = zip(kept, windows).map { max($0, PlainStore.firstKept(tokens.count, $1)) }
            tokens += new
        }

        mutating func snapshot() {
            snapshots.removeAll { $0.tokens.count == tokens.count }
            snapshots.append((tokens, cross, kept))
        }

        /// - Parameter isFixed: whether there are states that steps replace.
        mutating func truncate(to length: Int, isFixed: Bool) -> Bool {
            guard length < tokens.count else { return true }
            let isKept = zip(kept, windows).allSatisfy { PlainStore.firstKept(length, $1) >= $0 }
            if length == 0 {
                tokens = []
                kept = [0, 0]
            } else if !isFixed, isKept {
                tokens.removeSubrange(length...)
            } else if let found = snapshots.last(where: { $0.tokens.count == length }) {
                (tokens, cross, kept) = found
            } else {
                return false
            }
            snapshots.removeAll { $0.tokens.count > length }
            return true
        }

        /// The state after saving and restoring.
        var saved: Sequence {
            Sequence(tokens: tokens, cross: cross, kept: windows.map { PlainStore.firstKept(tokens.count, $0) })
        }
    }

    static func firstKept(_ length: Int, _ window: Int) -> Int {
        max(0, length - window) / Page.positions * Page.positions
    }

    let kernels: Kernels
    let format: CacheFormat
    private let arena: Arena
    private var rows: [Row: [UInt8]] = [:]

    private struct Row: Hashable {
        let token: Int
        let layer: Int
        let columns: Int
    }

    /// Tokens are below it.
    static let vocabulary = 50

    init(_ kernels: Kernels, _ format: CacheFormat) throws {
        self.kernels = kernels
        self.format = format
        arena = try Arena(byteCount: 4_096)
    }

    /// The key, or value, of a token in a layer: `[1, columns]`.
    func row(_ token: Int, layer: Int, columns: Int) -> FloatRows {
        let row = arena.view.floats(at: 0, rows: 1, columns: columns, stride: columns)
        for column in 0..<columns { row[0, column] = Float((token * 37 + layer * 11 + column * 5) % 101) - 50 }
        return row
    }

    private mutating func bytes(_ token: Int, _ layer: Int, _ columns: Int) -> [UInt8] {
        let key = Row(token: token, layer: layer, columns: columns)
        if let found = rows[key] { return found }
        let size = format.bytes(columns: columns)
        let packed = arena.view.keyValues(at: 2_048, rows: 1, columns: columns, format: format)
        kernels.store(row(token, layer: layer, columns: columns), row: 0, to: packed, position: 0)
        let bytes = arena.view.span(at: 2_048, bytes: size).copied
        rows[key] = bytes
        return bytes
    }

    /// The recurrence after some tokens: three words that each token changes.
    static func recurrence(_ words: [UInt64], _ token: Int) -> [UInt64] {
        words.map { ($0 &+ UInt64(token) &+ 1) &* 0x9E37_79B9_7F4A_7C15 }
    }

    /// All parts of a sequence, by name.
    mutating func parts(_ sequence: Sequence) -> [String: [UInt8]] {
        var parts: [String: [UInt8]] = [:]
        for (layer, state) in Self.states.enumerated() {
            switch state {
            case .keyValues(let keys, let values, let window):
                let first = window.map { Self.firstKept(sequence.tokens.count, $0) } ?? 0
                for token in sequence.tokens[first...] {
                    parts["cache.\(layer).keys", default: []] += bytes(token, layer, keys)
                    parts["cache.\(layer).values", default: []] += bytes(token, layer, values)
                }
            case .crossKeyValues(let keys, let values):
                for token in sequence.cross {
                    parts["cross.\(layer).keys", default: []] += bytes(token, layer, keys)
                    parts["cross.\(layer).values", default: []] += bytes(token, layer, values)
                }
            case .recurrent where !sequence.tokens.isEmpty:
                let words = sequence.tokens.reduce([0, 0, 0], Self.recurrence)
                parts["state.\(layer)"] = words.flatMap { word in
                    unsafe withUnsafeBytes(of: word) { unsafe Array($0) }
                }
            case .convolution(let rows, let columns) where !sequence.tokens.isEmpty:
                let last = ([Int](repeating: -1, count: rows) + sequence.tokens).suffix(rows)
                parts["state.\(layer)"] = last.flatMap { token in
                    (0..<columns).flatMap { column in
                        unsafe withUnsafeBytes(of: PlainStore.input(token, column)) { unsafe Array($0) }
                    }
                }
            default: break
            }
        }
        return parts
    }

    /// The convolution's input of a token; 0 before the first.
    static func input(_ token: Int, _ column: Int) -> Float { token < 0 ? 0 : Float(token * 8 + column) }
}

extension RawSpan {
    var copied: [UInt8] { unsafe withUnsafeBytes { unsafe Array($0) } }
}
