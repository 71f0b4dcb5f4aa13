internal import CKernels

/// The queries of one call of attention: some tokens' rows, each with the heads that share one key/value head; and so
/// for the heads that follow, if there is more than one group of them.
package struct AttentionTile: Sendable {
    /// Query rows `[tokens, heads * keyDimension]` of the tile, and where their results go.
    package var queries: FloatRows
    package var out: FloatRows
    /// The first row of the tile in `queries` and `out`, and how many.
    package var firstRow: Int
    package var tokens: Int
    /// The heads of the first group.
    package var heads: Range<Int>
    /// Consecutive groups of as many heads, each with the next key/value head.
    package var groups: Int
    package var scale: Float

    package init(
        queries: FloatRows, out: FloatRows, firstRow: Int, tokens: Int, heads: Range<Int>,
        groups: Int = 1, scale: Float
    ) {
        self.queries = queries
        self.out = out
        self.firstRow = firstRow
        self.tokens = tokens
        self.heads = heads
        self.groups = groups
        self.scale = scale
    }

    var headLimit: Int { heads.lowerBound + groups * heads.count }
}

/// What attention leaves of each stretch of positions when threads divide a sequence among them:
/// `[queries, stretches, columns]`.
package struct AttentionParts: Sendable {
    /// Positions of a stretch: it begins at a multiple of this.
    package static let stretch = Int(SWL_STRETCH)

    /// `[queries * stretches, columns(valueDimension:)]`; query `row * heads + head` of the step.
    package var rows: FloatRows
    package var heads: Int
    package var stretches: Int

    package init(rows: FloatRows, heads: Int, stretches: Int) {
        self.rows = rows
        self.heads = heads
        self.stretches = stretches
    }

    package static func columns(valueDimension: Int) -> Int { Int(SWL_ATTENTION_STATE) + valueDimension }

    func row(_ row: Int, head: Int, stretch: Int) -> Int { (row * heads + head) * stretches + stretch }
}

extension Kernels {
    /// Most queries (tokens times heads of a group) that one call takes.
    package static let mostQueries = 64

    /// Bytes of scratch for ``attention(_:keys:values:keyDimension:valueDimension:range:scratch:)``.
    package func attentionScratchBytes(keyDimension: Int, valueDimension: Int) -> Int {
        unsafe QueryIndices.bytes
            + table.pointee.attention_scratch_bytes(Self.mostQueries, keyDimension, valueDimension)
    }

    /// Attention of the tile's queries to one key/value head, or to one for each group of heads.
    ///
    /// - Parameters:
    ///   - keys: `[positions, groups * keyDimension]`, the columns of these heads; `values` likewise.
    ///   - range: the positions that the tile's token `i` (counted from zero) attends to.
    ///   - slope: what a head takes off its scores for each position of distance; nil, for all heads, where distance does
    ///     not count.
    ///   - position: that of the tile's first token.
    ///   - parts: where the results go instead when only the positions of `stretch` count; see ``mergeParts``.
    package func attention(
        _ tile: AttentionTile, keys: KeyValueRows, values: KeyValueRows, range: (Int) -> Range<Int>,
        slope: (Int) -> Float? = { _ in nil }, position: Int = 0, stretch: Int = 0, of parts: AttentionParts? = nil,
        scratch: Scratch
    ) {
        let keyDimension = keys.columns / tile.groups
        let valueDimension = values.columns / tile.groups
        let count = tile.tokens * tile.heads.count
        precondition(count <= Self.mostQueries && keys.format == values.format)
        precondition(tile.firstRow >= 0 && tile.firstRow + tile.tokens <= min(tile.queries.rows, tile.out.rows))
        precondition(tile.heads.lowerBound >= 0 && tile.headLimit * keyDimension <= tile.queries.columns)
        if let parts {
            precondition(stretch >= 0 && stretch < parts.stretches)
            precondition(tile.headLimit <= parts.heads)
            precondition((tile.firstRow + tile.tokens) * parts.heads * parts.stretches <= parts.rows.rows)
            precondition(parts.rows.columns == AttentionParts.columns(valueDimension: valueDimension))
        }
        precondition(tile.headLimit * valueDimension <= tile.out.columns)
        precondition(
            scratch.byteCount >= attentionScratchBytes(keyDimension: keyDimension, valueDimension: valueDimension))
        let (indices, rest) = QueryIndices.carve(scratch)
        var query = 0
        for token in 0..<tile.tokens {
            var positions = range(token)
            precondition(positions.lowerBound >= 0 && positions.upperBound <= min(keys.rows, values.rows))
            if parts != nil {
                let first = stretch * AttentionParts.stretch
                positions = positions.clamped(to: first..<first + AttentionParts.stretch)
            }
            let row = tile.firstRow + token
            for head in tile.heads {
                unsafe indices.queryOffsets[query] = row * tile.queries.stride + head * keyDimension
                unsafe indices.outOffsets[query] =
                    if let parts {
                        parts.row(row, head: head, stretch: stretch) * parts.rows.stride
                    } else {
                        row * tile.out.stride + head * valueDimension
                    }
                unsafe indices.positions[query] = Int32(truncatingIfNeeded: position + token)
                unsafe indices.begins[query] = Int32(truncatingIfNeeded: positions.lowerBound)
                unsafe indices.ends[query] = Int32(truncatingIfNeeded: positions.upperBound)
                query += 1
            }
        }
        var call = unsafe swl_attention()
        unsafe call.queries = count
        unsafe call.key_dimension = keyDimension
        unsafe call.value_dimension = valueDimension
        unsafe call.q_offsets = UnsafePointer(indices.queryOffsets)
        unsafe call.k_stride = keys.stride
        unsafe call.v_stride = values.stride
        unsafe call.format = keys.format.id
        unsafe call.begin = UnsafePointer(indices.begins)
        unsafe call.end = UnsafePointer(indices.ends)
        unsafe call.scale = tile.scale
        unsafe call.partial = parts != nil
        unsafe call.out_offsets = UnsafePointer(indices.outOffsets)
        unsafe call.scratch = rest.base
        let outStep = tile.heads.count * (parts.map { $0.stretches * $0.rows.stride } ?? valueDimension)
        for group in 0..<tile.groups {
            let first = tile.heads.lowerBound + group * tile.heads.count
            if slope(first) != nil {
                for query in 0..<count {
                    unsafe indices.slopes[query] = slope(first + query % tile.heads.count) ?? 0
                }
                unsafe call.slopes = UnsafePointer(indices.slopes)
                unsafe call.at = UnsafePointer(indices.positions)
            }
            unsafe call.q = UnsafePointer(tile.queries.base + group * tile.heads.count * keyDimension)
            unsafe call.k = UnsafeRawPointer(keys.base + keys.format.bytes(columns: group * keyDimension))
            unsafe call.v = UnsafeRawPointer(values.base + values.format.bytes(columns: group * valueDimension))
            unsafe call.out = (parts?.rows.base ?? tile.out.base) + group * outStep
            unsafe table.pointee.attention(&call)
        }
    }
}

