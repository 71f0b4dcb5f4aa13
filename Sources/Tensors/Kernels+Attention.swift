internal import CKernels

extension Kernels {
    /// Max queries (tokens times heads of a key/value head) that one call takes.
    package static let maxQueries = 64

    /// Bytes of scratch for ``attention(_:keys:values:position:range:split:of:scratch:)``.
    package func attentionScratchBytes(keyDimension: Int, valueDimension: Int) -> Int {
        unsafe QueryIndices.bytes
            + table.pointee.attention_scratch_bytes(Self.maxQueries, keyDimension, valueDimension)
    }

    /// Attention of the tile's queries to one key/value head, or to several, each with heads of its own.
    ///
    /// - Parameters:
    ///   - keys: `[positions, keyValueHeads * keyDimension]`, the columns of these heads; `values` alike.
    ///   - position: that of the tile's first token; the others follow it.
    ///   - range: the positions that the tile's token `i` (counted from zero) attends to.
    ///   - split: the only KV split that counts where there are `partials`, which then get the results; see
    ///     ``mergeSplits(_:row:head:positions:valueDimension:sinks:out:)``.
    package func attention(
        _ tile: AttentionTile, keys: KeyValueRows, values: KeyValueRows, position: Int, range: (Int) -> Range<Int>,
        split: Int = 0, of partials: SplitPartials? = nil, scratch: Scratch
    ) {
        let keyDimension = keys.columns / tile.keyValueHeads
        let valueDimension = values.columns / tile.keyValueHeads
        check(tile, keys, values, keyDimension, valueDimension, split, partials, scratch)
        let scores = tile.scores
        let (indices, rest) = QueryIndices.carve(scratch)
        var query = 0
        for token in 0..<tile.tokens {
            var positions = range(token)
            precondition(positions.lowerBound >= 0 && positions.upperBound <= min(keys.rows, values.rows))
            if partials != nil { positions = positions.clamped(to: SplitPartials.range(split)) }
            precondition(scores.bias?.covers(positions, from: position + token) ?? true)
            let row = tile.firstRow + token
            for head in tile.heads {
                unsafe indices.queryOffsets[query] = row * tile.queries.stride + head * keyDimension
                unsafe indices.outOffsets[query] =
                    if let partials {
                        partials.row(row, head: head, split: split) * partials.rows.stride
                    } else {
                        row * tile.out.stride + head * valueDimension
                    }
                unsafe indices.positions[query] =
                    scores.rowBias == nil ? Int32(truncatingIfNeeded: position + token) : 0
                unsafe indices.begins[query] = Int32(truncatingIfNeeded: positions.lowerBound)
                unsafe indices.ends[query] = Int32(truncatingIfNeeded: positions.upperBound)
                query += 1
            }
        }
        var call = unsafe swl_attention()
        unsafe call.queries = query
        unsafe call.key_dimension = keyDimension
        unsafe call.value_dimension = valueDimension
        unsafe call.q_offsets = UnsafePointer(indices.queryOffsets)
        unsafe call.format = keys.format.id
        unsafe call.begin = UnsafePointer(indices.begins)
        unsafe call.end = UnsafePointer(indices.ends)
        unsafe call.scale = scores.scale
        unsafe call.softcap = scores.softcap
        unsafe call.partial = partials != nil
        unsafe call.out_offsets = UnsafePointer(indices.outOffsets)
        unsafe call.scratch = rest.base
        let outStep = tile.heads.count * (partials.map { $0.splits * $0.rows.stride } ?? valueDimension)
        for keyValueHead in 0..<tile.keyValueHeads {
            let first = tile.heads.lowerBound + keyValueHead * tile.heads.count
            if let bias = scores.bias {
                for query in 0..<query {
                    unsafe indices.biases[query] = bias.pointer(head: first + query % tile.heads.count)
                }
                unsafe call.bias = UnsafePointer(indices.biases)
                unsafe call.at = UnsafePointer(indices.positions)
            }
            if let bias = scores.rowBias {
                for query in 0..<query { unsafe indices.biases[query] = UnsafePointer(bias.pointer(row: query)) }
                unsafe call.bias = UnsafePointer(indices.biases)
                unsafe call.at = UnsafePointer(indices.positions)
            }
            if let sinks = scores.sinks {
                for query in 0..<query { unsafe indices.sinks[query] = sinks[first + query % tile.heads.count] }
                unsafe call.sinks = UnsafePointer(indices.sinks)
            }
            unsafe call.q = UnsafePointer(tile.queries.base + keyValueHead * tile.heads.count * keyDimension)
            unsafe call.k = keys.source(column: keyValueHead * keyDimension)
            unsafe call.v = values.source(column: keyValueHead * valueDimension)
            unsafe call.out = (partials?.rows.base ?? tile.out.base) + keyValueHead * outStep
            unsafe table.pointee.attention(&call)
        }
    }

