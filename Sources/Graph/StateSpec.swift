/// The state of a sequence in one layer, in elements per position where it grows.
package enum StateSpec: Hashable, Sendable {
    /// Keys and values of every position, or of a `window`: the positions before its own that a token sees. With 0 columns,
    /// values are the first columns of the keys.
    case keyValues(keyColumns: Int, valueColumns: Int, window: Int?)
    /// Keys and values of another text or of sound, computed once, which cross-attention reads.
    case crossKeyValues(keyColumns: Int, valueColumns: Int)
    /// A state that each step replaces (state space models, arXiv:2312.00752).
    case recurrent(bytes: Int)
    /// The last inputs of a causal convolution, float32 `[rows, columns]`, which each step replaces.
    case convolution(rows: Int, columns: Int)

    /// Whether each step replaces it, so that tokens cannot be taken back.
    package var isReplaced: Bool {
        switch self {
        case .keyValues, .crossKeyValues: false
        case .recurrent, .convolution: true
        }
    }
}

extension StateSpec {
    /// A float32 matrix of `rows` rows for each head, whose columns are `columns` together; too large a size is one that no
    /// memory has.
    static func headStates(rows: Int, columns: Int) -> StateSpec {
        let (elements, overflow) = rows.multipliedReportingOverflow(by: columns)
        return .recurrent(bytes: overflow || elements > .max / 8 ? .max : 4 * elements)
    }
}

extension Graph {
    /// The state of each layer, by the operations that store keys and values, nil for a layer without; then
    /// `fixedStates`.
    package var states: [StateSpec?] {
        var states: [StateSpec?] = []
        for case .storeKeyValues(let store) in operations {
            while states.count <= store.layer { states.append(nil) }
            let keys = shape(of: store.source.keys).columns
            let values = store.storesValues(self) ? shape(of: store.source.values).columns : 0
            states[store.layer] =
                store.isCross
                ? .crossKeyValues(keyColumns: keys, valueColumns: values)
                : .keyValues(keyColumns: keys, valueColumns: values, window: window(of: store.layer))
        }
        return states + fixedStates
    }

    /// The farthest that an attention to the layer's cache looks back; nil: without limit.
    private func window(of layer: Int) -> Int? {
        var window = 0
        for case .attention(let attention) in operations {
            guard case .cache(layer, _) = attention.source else { continue }
            guard let back = attention.mask.back else { return nil }
            window = max(window, back)
        }
        return window
    }
}