extension Kernels {
    /// `out[row]`, columns of `head`: what ``attention`` left of the stretches of positions 0..<`positions`, merged. To the
    /// bit what one call for all positions gives. The parts are overwritten.
    package func mergeParts(
        _ parts: AttentionParts, row: Int, head: Int, positions: Int, valueDimension: Int, out: FloatRows
    ) {
        let count = (positions + AttentionParts.stretch - 1) / AttentionParts.stretch
        precondition(count >= 1 && count <= parts.stretches && head < parts.heads)
        precondition(parts.rows.columns == AttentionParts.columns(valueDimension: valueDimension))
        precondition(parts.rows.stride == parts.rows.columns && (head + 1) * valueDimension <= out.columns)
        let first = parts.row(row, head: head, stretch: 0)
        precondition(first + count <= parts.rows.rows)
        unsafe table.pointee.attention_merge(
            count, valueDimension, parts.rows.pointer(row: first), out.pointer(row: row) + head * valueDimension)
    }
}

extension CacheFormat {
    fileprivate var id: swl_format {
        switch self {
        case .f32: SWL_F32
        case .f16: SWL_F16
        case .q8_0: SWL_Q8_0
        }
    }
}

/// Where each query of a call lies and which positions it sees, at the front of the call's scratch.
@safe private struct QueryIndices {
    static let bytes = Kernels.mostQueries * (2 * MemoryLayout<Int>.size + 4 * MemoryLayout<Int32>.size)

    let queryOffsets: UnsafeMutablePointer<Int>
    let outOffsets: UnsafeMutablePointer<Int>
    let begins: UnsafeMutablePointer<Int32>
    let ends: UnsafeMutablePointer<Int32>
    let positions: UnsafeMutablePointer<Int32>
    let slopes: UnsafeMutablePointer<Float>

    static func carve(_ scratch: Scratch) -> (QueryIndices, Scratch) {
        let most = Kernels.mostQueries
        let words = unsafe scratch.base.assumingMemoryBound(to: Int.self)
        let halves = unsafe (scratch.base + 2 * most * MemoryLayout<Int>.size).assumingMemoryBound(to: Int32.self)
        let indices = unsafe QueryIndices(
            queryOffsets: words, outOffsets: words + most, begins: halves, ends: halves + most,
            positions: halves + 2 * most,
            slopes: UnsafeMutableRawPointer(halves + 3 * most).assumingMemoryBound(to: Float.self))
        return (indices, scratch.dropping(bytes))
    }
}
