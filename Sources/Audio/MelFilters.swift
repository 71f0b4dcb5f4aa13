#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// How much of each frequency goes into each mel band, as a model's file has it: `[bands, MelSpectrogram.bins]`.
package struct MelFilters: Sendable {
    package let bands: Int
    /// Each band's first frequency and its weights from there on; the zeros around them are left out.
    let rows: [(first: Int, weights: [Double])]

    /// - Parameter values: `[bands, MelSpectrogram.bins]`, row after row. nil when they are not as many, or not finite.
    package init?(bands: Int, _ values: [Float]) {
        let bins = MelSpectrogram.bins
        guard bands > 0, values.count / bands == bins, values.count % bands == 0, values.allSatisfy(\.isFinite) else {
            return nil
        }
        self.bands = bands
        rows = (0..<bands).map { band in
            let row = values[band * bins..<(band + 1) * bins]
            let first = row.firstIndex { $0 != 0 } ?? row.startIndex
            let last = row.lastIndex { $0 != 0 } ?? row.startIndex - 1
            return (first - row.startIndex, row[first..<max(first, last + 1)].map(Double.init))
        }
    }
}

extension MelFilters {
    /// Slaney's triangles of equal area between 0 and 8,000 Hz, which all of OpenAI's models have.
    ///
    /// Source: M. Slaney, "Auditory Toolbox" (1998); `librosa.filters.mel(sr=16000, n_fft=400)`.
    ///
    /// - Parameter bands: 1 or more.
    package static func slaney(bands: Int) -> MelFilters? {
        guard bands > 0 else { return nil }
        let top = mel(Double(MelSpectrogram.sampleRate) / 2)
        let edges = (0..<bands + 2).map { hertz(top * Double($0) / Double(bands + 1)) }
        var values: [Float] = []
        for band in 0..<bands {
            let (low, center, high) = (edges[band], edges[band + 1], edges[band + 2])
            for bin in 0..<MelSpectrogram.bins {
                let frequency = Double(bin * MelSpectrogram.sampleRate) / Double(MelSpectrogram.frameLength)
                let rising = (frequency - low) / (center - low)
                let falling = (high - frequency) / (high - center)
                values.append(Float(max(0, min(rising, falling)) * 2 / (high - low)))
            }
        }
        return MelFilters(bands: bands, values)
    }

    /// `[bands, MelSpectrogram.bins]`, row after row.
    package var values: [Float] {
        var values = [Float](repeating: 0, count: bands * MelSpectrogram.bins)
        for (band, row) in rows.enumerated() {
            for (index, weight) in row.weights.enumerated() {
                values[band * MelSpectrogram.bins + row.first + index] = Float(weight)
            }
        }
        return values
    }

    // Linear below 1,000 Hz, logarithmic above.
    private static let hertzOfMel = 200.0 / 3
    private static let melOfCorner = 15.0
    private static let step = log(6.4) / 27

    private static func mel(_ hertz: Double) -> Double {
        hertz < 1_000 ? hertz / hertzOfMel : melOfCorner + log(hertz / 1_000) / step
    }

    private static func hertz(_ mel: Double) -> Double {
        mel < melOfCorner ? mel * hertzOfMel : 1_000 * exp(step * (mel - melOfCorner))
    }
}
