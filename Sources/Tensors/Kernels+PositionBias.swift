internal import CKernels

/// Keys and queries of relative positions, `[rows, heads * dimension]`, by rows that ascend with the distance from query to
/// key.
package struct PositionTables: Sendable, BitwiseCopyable {
    package let keys: FloatRows?
    package let queries: FloatRows?

    package init(keys: FloatRows?, queries: FloatRows?) {
        self.keys = keys
        self.queries = queries
    }

    /// Those of one head.
    package func columns(_ range: Range<Int>) -> PositionTables {
        PositionTables(keys: keys?.columns(range), queries: queries?.columns(range))
    }
}

/// The table row of each distance from `-reach` to `reach`, a key's position less the query's.
package struct PositionRows: Sendable, BitwiseCopyable {
    fileprivate let rows: IndexRows
    package let reach: Int

    package static func count(reach: Int) -> Int { 2 * reach + 1 }

    /// - Parameter rows: ``count(reach:)``, ascending by at most 1.
    package init(_ rows: IndexRows, reach: Int) {
        precondition(reach >= 0 && rows.count == Self.count(reach: reach))
        self.rows = rows
        self.reach = reach
    }

    package subscript(distance: Int) -> Int {
        get { rows[distance + reach] }
        nonmutating set { rows[distance + reach] = newValue }
    }

    /// The rows of some distances.
    fileprivate func range(_ distances: ClosedRange<Int>) -> Range<Int> {
        self[distances.lowerBound]..<self[distances.upperBound] + 1
    }
}

extension Kernels {
    /// Keys whose products with position queries are computed together.
    private static let keyBlock = 64

    /// Bytes of scratch for ``positionBias(_:_:queries:keys:position:scale:scratch:)``, and of its result.
    package func positionBiasScratchBytes(tableRows: Int, keys: Int, columns: Int) -> Int {
        let byQuery = Self.maxQueries * tableRows
        let byKey = Self.keyBlock * min(tableRows, Self.maxQueries + Self.keyBlock)
        let result = Self.maxQueries * (keys + Int(SWL_BIAS_PADDING))
        return (byQuery + byKey + result) * 4 + productScratchBytes(columns: columns) + 4 * 64
    }

    /// What attention adds to the scores of some queries: `[queries, keys + padding]`, row i, column j being
    /// `scale * (queries[i] . tables.keys[r] + keys[j] . tables.queries[r])`, r the row for the distance between them. The
    /// result lies in the scratch, whose rest is returned too.
    ///
    /// - Parameters:
    ///   - tables: of this head.
    ///   - queries: `[queries, dimension]`, of consecutive positions.
    ///   - keys: `[keys, dimension]`, float32, of the positions from 0 on.
    ///   - position: that of the first query.
    package func positionBias(
        _ tables: PositionTables, _ rows: PositionRows, queries: FloatRows, keys: KeyValueRows, position: Int,
        scale: Float, scratch: Scratch
    ) -> (bias: FloatRows, rest: Scratch) {
        let (count, keyCount) = (queries.rows, keys.rows)
        precondition(count >= 1 && count <= Self.maxQueries && keyCount >= 1 && keys.format == .f32)
        precondition(position >= 0 && position + count - 1 <= rows.reach && keyCount - 1 <= rows.reach)
        let bias = scratch.floats(rows: count, columns: keyCount + Int(SWL_BIAS_PADDING))
        let free = scratch.dropping(rounded(count * bias.columns * 4))
        let seen = rows.range(1 - position - count...keyCount - 1 - position)
        var call = unsafe swl_position_bias()
        unsafe call.queries = count
        unsafe call.scale = scale
        unsafe call.out_stride = bias.stride
        var product = free
        if let positionKeys = tables.keys {
            let byQuery = free.floats(rows: count, columns: seen.count)
            product = free.dropping(rounded(count * seen.count * 4))
            unsafe multiply(positionKeys, seen, queries.base, queries.stride, out: byQuery, scratch: product)
            unsafe call.by_query = UnsafePointer(byQuery.base)
            unsafe call.query_stride = byQuery.stride
            unsafe call.query_first = Int32(truncatingIfNeeded: seen.lowerBound)
        }
        for first in stride(from: 0, to: keyCount, by: Self.keyBlock) {
            let block = min(Self.keyBlock, keyCount - first)
            let distance = first - position
            if let positionQueries = tables.queries {
                let near = rows.range(distance - (count - 1)...distance + block - 1)
                let byKey = product.floats(rows: block, columns: near.count)
                unsafe multiply(
                    positionQueries, near, keys.pointer(row: first).assumingMemoryBound(to: Float.self),
                    keys.stride / 4, out: byKey, scratch: product.dropping(rounded(block * near.count * 4)))
                unsafe call.by_key = UnsafePointer(byKey.base)
                unsafe call.key_stride = byKey.stride
                unsafe call.key_first = Int32(truncatingIfNeeded: near.lowerBound)
            }
            unsafe call.keys = block
            unsafe call.table_rows = UnsafePointer(rows.rows.base + (distance + rows.reach))
            unsafe call.out = bias.base + first
            unsafe table.pointee.position_bias(&call)
        }
        return (bias, free)
    }

    private func rounded(_ bytes: Int) -> Int { (bytes + 63) / 64 * 64 }

    /// `out[t, r] = table[rows[r]] . x[t]`, by GEMM however few there are: a result does not depend on their number.
    private func multiply(
        _ positions: FloatRows, _ rows: Range<Int>, _ x: UnsafePointer<Float>, _ stride: Int, out: FloatRows,
        scratch: Scratch
    ) {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= positions.rows && out.columns == rows.count)
        precondition(scratch.byteCount >= productScratchBytes(columns: positions.columns))
        var input = unsafe swl_activations()
        unsafe input.columns = positions.columns
        unsafe input.values = x
        unsafe input.stride = stride
        unsafe swl_product_of(table, SWL_F32).gemm?(
            rows.count, positions.pointer(row: rows.lowerBound), positions.stride * 4, &input, 0, out.rows, out.base,
            out.stride, scratch.base)
    }
}
