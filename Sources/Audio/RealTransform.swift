#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The power spectrum of real frames, in double precision: what is 80 dB below a frame's loudest must still be right.
///
/// A frame of 2n samples is a complex transform of n, by Stockham's passes of 4, 2 and 5. Source: Van Loan, "Computational
/// Frameworks for the Fast Fourier Transform" (1992), 1.7 and 4.3.
struct RealTransform {
    private struct Pass {
        let radix: Int
        let groups: Int  // what remains of the length
        let stride: Int  // elements that are done
        /// [groups, radix - 1]: exp(-2 pi i p j / (groups * radix)).
        let twiddles: [(re: Double, im: Double)]
    }

    /// The input: an even number of samples, windowed.
    var frame: [Double]
    /// |X_k|² for k = 0...frame.count / 2, of the frame that was transformed last.
    private(set) var powers: [Double]
    private let passes: [Pass]
    private let unpacking: [(re: Double, im: Double)]
    private var re: [Double]
    private var im: [Double]
    private var otherRe: [Double]
    private var otherIm: [Double]

    /// - Parameter length: even; its half a product of 2 and 5.
    init(length: Int) {
        let half = length / 2
        frame = [Double](repeating: 0, count: length)
        powers = [Double](repeating: 0, count: half + 1)
        var (left, stride) = (half, 1)
        var passes: [Pass] = []
        while left > 1 {
            let radix = left % 4 == 0 ? 4 : left % 2 == 0 ? 2 : 5
            precondition(left % radix == 0, "a half that is a product of 2 and 5")
            let groups = left / radix
            let twiddles = (0..<groups).flatMap { p in (1..<radix).map { Self.root(p * $0, of: left) } }
            passes.append(Pass(radix: radix, groups: groups, stride: stride, twiddles: twiddles))
            (left, stride) = (groups, stride * radix)
        }
        self.passes = passes
        unpacking = (0...half).map { Self.root($0, of: length) }
        re = [Double](repeating: 0, count: half)
        (im, otherRe, otherIm) = (re, re, re)
    }

    /// Computes ``powers`` of ``frame``.
    mutating func run() {
        let half = frame.count / 2
        for index in 0..<half {
            re[index] = frame[2 * index]
            im[index] = frame[2 * index + 1]
        }
        for pass in passes {
            switch pass.radix {
            case 2: two(pass)
            case 4: four(pass)
            default: five(pass)
            }
            swap(&re, &otherRe)
            swap(&im, &otherIm)
        }
        for k in 0...half {
            let (a, b) = (k % half, (half - k) % half)
            let evenRe = (re[a] + re[b]) / 2
            let evenIm = (im[a] - im[b]) / 2
            let oddRe = (im[a] + im[b]) / 2
            let oddIm = (re[b] - re[a]) / 2
            let w = unpacking[k]
            let x = evenRe + w.re * oddRe - w.im * oddIm
            let y = evenIm + w.re * oddIm + w.im * oddRe
            powers[k] = x * x + y * y
        }
    }

    private mutating func two(_ pass: Pass) {
        let s = pass.stride
        for p in 0..<pass.groups {
            let w = pass.twiddles[p]
            for q in 0..<s {
                let (a, b) = (q + s * p, q + s * (p + pass.groups))
                let (x, y) = (re[a] - re[b], im[a] - im[b])
                let out = q + s * 2 * p
                otherRe[out] = re[a] + re[b]
                otherIm[out] = im[a] + im[b]
                otherRe[out + s] = x * w.re - y * w.im
                otherIm[out + s] = x * w.im + y * w.re
            }
        }
    }

    private mutating func four(_ pass: Pass) {
        let s = pass.stride
        let m = pass.groups
        for p in 0..<m {
            let (w1, w2, w3) = (pass.twiddles[3 * p], pass.twiddles[3 * p + 1], pass.twiddles[3 * p + 2])
            for q in 0..<s {
                let (a, b, c, d) = (q + s * p, q + s * (p + m), q + s * (p + 2 * m), q + s * (p + 3 * m))
                let (sumRe, sumIm) = (re[a] + re[c], im[a] + im[c])
                let (differenceRe, differenceIm) = (re[a] - re[c], im[a] - im[c])
                let (otherSumRe, otherSumIm) = (re[b] + re[d], im[b] + im[d])
                // -i (b - d)
                let (turnedRe, turnedIm) = (im[b] - im[d], re[d] - re[b])
                let out = q + s * 4 * p
                otherRe[out] = sumRe + otherSumRe
                otherIm[out] = sumIm + otherSumIm
                store(differenceRe + turnedRe, differenceIm + turnedIm, w1, out + s)
                store(sumRe - otherSumRe, sumIm - otherSumIm, w2, out + 2 * s)
                store(differenceRe - turnedRe, differenceIm - turnedIm, w3, out + 3 * s)
            }
        }
    }

    private mutating func five(_ pass: Pass) {
        let s = pass.stride
        let m = pass.groups
        let (c1, c2) = (Self.root(1, of: 5).re, Self.root(2, of: 5).re)
        let (s1, s2) = (-Self.root(1, of: 5).im, -Self.root(2, of: 5).im)
        for p in 0..<m {
            for q in 0..<s {
                let at = q + s * p
                let (b, c, d, e) = (at + s * m, at + 2 * s * m, at + 3 * s * m, at + 4 * s * m)
                let (outerRe, outerIm) = (re[b] + re[e], im[b] + im[e])
                let (innerRe, innerIm) = (re[c] + re[d], im[c] + im[d])
                let (outerX, outerY) = (re[b] - re[e], im[b] - im[e])
                let (innerX, innerY) = (re[c] - re[d], im[c] - im[d])
                let (firstRe, firstIm) = (re[at] + c1 * outerRe + c2 * innerRe, im[at] + c1 * outerIm + c2 * innerIm)
                let (secondRe, secondIm) = (re[at] + c2 * outerRe + c1 * innerRe, im[at] + c2 * outerIm + c1 * innerIm)
                let (firstX, firstY) = (s1 * outerX + s2 * innerX, s1 * outerY + s2 * innerY)
                let (secondX, secondY) = (s2 * outerX - s1 * innerX, s2 * outerY - s1 * innerY)
                let out = q + s * 5 * p
                let w = 4 * p
                otherRe[out] = re[at] + outerRe + innerRe
                otherIm[out] = im[at] + outerIm + innerIm
                // -i times the difference turns (x, y) into (y, -x).
                store(firstRe + firstY, firstIm - firstX, pass.twiddles[w], out + s)
                store(secondRe + secondY, secondIm - secondX, pass.twiddles[w + 1], out + 2 * s)
                store(secondRe - secondY, secondIm + secondX, pass.twiddles[w + 2], out + 3 * s)
                store(firstRe - firstY, firstIm + firstX, pass.twiddles[w + 3], out + 4 * s)
            }
        }
    }

    private mutating func store(_ x: Double, _ y: Double, _ w: (re: Double, im: Double), _ index: Int) {
        otherRe[index] = x * w.re - y * w.im
        otherIm[index] = x * w.im + y * w.re
    }

    private static func root(_ k: Int, of n: Int) -> (re: Double, im: Double) {
        let angle = -2 * Double.pi * Double(k) / Double(n)
        return (cos(angle), sin(angle))
    }
}