    private func check(
        _ tile: AttentionTile, _ keys: KeyValueRows, _ values: KeyValueRows, _ keyDimension: Int, _ valueDimension: Int,
        _ split: Int, _ partials: SplitPartials?, _ scratch: Scratch
    ) {
        precondition(tile.tokens * tile.heads.count <= Self.maxQueries && keys.format == values.format)
        if let bias = tile.scores.rowBias {
            precondition(tile.heads.count == 1 && tile.keyValueHeads == 1 && tile.scores.bias == nil)
            precondition(bias.rows >= tile.tokens && bias.columns >= keys.rows + Int(SWL_BIAS_PADDING))
        }
        precondition(tile.firstRow >= 0 && tile.firstRow + tile.tokens <= min(tile.queries.rows, tile.out.rows))
        precondition(tile.heads.lowerBound >= 0 && tile.headLimit * keyDimension <= tile.queries.columns)
        if let partials {
            precondition(split >= 0 && split < partials.splits)
            precondition(tile.headLimit <= partials.heads)
            precondition((tile.firstRow + tile.tokens) * partials.heads * partials.splits <= partials.rows.rows)
            precondition(partials.rows.columns == SplitPartials.columns(valueDimension: valueDimension))
        }
        precondition(tile.headLimit * valueDimension <= tile.out.columns)
        precondition(
            scratch.byteCount >= attentionScratchBytes(keyDimension: keyDimension, valueDimension: valueDimension))
    }

    /// Merges the partial results for the KV splits of `positions` into `out[row]`, columns of `head`. Bit-identical to one
    /// call for all positions. The partials are overwritten.
    package func mergeSplits(
        _ partials: SplitPartials, row: Int, head: Int, positions: Range<Int>, valueDimension: Int,
        sinks: WeightVector?, out: FloatRows
    ) {
        let begin = positions.lowerBound / SplitPartials.positions
        let count = SplitPartials.count(positions: positions.upperBound) - begin
        precondition(!positions.isEmpty && begin >= 0 && begin + count <= partials.splits && head < partials.heads)
        precondition(partials.rows.columns == SplitPartials.columns(valueDimension: valueDimension))
        precondition(partials.rows.stride == partials.rows.columns && (head + 1) * valueDimension <= out.columns)
        let first = partials.row(row, head: head, split: begin)
        precondition(first + count <= partials.rows.rows)
        var sink = sinks?[head] ?? 0
        unsafe withUnsafePointer(to: &sink) { sink in
            unsafe table.pointee.attention_merge(
                count, valueDimension, partials.rows.pointer(row: first), sinks == nil ? nil : sink,
                out.pointer(row: row) + head * valueDimension)
        }
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
    static let bytes = Kernels.maxQueries * (3 * MemoryLayout<Int>.size + 4 * MemoryLayout<Int32>.size)

    let queryOffsets: UnsafeMutablePointer<Int>
    let outOffsets: UnsafeMutablePointer<Int>
    let biases: UnsafeMutablePointer<UnsafePointer<Float>?>
    let begins: UnsafeMutablePointer<Int32>
    let ends: UnsafeMutablePointer<Int32>
    let positions: UnsafeMutablePointer<Int32>
    let sinks: UnsafeMutablePointer<Float>

    static func carve(_ scratch: Scratch) -> (QueryIndices, Scratch) {
        let max = Kernels.maxQueries
        let words = unsafe scratch.base.assumingMemoryBound(to: Int.self)
        let pointers = unsafe (scratch.base + 2 * max * MemoryLayout<Int>.size)
            .assumingMemoryBound(to: UnsafePointer<Float>?.self)
        let halves = unsafe (scratch.base + 3 * max * MemoryLayout<Int>.size).assumingMemoryBound(to: Int32.self)
        let indices = unsafe QueryIndices(
            queryOffsets: words, outOffsets: words + max, biases: pointers, begins: halves, ends: halves + max,
            positions: halves + 2 * max,
            sinks: UnsafeMutableRawPointer(halves + 3 * max).assumingMemoryBound(to: Float.self))
        return (indices, scratch.dropping(bytes))
    }
}
