internal import Swiftlet

extension LookReport {
    /// The page, as UTF-8.
    package var html: [UInt8] {
        LookPage.html(
            title: title, facts: facts, data: LookValue.object(pageData).bytes, picture: picture(cell: 24).bytes,
            pictureText: "Attention of \(attentions.count) layers by head")
    }

    /// A picture of every head that is shown.
    package var png: [UInt8] {
        picture(cell: attentions.count == 1 && attentions[0].attention.heads.count == 1 ? 512 : 64).bytes
    }

    private func weights(_ one: Shown, pool: Int) -> WeightPicture {
        WeightPicture(one.attention, rows: one.rows, columns: one.columns, pool: pool, columnPool: pool)
    }

    private func picture(cell: Int) -> PNGImage {
        PNGImage(attentions.map { (weights($0, pool: pool), $0.attention.heads.count) }, cell: cell)
    }

    // MARK: The page

    private var pageData: [String: LookValue] {
        var data: [String: LookValue] = [
            "format": .string("swiftlet-look"), "version": .int(1), "stages": stages,
            "attention": .array(
                attentions.map { one in
                    .object(
                        weights(one, pool: pool).json.merging(group(one)) { own, _ in own }.merging(
                            ["pool": .int(pool), "columnPool": .int(pool)]) { own, _ in own })
                }), "measures": measureData,
        ]
        if let rollout = trace.main.rollout { data["rollout"] = square(rollout) }
        if let flow { data["flow"] = square(flow) }
        if let flowProblem { data["flowProblem"] = .string(flowProblem) }
        if !encodings.isEmpty { data["positions"] = .array(encodings.map { $0.json(isExact: false) }) }
        data["context"] = .int(model.contextLength)
        if let lens = lensData { data["lens"] = lens }
        if let surprisal { data["surprisal"] = surprisal }
        if let contributions { data["contributions"] = value(contributions) }
        if !trace.main.routings.isEmpty { data["experts"] = experts }
        if let changeData { data["change"] = changeData }
        if subject.bands > 0 { data["spectrogram"] = spectrogram }
        return data
    }

    func group(_ one: Shown) -> [String: LookValue] {
        [
            "name": .string(one.name), "kind": .string(one.attention.kind.rawValue), "stage": .int(one.stage),
            "columnStage": .int(one.columnStage), "layer": .int(one.attention.layer),
            "heads": .ints(one.attention.heads),
        ]
    }

    var stages: LookValue {
        let last = trace.stages.count - 1
        return .array(
            trace.stages.enumerated().map { index, stage in
                let range = index == last ? shown : 0..<stage.count
                return .object([
                    "count": .int(range.count), "start": .int(range.lowerBound), "layers": .int(stage.layerCount),
                    "seconds": .number(0.02),
                    "tokens": .array(
                        stage.tokens.isEmpty
                            ? []
                            : stage.tokens[range].map { .object(["id": .int(Int($0)), "text": .string(text($0))]) }),
                ])
            })
    }

    var measureData: LookValue {
        .array(
            measures.flatMap { kind, list in
                list.map { one in
                    .object([
                        "kind": .string(kind), "layer": .int(one.layer), "head": .int(one.head),
                        "entropy": .number(one.entropy), "distance": .number(one.distance), "first": .number(one.first),
                        "previous": .number(one.previous), "duplicate": one.duplicate.map(LookValue.number) ?? .null,
                        "induction": one.induction.map(LookValue.number) ?? .null,
                    ])
                }
            })
    }

    /// A picture of what each position gets from each.
    private func square(_ values: [Float]) -> LookValue {
        let attention = AttentionTrace.rollout(values, count: trace.main.count)
        let picture = WeightPicture(attention, rows: shown, columns: shown, pool: pool, columnPool: pool)
        return .object(
            picture.json.merging(["stage": .int(trace.stages.count - 1), "pool": .int(pool)]) { own, _ in own })
    }

    var lensData: LookValue? {
        guard !lens.isEmpty else { return nil }
        var places: [Token: Int] = [:]
        var texts: [LookValue] = []
        func place(_ token: Token) -> Int {
            if let known = places[token] { return known }
            texts.append(.string(text(token)))
            places[token] = texts.count - 1
            return texts.count - 1
        }
        let cells = lens.map { row in
            LookValue.array(
                row.map { one in
                    .object([
                        "top": .array(one.top.map { .array([.int(place($0.token)), .number($0.logProbability)]) }),
                        "entropy": .number(one.entropy), "divergence": .number(one.divergence),
                        "target": one.target.map(LookValue.number) ?? .null,
                    ])
                })
        }
        return .object([
            "stage": .int(trace.stages.count - 1), "start": .int(0), "positions": .int(shown.count),
            "layers": .ints(lens.compactMap { $0.first?.layer }), "cells": .array(cells), "texts": .array(texts),
        ])
    }

    /// Of each token that is shown, minus the logarithm of its probability, where a position before it was read.
    var surprisal: LookValue? {
        guard trace.main.isDecoder, let own = lens.last, let perplexity else { return nil }
        let known = [Int: Double](
            own.compactMap { one in one.target.map { (one.position + 1, -$0) } },
            uniquingKeysWith: { first, _ in first })
        return .object([
            "stage": .int(trace.stages.count - 1), "perplexity": .number(perplexity),
            "values": .array(shown.map { known[$0].map(LookValue.number) ?? .null }),
        ])
    }

    func value(_ contributions: LogitContributions) -> LookValue {
        .object([
            "text": .string(text(contributions.token)), "token": .int(Int(contributions.token)),
            "position": .int(contributions.position), "sum": .number(contributions.sum),
            "bias": .number(contributions.bias),
            "terms": .array(
                contributions.terms.map { term in
                    .object([
                        "layer": term.layer.map(LookValue.int) ?? .null, "source": .string(term.source),
                        "value": .number(term.value), "heads": .array(term.heads.map(LookValue.number)),
                    ])
                }),
        ])
    }

    var experts: LookValue {
        .array(
            trace.main.routings.map { routing in
                let range = shown.lowerBound * routing.used..<shown.upperBound * routing.used
                return .object([
                    "layer": .int(routing.layer), "count": .int(routing.expertCount), "used": .int(routing.used),
                    "experts": .ints(routing.experts[range]),
                    "weights": .array(routing.weights[range].map(LookValue.float)),
                ])
            })
    }

    var changeData: LookValue? {
        guard let (name, change) = change, let changeSummary else { return nil }
        return .object([
            "title": .string("Compared: \(name)"), "summary": .string(changeSummary),
            "names": .array([.string("whole"), .string(name)]),
            "distances": .array(change.distances.map(LookValue.number)),
            "rows": .array(
                change.rows.map { row in
                    .object([
                        "position": .int(row.position), "text": .string(text(row.token)), "before": .number(row.before),
                        "after": .number(row.after),
                    ])
                }),
        ])
    }

    private var spectrogram: LookValue {
        let frames = subject.mel.count / subject.bands
        let (low, high) = (subject.mel.min() ?? 0, subject.mel.max() ?? 1)
        let bytes = subject.mel.map { UInt8(max(0, min(255, 255 * ($0 - low) / max(1e-6, high - low)))) }
        return .object([
            "bands": .int(subject.bands), "frames": .int(frames), "data": .base64(bytes),
        ])
    }
}
