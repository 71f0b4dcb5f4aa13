internal import Swiftlet

extension LookReport {
    /// All numbers as the model has them, as JSON.
    package var json: [UInt8] { LookValue.object(exactData).bytes }

    private var exactData: [String: LookValue] {
        var data: [String: LookValue] = [
            "format": .string("swiftlet-look-exact"), "version": .int(1), "stages": stages, "measures": measureData,
            "model": .object([
                "architecture": .string(model.architecture), "layers": .int(trace.main.layerCount),
            ]),
            "attention": .array(
                attentions.map { one in
                    .object(
                        group(one).merging([
                            "rows": .int(one.rows.count), "columns": .int(one.columns.count),
                            "weights": .array(cut(one).map(LookValue.float)),
                        ]) { own, _ in own })
                }),
        ]
        if let values = trace.main.rollout { data["rollout"] = .array(values.map(LookValue.float)) }
        if let flow { data["flow"] = .array(flow.map(LookValue.float)) }
        if let flowProblem { data["flowProblem"] = .string(flowProblem) }
        if !encodings.isEmpty { data["positions"] = .array(encodings.map { $0.json(isExact: true) }) }
        if let lens = lensData { data["lens"] = lens }
        if let surprisal { data["surprisal"] = surprisal }
        if let contributions { data["contributions"] = value(contributions) }
        if !trace.main.routings.isEmpty { data["experts"] = experts }
        if let changeData { data["change"] = changeData }
        return data
    }

    /// `[heads, rows, columns]` of what is shown.
    package func cut(_ one: Shown) -> [Float] {
        var result: [Float] = []
        for head in one.attention.heads.indices {
            let weights = one.attention.weights(at: head)
            for row in one.rows {
                let start = weights.startIndex + row * one.attention.columns
                result += weights[start + one.columns.lowerBound..<start + one.columns.upperBound]
            }
        }
        return result
    }
}
