internal import Swiftlet

extension PositionalEncoding {
    /// For the page, which shows tables as bytes, or exact.
    func json(isExact: Bool) -> LookValue {
        var members: [String: LookValue] = ["stage": .string(stage)]
        /// Numbers from `-most` to `most` as bytes from 0 to 254.
        func table(_ values: [Float], most: Float) -> LookValue {
            if isExact { return .array(values.map(LookValue.float)) }
            return .base64(values.map { UInt8(max(0, min(254, (127 + 127 * $0 / max(most, 1e-30)).rounded()))) })
        }
        switch kind {
        case .rows(let rows):
            members["kind"] = .string("rows")
            members["name"] = .string(rows.name)
            members["count"] = .int(rows.count)
            members["positions"] = .ints(rows.positions)
            members["similarity"] = table(rows.similarity, most: 1)
        case .rope(let rope):
            members["kind"] = .string("rope")
            members["wavelengths"] = .array(rope.wavelengths.map(LookValue.number))
            members["magnitude"] = .number(rope.magnitude)
            if let beyond = rope.longBeyond {
                members["beyond"] = .int(beyond)
                members["long"] = .array(rope.long.map(LookValue.number))
            }
        case .alibi(let slopes):
            members["kind"] = .string("alibi")
            members["slopes"] = .array(slopes.map(LookValue.float))
        case .relative(let bias):
            let most = bias.values.map(abs).max() ?? 0
            members["kind"] = .string("relative")
            members["name"] = .string(bias.name)
            members["buckets"] = .int(bias.buckets)
            members["bidirectional"] = .bool(bias.isBidirectional)
            members["maxDistance"] = .int(bias.maxDistance)
            members["first"] = .int(bias.distances.lowerBound)
            members["distances"] = .int(bias.distances.count)
            members["most"] = .float(most)
            members["values"] = table(bias.values, most: most)
        }
        return .object(members)
    }
}
