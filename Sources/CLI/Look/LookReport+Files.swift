import Look
import Swiftlet

extension LookReport {
    func write(_ format: LookFormat, to path: String) throws {
        let bytes: [UInt8]
        switch format {
        case .npz: return try writeArrays(path)
        case .html: bytes = html
        case .json: bytes = json + [0x0A]
        case .png: bytes = png
        }
        let file = try OutputFile(path: path)
        try file.write(bytes)
        try file.finish()
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
        for (name, values) in [("rollout", trace.main.rollout), ("flow", flow)] {
            guard let values else { continue }
            try file.append(name, shape: [trace.main.count, trace.main.count], values.lazy.map(\.bitPattern))
        }
        try file.finish()
    }
}
