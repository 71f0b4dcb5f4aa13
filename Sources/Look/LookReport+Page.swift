import Foundation
import Swiftlet

extension LookReport {
    func write(_ format: LookFormat, to path: String) throws {
        if format == .npz { return try writeArrays(path) }
        let bytes: [UInt8] =
            switch format {
            case .html:
                try LookPage.html(
                    title: title, facts: facts, data: JSON.object(pageData).bytes(isPretty: false),
                    picture: picture(cell: 24).bytes, pictureText: "Attention of \(attentions.count) layers by head")
            case .json: try JSON.object(exactData).bytes(isPretty: false) + [0x0A]
            case .png, .npz:
                picture(cell: attentions.count == 1 && attentions[0].attention.heads.count == 1 ? 512 : 64).bytes
            }
        let file = try OutputFile(path: path)
        try file.write(bytes)
        try file.finish()
    }

    private func weights(_ one: Shown, pool: Int) -> WeightPicture {
        WeightPicture(one.attention, rows: one.rows, columns: one.columns, pool: pool, columnPool: pool)
    }

    private func picture(cell: Int) -> PNGImage {
        PNGImage(attentions.map { (weights($0, pool: pool), $0.attention.heads.count) }, cell: cell)
    }

    // MARK: The page

    private var pageData: [String: JSON] {
        var data: [String: JSON] = [
            "format": .string("swiftlet-look"), "version": .int(1), "stages": stages,
            "attention": .array(
                attentions.map { one in
                    .object(
                        weights(one, pool: pool).json.merging(group(one)) { own, _ in own }.merging(
                            ["pool": .int(pool), "columnPool": .int(pool)]) { own, _ in own })
                }), "measures": measureData,
        ]
        if let rollout { data["rollout"] = rollout }
        if let lens = lensData { data["lens"] = lens }
        if let surprisal { data["surprisal"] = surprisal }
        if let contributions { data["contributions"] = json(contributions) }
        if !trace.main.routings.isEmpty { data["experts"] = experts }
        if let changeData { data["change"] = changeData }
        if subject.bands > 0 { data["spectrogram"] = spectrogram }
        return data
    }

    private func group(_ one: Shown) -> [String: JSON] {
        [
            "name": .string(one.name), "kind": .string(one.attention.kind.rawValue), "stage": .int(one.stage),
            "columnStage": .int(one.columnStage), "layer": .int(one.attention.layer),
            "heads": .ints(one.attention.heads),
        ]
    }

