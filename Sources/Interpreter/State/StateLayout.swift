internal import Graph
internal import Tensors

/// Where the state of each layer lies.
struct StateLayout: Sendable {
    /// Layers whose keys and values share pages, as they keep the same positions.
    struct Group: Sendable {
        let isCross: Bool
        /// Positions before its own that a token sees; nil: all.
        let window: Int?
        var pageBytes = 0

        /// The first position that is kept of a sequence, at the beginning of a page.
        func firstKept(length: Int) -> Int {
            guard let window else { return 0 }
            return max(0, length - window) / Page.positions * Page.positions
        }
    }

    /// The keys and values of a layer within each page of its group: `[Page.positions, columns]` each; values of 0 columns are
    /// the first ones of the keys.
    struct KeyValueLayer: BitwiseCopyable {
        let group: Int
        let keyOffset: Int
        let valueOffset: Int
        let keyColumns: Int
        let valueColumns: Int
    }

    /// The state of a layer that each step replaces, within the sequence's block of them.
    struct FixedLayer: BitwiseCopyable {
        let offset: Int
        let byteCount: Int
    }

    private(set) var groups: [Group] = []
    /// By layer; where there is none, of no group.
    private(set) var keyValues: [KeyValueLayer] = []
    /// By layer.
    private(set) var fixed: [FixedLayer?] = []
    /// Of all layers.
    private(set) var fixedBytes = 0

    init(_ states: [StateSpec?], _ format: CacheFormat) throws(InterpreterError) {
        for state in states {
            var layer = KeyValueLayer(group: -1, keyOffset: 0, valueOffset: 0, keyColumns: 0, valueColumns: 0)
            var fixedLayer: FixedLayer?
            switch state {
            case .keyValues(let keys, let values, let window):
                layer = try place(keys, values, Group(isCross: false, window: window), format)
            case .crossKeyValues(let keys, let values):
                layer = try place(keys, values, Group(isCross: true, window: nil), format)
            case .recurrent(let bytes): fixedLayer = try placeFixed(bytes, 1)
            case .convolution(let rows, let columns): fixedLayer = try placeFixed(rows, columns, 4)
            case nil: break
            }
            keyValues.append(layer)
            fixed.append(fixedLayer)
        }
    }

    private mutating func place(
        _ keys: Int, _ values: Int, _ group: Group, _ format: CacheFormat
    ) throws(InterpreterError) -> KeyValueLayer {
        let index =
            groups.firstIndex { $0.isCross == group.isCross && $0.window == group.window } ?? groups.count
        if index == groups.count { groups.append(group) }
        let offset = groups[index].pageBytes
        let keyBytes = try Self.bytes(Page.positions, format.bytes(columns: keys))
        let valueBytes = try Self.bytes(Page.positions, format.bytes(columns: values))
        groups[index].pageBytes = try Self.sum(offset, Self.sum(keyBytes, valueBytes))
        return KeyValueLayer(
            group: index, keyOffset: offset, valueOffset: offset + keyBytes, keyColumns: keys, valueColumns: values)
    }

    private mutating func placeFixed(_ factors: Int...) throws(InterpreterError) -> FixedLayer {
        var bytes = 1
        for factor in factors { bytes = try Self.bytes(bytes, factor) }
        let layer = FixedLayer(offset: fixedBytes, byteCount: bytes)
        // A convolution of width 1 has no state, but its block exists.
        fixedBytes = try Self.sum(fixedBytes, max(64, (bytes + 63) / 64 * 64))
        return layer
    }

    static func bytes(_ count: Int, _ size: Int) throws(InterpreterError) -> Int {
        let (bytes, overflow) = count.multipliedReportingOverflow(by: size)
        guard !overflow, bytes < .max / 2 else { throw .tooLarge("a cache of \(count) x \(size) bytes") }
        return bytes
    }

    private static func sum(_ a: Int, _ b: Int) throws(InterpreterError) -> Int {
        guard a < .max / 2, b < .max / 2 else { throw .tooLarge("a cache of all layers") }
        return a + b
    }
}
