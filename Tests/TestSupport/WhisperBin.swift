/// A model file as whisper.cpp has them, with weights from a seed: the same bytes as `Fixtures/golden/whisper_bin.py` makes.
package struct WhisperBin {
    /// Encoder's and decoder's context, width, heads, layers, as the header has them.
    package var sizes = [100, 64, 2, 2, 128, 64, 2, 2]
    package var vocabularySize = 51_865
    package var melBands = 80
    package var fileType = 1
    package private(set) var bytes: [UInt8] = []
    private var random: SeededRandom

    package init(seed: Int) { random = SeededRandom(seed: seed) }

    /// A spectrogram of the same numbers: `[melBands, 2 * audio context]`.
    package static func spectrogram(seed: Int, bands: Int, frames: Int) -> [Float] {
        var random = SeededRandom(seed: seed)
        return (0..<bands * frames).map { _ in random.uniform() }
    }

    package mutating func build() -> [UInt8] {
        bytes = []
        number(0x6767_6D6C)
        number(vocabularySize)
        for size in sizes { number(size) }
        number(melBands)
        number(fileType)
        number(melBands)
        number(201)
        for index in 0..<melBands * 201 { float(Float(index % 7)) }
        let words = vocabularySize == 51_864 ? 50_256 : 50_257
        number(words)
        for id in 0..<words { word(id) }
        let (width, encoderLayers, textContext, decoderLayers) = (sizes[1], sizes[3], sizes[4], sizes[7])
        tensor("encoder.positional_embedding", [sizes[0], width], false, 1)
        for (index, channels) in [(1, melBands), (2, width)] {
            tensor("encoder.conv\(index).weight", [width, channels, 3], true, gain(3 * channels))
            tensor("encoder.conv\(index).bias", [width, 1], false, 0.1)
        }
        for layer in 0..<encoderLayers { block("encoder.blocks.\(layer)", width, ["attn"]) }
        norm("encoder.ln_post", width)
        tensor("decoder.positional_embedding", [textContext, width], false, 1)
        tensor("decoder.token_embedding.weight", [vocabularySize, width], true, 1.5 * gain(width))
        for layer in 0..<decoderLayers { block("decoder.blocks.\(layer)", width, ["attn", "cross_attn"]) }
        norm("decoder.ln", width)
        return bytes
    }

    private func gain(_ columns: Int) -> Float { (3 / Float(columns)).squareRoot() }

    private mutating func block(_ name: String, _ width: Int, _ attentions: [String]) {
        for attention in attentions {
            norm("\(name).\(attention)_ln", width)
            for part in ["query", "key", "value", "out"] {
                tensor("\(name).\(attention).\(part).weight", [width, width], true, 2 * gain(width))
                if part != "key" { tensor("\(name).\(attention).\(part).bias", [width], false, 0.1) }
            }
        }
        norm("\(name).mlp_ln", width)
        tensor("\(name).mlp.0.weight", [4 * width, width], true, gain(width))
        tensor("\(name).mlp.0.bias", [4 * width], false, 0.1)
        tensor("\(name).mlp.2.weight", [width, 4 * width], true, gain(4 * width))
        tensor("\(name).mlp.2.bias", [width], false, 0.1)
    }

    private mutating func norm(_ name: String, _ width: Int) {
        tensor("\(name).weight", [width], false, 0.1, mean: 1)
        tensor("\(name).bias", [width], false, 0.1)
    }

    /// - Parameter shape: slowest first.
    private mutating func tensor(_ name: String, _ shape: [Int], _ isHalf: Bool, _ gain: Float, mean: Float = 0) {
        number(shape.count)
        number(name.utf8.count)
        number(isHalf ? 1 : 0)
        for size in shape.reversed() { number(size) }
        bytes += Array(name.utf8)
        for _ in 0..<shape.reduce(1, *) {
            let value = mean + random.uniform() * gain
            if isHalf {
                let bits = Float16(value).bitPattern
                bytes.append(UInt8(truncatingIfNeeded: bits))
                bytes.append(UInt8(truncatingIfNeeded: bits >> 8))
            } else {
                float(value)
            }
        }
    }

    /// A byte in GPT-2's order, or a text of its own.
    private mutating func word(_ id: Int) {
        let text = id < 256 ? [Self.byteOrder[id]] : Array(" t\(id)".utf8)
        number(text.count)
        bytes += text
    }

    private static let byteOrder: [UInt8] = {
        let printable = Array(0x21...0x7E) + Array(0xA1...0xAC) + Array(0xAE...0xFF)
        return (printable + (0...255).filter { !printable.contains($0) }).map { UInt8($0) }
    }()

    private mutating func float(_ value: Float) { number(Int(value.bitPattern)) }

    private mutating func number(_ value: Int) {
        for shift in stride(from: 0, to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
    }
}

extension SeededRandom {
    /// -1 ..< 1, in steps of 2⁻²³.
    mutating func uniform() -> Float { Float(Int(next() >> 40)) / 0x1p23 - 1 }
}
