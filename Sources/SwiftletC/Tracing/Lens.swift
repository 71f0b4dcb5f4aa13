// Documented in swiftlet.h.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import CSwiftlet
internal import Swiftlet

/// The caller's arrays for what layers predict; any may be missing.
@safe private struct LensOutput {
    let tokens: UnsafeMutablePointer<Int32>?
    let logProbabilities: UnsafeMutablePointer<Float>?
    let entropies: UnsafeMutablePointer<Float>?
    let divergences: UnsafeMutablePointer<Float>?
    let top: Int

    /// One of those that are there.
    var any: UnsafeMutablePointer<UInt8>? {
        let floats = unsafe logProbabilities ?? entropies ?? divergences
        let start = unsafe UnsafeMutableRawPointer(tokens) ?? UnsafeMutableRawPointer(floats)
        return unsafe start?.assumingMemoryBound(to: UInt8.self)
    }

    func write(_ reading: LensReading, row: Int) {
        for (place, candidate) in reading.top.enumerated() {
            unsafe tokens?[row * top + place] = candidate.token
            unsafe logProbabilities?[row * top + place] = Float(candidate.logProbability)
        }
        unsafe entropies?[row] = Float(reading.entropy)
        unsafe divergences?[row] = Float(reading.divergence)
    }
}

@c @implementation
public func swiftlet_trace_lens(
    _ trace: OpaquePointer?, _ layers: UnsafePointer<UInt32>?, _ layer_count: Int, _ top: Int,
    _ cancellation: OpaquePointer?, _ tokens: UnsafeMutablePointer<Int32>?,
    _ log_probabilities: UnsafeMutablePointer<Float>?, _ entropies: UnsafeMutablePointer<Float>?,
    _ divergences: UnsafeMutablePointer<Float>?, _ capacity: Int, _ needed: UnsafeMutablePointer<Int>?,
    _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let trace = try unsafe TraceObject.of(trace)
        let stage = trace.trace.main
        let results = unsafe LensOutput(
            tokens: tokens, logProbabilities: log_probabilities, entropies: entropies, divergences: divergences,
            top: top)
        let output = try unsafe Output(results.any, capacity, needed, "the arrays")
        guard (0...trace.model.vocabularySize).contains(top), !capacity.multipliedReportingOverflow(by: top).overflow
        else {
            throw Failure(.argument, "top is \(top): use 0 to \(trace.model.vocabularySize)", place: "top")
        }
        guard let count = UInt64(exactly: layer_count) else {
            throw Failure(.argument, "layer_count is not possible", place: "layer_count")
        }
        let chosen = try unsafe numbers(layers, count, "layers") ?? Array(0...stage.layerCount)
        guard chosen.allSatisfy((0...stage.layerCount).contains) else {
            throw Failure(.argument, "layers go from 0 to \(stage.layerCount)", place: "layers")
        }
        let (rows, isFar) = chosen.count.multipliedReportingOverflow(by: stage.count)
        guard !isFar else { throw Failure(.argument, "\(chosen.count) layers are too many", place: "layers") }
        guard try unsafe output.room(rows) != nil else { return }
        var lens = try Failure.translating { () throws(SwiftletError) in try LogitLens(trace.model, trace.runtime) }
        let found = try unsafe CancellationObject.run(cancellation, lens.cancellation) { () throws(Failure) in
            try Failure.translating { () throws(SwiftletError) in
                try lens.read(stage, layers: chosen, positions: 0..<stage.count, top: top)
            }
        }
        for (row, reading) in found.joined().enumerated() { results.write(reading, row: row) }
    }
}
