#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Changes the sample rate of a stream, with a low-pass below the lower of the two rates' limits.
///
/// A sinc in a Kaiser window: flat within 0.1 dB up to 90 % of the limit, aliases 90 dB down. Source: J. O. Smith,
/// "Digital Audio Resampling", https://ccrma.stanford.edu/~jos/resample/
package struct Resampler {
    private static let zeroCrossings = 24.0  // of the sinc, on each side
    private static let cutoff = 0.95  // of the lower rate's limit
    private static let beta = 9.0
    private static let maxExactPhases = 1_280
    private static let interpolatedPhases = 1_024

    private let input: Int
    private let output: Int
    /// Input samples on each side of a place between two.
    private let reach: Int
    private let phases: Int
    private let isExact: Bool
    /// The filter at each place between two input samples: [phases + 1, 2 * reach].
    private let taps: [Float]
    /// Input from `first` on; before the beginning there is silence.
    private var pending: [Float]
    private var first: Int
    /// Output samples that were made so far, and input samples that were given.
    private var made = 0
    private var given = 0

    /// - Throws: ``AudioError/sampleRate(_:path:)``.
    package init(from input: Int, to output: Int) throws(AudioError) {
        for rate in [input, output] where !AudioFormat.sampleRates.contains(rate) { throw .sampleRate(rate, path: nil) }
        let divisor = Self.greatestCommonDivisor(input, output)
        self.input = input / divisor
        self.output = output / divisor
        isExact = self.output <= Self.maxExactPhases
        phases = isExact ? self.output : Self.interpolatedPhases
        let scale = min(1, Double(output) / Double(input))
        reach = Int((Self.zeroCrossings / scale).rounded(.up))
        taps = Self.filter(phases: phases, reach: reach, scale: scale)
        first = -reach
        pending = [Float](repeating: 0, count: reach)
    }

    /// Takes in samples and appends those that they complete.
    package mutating func resample(_ samples: Span<Float>, into out: inout [Float]) {
        guard input != output else {
            for index in samples.indices { out.append(samples[index]) }
            return
        }
        pending.reserveCapacity(pending.count + samples.count)
        for index in samples.indices { pending.append(samples[index]) }
        given += samples.count
        produce(into: &out, until: Int.max)
    }

    /// Appends what remains; the sound ends here.
    package mutating func finish(into out: inout [Float]) {
        guard input != output else { return }
        let count = (given * output + input - 1) / input
        pending.append(contentsOf: repeatElement(0, count: reach + 1))
        produce(into: &out, until: count)
    }

    private mutating func produce(into out: inout [Float], until count: Int) {
        while made < count {
            let position = made * input
            let center = position / output  // the input sample at or before this output sample
            guard center + reach < first + pending.count else { break }
            let place = Double(position % output) / Double(output) * Double(phases)
            let phase = Int(place)
            let start = center - reach + 1 - first
            var sum = dot(phase, start)
            if !isExact {
                let weight = Float(place - Double(phase))
                sum += weight * (dot(phase + 1, start) - sum)
            }
            out.append(sum)
            made += 1
        }
        let unused = made * input / output - reach + 1 - first
        if unused > 1 << 14 {
            pending.removeSubrange(0..<min(unused, pending.count))
            first += unused
        }
    }

    private func dot(_ phase: Int, _ start: Int) -> Float {
        let row = phase * 2 * reach
        var sum: Float = 0
        for tap in 0..<2 * reach { sum += taps[row + tap] * pending[start + tap] }
        return sum
    }

    private static func filter(phases: Int, reach: Int, scale: Double) -> [Float] {
        let width = Double(reach)
        var taps: [Float] = []
        taps.reserveCapacity((phases + 1) * 2 * reach)
        for phase in 0...phases {
            let fraction = Double(phase) / Double(phases)
            // The tap `t` is the input sample `t - reach + 1` away from the one before the place.
            let row = (0..<2 * reach).map { tap in
                let distance = Double(tap - reach + 1) - fraction
                let x = Double.pi * distance * scale * cutoff
                let window =
                    abs(distance) >= width
                    ? 0 : bessel(beta * (1 - (distance / width) * (distance / width)).squareRoot())
                return (x == 0 ? 1 : sin(x) / x) * window
            }
            let sum = row.reduce(0, +)  // 1 at the frequency 0
            for tap in row { taps.append(Float(tap / sum)) }
        }
        return taps
    }

    /// The modified Bessel function of order 0, up to a factor that the sum takes out.
    private static func bessel(_ x: Double) -> Double {
        var (sum, term, k) = (1.0, 1.0, 1.0)
        while term > sum * 1e-17 {
            term *= (x / 2 / k) * (x / 2 / k)
            sum += term
            k += 1
        }
        return sum
    }

    private static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
        b == 0 ? a : greatestCommonDivisor(b, a % b)
    }
}
