// Documented in swiftlet.h.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import CSwiftlet
internal import Swiftlet

/// A trace, which never changes.
final class TraceObject: Handle {
    static var kind: HandleKind { .trace }
    let model: Model
    let trace: Trace
    let runtime: RuntimeOptions

    init(_ model: Model, _ trace: Trace, _ runtime: RuntimeOptions) {
        self.model = model
        self.trace = trace
        self.runtime = runtime
    }

    func stage(_ number: UInt32) throws(Failure) -> StageTrace {
        let stages = trace.stages
        guard number < stages.count else {
            throw Failure(
                .notFound, "there is no stage \(number): the model has \(stages.count)", place: "stage")
        }
        return stages[Int(number)]
    }

    func attention(_ stage: UInt32, _ index: UInt64) throws(Failure) -> AttentionTrace {
        let attentions = try self.stage(stage).attentions
        guard index < UInt64(attentions.count) else {
            throw Failure(
                .notFound, "there is no attention \(index): the stage has \(attentions.count) whose weights were kept",
                place: "index")
        }
        return attentions[Int(index)]
    }

    /// An array's elements and its dimensions.
    func array(_ kind: UInt32, _ number: UInt32, _ index: UInt64) throws(Failure) -> (values: [Float], shape: [Int]) {
        let stage = try self.stage(number)
        switch Int(kind) {
        case SWIFTLET_TRACE_ATTENTION:
            let attention = try attention(number, index)
            return (attention.weights, [attention.heads.count, attention.rows, attention.columns])
        case SWIFTLET_TRACE_HIDDEN_STATES:
            guard index <= UInt64(stage.layerCount) else {
                throw Failure(
                    .notFound, "there is no state behind \(index) layers: the stage has \(stage.layerCount)",
                    place: "index")
            }
            return (Array(stage.hiddenStates(after: Int(index))), [stage.count, stage.hiddenSize])
        case SWIFTLET_TRACE_LOGITS:
            guard !stage.logits.isEmpty else {
                throw Failure(.notFound, "the stage has no logits: it is no decoder", place: "array")
            }
            return (stage.logits, [stage.logits.count])
        case SWIFTLET_TRACE_HEAD_MEASURES:
            let measures = stage.headMeasures
            return (measures.flatMap(\.row), [measures.count, 8])
        case SWIFTLET_TRACE_ROLLOUT:
            guard let rollout = stage.rollout else {
                throw Failure(
                    .notFound, "there is no rollout: it needs all heads of all layers, and layers that all attend",
                    place: "array")
            }
            return (rollout, [stage.count, stage.count])
        case SWIFTLET_TRACE_FLOW:
            let flow = try Failure.translating { () throws(SwiftletError) in try stage.flow() }
            return (flow, [stage.count, stage.count])
        case SWIFTLET_TRACE_LOG_PROBABILITIES:
            guard Int(number) == trace.stages.count - 1 else {
                throw Failure(.notFound, "an encoder's stage predicts no tokens: use stage 1", place: "stage")
            }
            let found = try Failure.translating { () throws(SwiftletError) in
                try model.logProbabilities(of: trace, runtime)
            }
            return (found, [found.count])
        default: throw Failure(.argument, "array is \(kind): use SWIFTLET_TRACE_...", place: "array")
        }
    }
}

extension HeadMeasures {
    fileprivate var row: [Float] {
        [Float(layer), Float(head)]
            + [entropy, distance, first, previous, duplicate ?? .nan, induction ?? .nan].map { Float($0) }
    }
}

@c @implementation
public func swiftlet_trace_open(
    _ model: OpaquePointer?, _ text: UnsafePointer<CChar>?, _ size: Int,
    _ options: UnsafePointer<swiftlet_trace_options>?, _ out: UnsafeMutablePointer<OpaquePointer?>?,
    _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let model = try unsafe ModelObject.of(model).text
        try unsafe check(out, "out")
        let text = try unsafe Text.sized(text, size, "text")
        let request = try unsafe TraceRequest(options, for: model)
        try unsafe request.trace(text, model).give(out)
    }
}

@c @implementation
public func swiftlet_trace_open_tokens(
    _ model: OpaquePointer?, _ tokens: UnsafePointer<Int32>?, _ count: Int,
    _ options: UnsafePointer<swiftlet_trace_options>?, _ out: UnsafeMutablePointer<OpaquePointer?>?,
    _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let model = try unsafe ModelObject.of(model).text
        try unsafe check(out, "out")
        let tokens = try unsafe SwiftletC.tokens(tokens, count, vocabularySize: model.vocabularySize)
        let request = try unsafe TraceRequest(options, for: model)
        try unsafe request.trace(tokens, model).give(out)
    }
}

@c @implementation
public func swiftlet_trace_release(_ trace: OpaquePointer?) { unsafe TraceObject.release(trace) }

@c @implementation
public func swiftlet_trace_get_stage(
    _ trace: OpaquePointer?, _ stage: UInt32, _ info: UnsafeMutablePointer<swiftlet_trace_stage>?,
    _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let trace = try unsafe TraceObject.of(trace)
        let stage = try trace.stage(stage)
        var found = swiftlet_trace_stage()
        found.stage_count = UInt32(trace.trace.stages.count)
        found.is_decoder = stage.isDecoder ? 1 : 0
        found.position_count = UInt64(stage.count)
        found.layer_count = UInt64(stage.layerCount)
        found.hidden_size = UInt64(stage.hiddenSize)
        found.attention_count = UInt64(stage.attentions.count)
        try unsafe found.write(info, "info")
    }
}

@c @implementation
public func swiftlet_trace_get_attention(
    _ trace: OpaquePointer?, _ stage: UInt32, _ index: UInt64, _ info: UnsafeMutablePointer<swiftlet_trace_attention>?,
    _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let attention = try unsafe TraceObject.of(trace).attention(stage, index)
        var found = swiftlet_trace_attention()
        found.is_cross = attention.kind == .cross ? 1 : 0
        found.layer = UInt32(attention.layer)
        found.head_count = UInt32(attention.heads.count)
        found.layer_head_count = UInt32(attention.headCount)
        found.key_value_head_count = UInt32(attention.keyValueHeadCount)
        found.is_causal = attention.isCausal ? 1 : 0
        found.has_sinks = attention.hasSinks ? 1 : 0
        found.row_count = UInt64(attention.rows)
        found.column_count = UInt64(attention.columns)
        try unsafe found.write(info, "info")
    }
}

@c @implementation
public func swiftlet_trace_tokens(
    _ trace: OpaquePointer?, _ stage: UInt32, _ tokens: UnsafeMutablePointer<Int32>?, _ capacity: Int,
    _ needed: UnsafeMutablePointer<Int>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let trace = try unsafe TraceObject.of(trace)
        let output = try unsafe Output(tokens, capacity, needed, "tokens")
        try output.write(trace.stage(stage).tokens)
    }
}

@c @implementation
public func swiftlet_trace_read(
    _ trace: OpaquePointer?, _ array: UInt32, _ stage: UInt32, _ index: UInt64, _ values: UnsafeMutablePointer<Float>?,
    _ capacity: Int, _ needed: UnsafeMutablePointer<Int>?, _ shape: UnsafeMutablePointer<UInt64>?,
    _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let trace = try unsafe TraceObject.of(trace)
        let output = try unsafe Output(values, capacity, needed, "values")
        let found = try trace.array(array, stage, index)
        try output.write(found.values)
        guard let shape = unsafe shape else { return }
        for place in 0..<3 { unsafe shape[place] = place < found.shape.count ? UInt64(found.shape[place]) : 0 }
    }
}