    private var stages: JSON {
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

    private var measureData: JSON {
        .array(
            measures.flatMap { kind, list in
                list.map { one in
                    .object([
                        "kind": .string(kind), "layer": .int(one.layer), "head": .int(one.head),
                        "entropy": .number(one.entropy), "distance": .number(one.distance), "first": .number(one.first),
                        "previous": .number(one.previous), "duplicate": one.duplicate.map(JSON.number) ?? .null,
                        "induction": one.induction.map(JSON.number) ?? .null,
                    ])
                }
            })
    }

    private var rollout: JSON? {
        guard let values = trace.main.rollout else { return nil }
        let attention = AttentionTrace.rollout(values, count: trace.main.count)
        let picture = WeightPicture(attention, rows: shown, columns: shown, pool: pool, columnPool: pool)
        return .object(
            picture.json.merging(["stage": .int(trace.stages.count - 1), "pool": .int(pool)]) { own, _ in own })
    }

    private var lensData: JSON? {
        guard !lens.isEmpty else { return nil }
        var places: [Token: Int] = [:]
        var texts: [JSON] = []
        func place(_ token: Token) -> Int {
            if let known = places[token] { return known }
            texts.append(.string(text(token)))
            places[token] = texts.count - 1
            return texts.count - 1
        }
        let cells = lens.map { row in
            JSON.array(
                row.map { one in
                    .object([
                        "top": .array(one.top.map { .array([.int(place($0.token)), .number($0.logProbability)]) }),
                        "entropy": .number(one.entropy), "divergence": .number(one.divergence),
                        "target": one.target.map(JSON.number) ?? .null,
                    ])
                })
        }
        return .object([
            "stage": .int(trace.stages.count - 1), "start": .int(0), "positions": .int(shown.count),
            "layers": .ints(lens.compactMap { $0.first?.layer }), "cells": .array(cells), "texts": .array(texts),
        ])
    }

    /// Of each token that is shown, minus the logarithm of its probability, where a position before it was read.
    private var surprisal: JSON? {
        guard trace.main.isDecoder, let own = lens.last, let perplexity else { return nil }
        let known = [Int: Double](
            own.compactMap { one in one.target.map { (one.position + 1, -$0) } },
            uniquingKeysWith: { first, _ in first })
        return .object([
            "stage": .int(trace.stages.count - 1), "perplexity": .number(perplexity),
            "values": .array(shown.map { known[$0].map(JSON.number) ?? .null }),
        ])
    }

    private func json(_ contributions: LogitContributions) -> JSON {
        .object([
            "text": .string(text(contributions.token)), "token": .int(Int(contributions.token)),
            "position": .int(contributions.position), "sum": .number(contributions.sum),
            "bias": .number(contributions.bias),
            "terms": .array(
                contributions.terms.map { term in
                    .object([
                        "layer": term.layer.map(JSON.int) ?? .null, "source": .string(term.source),
                        "value": .number(term.value), "heads": .array(term.heads.map(JSON.number)),
                    ])
                }),
        ])
    }

    private var experts: JSON {
        .array(
            trace.main.routings.map { routing in
                let range = shown.lowerBound * routing.used..<shown.upperBound * routing.used
                return .object([
                    "layer": .int(routing.layer), "count": .int(routing.expertCount), "used": .int(routing.used),
                    "experts": .ints(routing.experts[range]), "weights": .array(routing.weights[range].map(JSON.float)),
                ])
            })
    }

    private var changeData: JSON? {
        guard let (name, change) = change, let changeSummary else { return nil }
        return .object([
            "title": .string("Compared: \(name)"), "summary": .string(changeSummary),
            "names": .array([.string("whole"), .string(name)]), "distances": .array(change.distances.map(JSON.number)),
            "rows": .array(
                change.rows.map { row in
                    .object([
                        "position": .int(row.position), "text": .string(text(row.token)), "before": .number(row.before),
                        "after": .number(row.after),
                    ])
                }),
        ])
    }

    private var spectrogram: JSON {
        let frames = subject.mel.count / subject.bands
        let (low, high) = (subject.mel.min() ?? 0, subject.mel.max() ?? 1)
        let bytes = subject.mel.map { UInt8(max(0, min(255, 255 * ($0 - low) / max(1e-6, high - low)))) }
        return .object([
            "bands": .int(subject.bands), "frames": .int(frames), "data": .string(Data(bytes).base64EncodedString()),
        ])
    }

    // MARK: Exact numbers

    private var exactData: [String: JSON] {
        var data: [String: JSON] = [
            "format": .string("swiftlet-look-exact"), "version": .int(1), "stages": stages, "measures": measureData,
            "model": .object([
                "architecture": .string(model.architecture), "layers": .int(trace.main.layerCount),
            ]),
            "attention": .array(
                attentions.map { one in
                    .object(
                        group(one).merging([
                            "rows": .int(one.rows.count), "columns": .int(one.columns.count),
                            "weights": .array(cut(one).map(JSON.float)),
                        ]) { own, _ in own })
                }),
        ]
        if let values = trace.main.rollout { data["rollout"] = .array(values.map(JSON.float)) }
        if let lens = lensData { data["lens"] = lens }
        if let surprisal { data["surprisal"] = surprisal }
        if let contributions { data["contributions"] = json(contributions) }
        if !trace.main.routings.isEmpty { data["experts"] = experts }
        if let changeData { data["change"] = changeData }
        return data
    }

    /// `[heads, rows, columns]` of what is shown.
    private func cut(_ one: Shown) -> [Float] {
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

    private func writeArrays(_ path: String) throws {
        var file = try NPZFile(path: path)
        for one in attentions {
            let name = "\(one.name.replacing(" ", with: "_")).L\(one.attention.layer)"
            try file.append(
                name, shape: [one.attention.heads.count, one.rows.count, one.columns.count],
                cut(one).lazy.map(\.bitPattern))
        }
        for (index, stage) in trace.stages.enumerated() {
            let name = index == trace.stages.count - 1 ? "main" : "encoder"
            let states = (0...stage.layerCount).flatMap { stage.hiddenStates(after: $0) }
            try file.append(
                "\(name).hidden_states", shape: [stage.layerCount + 1, stage.count, stage.hiddenSize],
                states.lazy.map(\.bitPattern))
            try file.append(
                "\(name).tokens", shape: [stage.tokens.count], type: "<i4",
                stage.tokens.lazy.map { UInt32(bitPattern: $0) })
        }
        if !trace.main.logits.isEmpty {
            try file.append("logits", shape: [trace.main.logits.count], trace.main.logits.lazy.map(\.bitPattern))
        }
        if let rollout = trace.main.rollout {
            try file.append(
                "rollout", shape: [trace.main.count, trace.main.count], rollout.lazy.map(\.bitPattern))
        }
        try file.finish()
    }
}
