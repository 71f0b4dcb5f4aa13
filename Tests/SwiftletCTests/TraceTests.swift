import CSwiftlet
import Swiftlet
import TestSupport
import Testing

/// Traces through the header, beside those of the Swift API; these are compared with transformers' in ConversionTests.
@Suite struct `C: traces` {
    private let ids: [Int32] = [1, 2, 3, 1, 2]

    private func open(
        _ model: Owned, _ tokens: [Int32], _ change: (inout swiftlet_trace_options) -> Void = { _ in }
    ) throws -> Owned {
        var options = swiftlet_trace_options()
        options.struct_size = size(of: swiftlet_trace_options.self)
        change(&options)
        return try Owned(swiftlet_trace_release) {
            swiftlet_trace_open_tokens(model.raw, tokens, tokens.count, &options, $0, $1)
        }
    }

    private func read(
        _ trace: Owned, _ array: Int, stage: UInt32 = 0, _ index: Int = 0
    ) throws -> (values: [Float], shape: [UInt64]) {
        var needed = 0
        try check { swiftlet_trace_read(trace.raw, UInt32(array), stage, UInt64(index), nil, 0, &needed, nil, $0) }
        var values = [Float](repeating: -1, count: needed)
        var shape = [UInt64](repeating: 9, count: 3)
        try check {
            swiftlet_trace_read(trace.raw, UInt32(array), stage, UInt64(index), &values, needed, nil, &shape, $0)
        }
        return (values, shape)
    }

    @Test func `have the arrays of the Swift API`() throws {
        let path = Fixtures.path("models/qwen2-f32.gguf")
        let model = try Model(path: path)
        let reference = try model.trace(ids).main
        let trace = try open(Owned.model(path), ids)
        var stage = swiftlet_trace_stage()
        stage.struct_size = size(of: swiftlet_trace_stage.self)
        try check { swiftlet_trace_get_stage(trace.raw, 0, &stage, $0) }
        #expect(stage.stage_count == 1 && stage.is_decoder == 1 && stage.position_count == 5)
        #expect(stage.layer_count == UInt64(reference.layerCount) && stage.hidden_size == UInt64(model.hiddenSize))
        #expect(stage.attention_count == UInt64(reference.attentions.count))
        for (index, attention) in reference.attentions.enumerated() {
            var info = swiftlet_trace_attention()
            info.struct_size = size(of: swiftlet_trace_attention.self)
            try check { swiftlet_trace_get_attention(trace.raw, 0, UInt64(index), &info, $0) }
            #expect(info.layer == UInt32(attention.layer) && info.is_cross == 0 && info.is_causal == 1)
            #expect(info.head_count == UInt32(attention.headCount) && info.layer_head_count == info.head_count)
            #expect(info.key_value_head_count == UInt32(attention.keyValueHeadCount) && info.has_sinks == 0)
            #expect(info.row_count == 5 && info.column_count == 5)
            let found = try read(trace, SWIFTLET_TRACE_ATTENTION, index)
            #expect(found.values == attention.weights && found.shape == [UInt64(attention.headCount), 5, 5])
        }
        for layer in 0...reference.layerCount {
            let found = try read(trace, SWIFTLET_TRACE_HIDDEN_STATES, layer)
            #expect(found.values == Array(reference.hiddenStates(after: layer)))
            #expect(found.shape == [5, UInt64(model.hiddenSize), 0])
        }
        #expect(try read(trace, SWIFTLET_TRACE_LOGITS).values == reference.logits)
        #expect(try read(trace, SWIFTLET_TRACE_ROLLOUT).values == reference.rollout)
        #expect(try read(trace, SWIFTLET_TRACE_FLOW).values == reference.flow())
        let measures = try read(trace, SWIFTLET_TRACE_HEAD_MEASURES)
        #expect(measures.shape == [UInt64(reference.headMeasures.count), 8, 0])
        for (index, one) in reference.headMeasures.enumerated() {
            let row = Array(measures.values[index * 8..<index * 8 + 8])
            #expect(row[0] == Float(one.layer) && row[1] == Float(one.head) && row[2] == Float(one.entropy))
            #expect(row[7] == one.induction.map { Float($0) })
        }
        var tokens = [Int32](repeating: -1, count: 5)
        try check { swiftlet_trace_tokens(trace.raw, 0, &tokens, 5, nil, $0) }
        #expect(tokens == ids)
    }

    @Test func `have the lens and the probabilities of the Swift API`() throws {
        let path = Fixtures.path("models/qwen2-f32.gguf")
        let model = try Model(path: path)
        let reference = try model.trace(ids)
        let trace = try open(Owned.model(path), ids)
        let probabilities = try read(trace, SWIFTLET_TRACE_LOG_PROBABILITIES)
        let expected = try model.logProbabilities(of: reference)
        #expect(probabilities.shape == [5, 0, 0] && probabilities.values[0].isNaN)
        #expect(probabilities.values.dropFirst() == expected.dropFirst() && expected.count == 5)
        var lens = try LogitLens(model)
        let last = reference.main.layerCount
        let readings = try lens.read(reference.main, layers: [0, last], positions: 0..<5, top: 2)
        let layers = [0, UInt32(last)]
        var tokens = [Int32](repeating: -1, count: 20)
        var logarithms = [Float](repeating: .nan, count: 20)
        var entropies = [Float](repeating: .nan, count: 10)
        var divergences = entropies
        var needed = 0
        try check { swiftlet_trace_lens(trace.raw, nil, 0, 2, nil, nil, nil, nil, nil, 0, &needed, $0) }
        #expect(needed == 5 * (last + 1))
        try check {
            swiftlet_trace_lens(
                trace.raw, layers, 2, 2, nil, &tokens, &logarithms, &entropies, &divergences, 10, &needed, $0)
        }
        #expect(needed == 10)
        #expect(tokens == readings.joined().flatMap { $0.top.map(\.token) })
        #expect(logarithms == readings.joined().flatMap { $0.top.map { Float($0.logProbability) } })
        #expect(entropies == readings.joined().map { Float($0.entropy) })
        #expect(divergences == readings.joined().map { Float($0.divergence) })
        let far: [UInt32] = [UInt32(last) + 1]
        let refused = [
            status { swiftlet_trace_lens(trace.raw, far, 1, 1, nil, nil, nil, &entropies, nil, 10, nil, $0) },
            status { swiftlet_trace_lens(trace.raw, nil, 1, 1, nil, nil, nil, &entropies, nil, 10, nil, $0) },
            status { swiftlet_trace_lens(trace.raw, layers, .max, 1, nil, nil, nil, &entropies, nil, 10, nil, $0) },
            status { swiftlet_trace_lens(trace.raw, layers, 2, .max, nil, nil, nil, &entropies, nil, 10, nil, $0) },
            status { swiftlet_trace_lens(trace.raw, layers, 2, -1, nil, nil, nil, &entropies, nil, 10, nil, $0) },
            status { swiftlet_trace_lens(trace.raw, layers, 2, 2, nil, &tokens, nil, nil, nil, .max, nil, $0) },
        ]
        #expect(refused.allSatisfy { $0 == SWIFTLET_ERROR_ARGUMENT }, "\(refused)")
        let small = status {
            swiftlet_trace_lens(trace.raw, layers, 2, 1, nil, nil, nil, &entropies, nil, 9, &needed, $0)
        }
        #expect(small == SWIFTLET_ERROR_BUFFER && needed == 10)
    }

    @Test func `keep the layers and heads that were chosen, and go without others`() throws {
        let path = Fixtures.path("models/qwen2-f32.gguf")
        let model = try Model(path: path)
        var options = TraceOptions()
        options.layers = [1]
        options.heads = [0, 2]
        options.ablations = [AblatedPart(layer: 0, head: 1)]
        let reference = try model.trace(ids, options).main
        let (layers, heads): ([UInt32], [UInt32]) = ([1], [2, 0])
        let trace = try layers.withUnsafeBufferPointer { layers in
            try heads.withUnsafeBufferPointer { heads in
                try "L0H1".withCString { parts in
                    try open(Owned.model(path), ids) {
                        ($0.layers, $0.layer_count) = (layers.baseAddress, 1)
                        ($0.heads, $0.head_count) = (heads.baseAddress, 2)
                        $0.ablate = parts
                    }
                }
            }
        }
        #expect(try read(trace, SWIFTLET_TRACE_ATTENTION).values == reference.attentions[0].weights)
        #expect(try read(trace, SWIFTLET_TRACE_LOGITS).values == reference.logits)
        let (array, stage) = (UInt32(SWIFTLET_TRACE_ATTENTION), UInt32(0))
        let missing = [
            status { swiftlet_trace_read(trace.raw, array, 0, 1, nil, 0, nil, nil, $0) },
            status { swiftlet_trace_read(trace.raw, array, 1, 0, nil, 0, nil, nil, $0) },
            status { swiftlet_trace_read(trace.raw, UInt32(SWIFTLET_TRACE_ROLLOUT), 0, 0, nil, 0, nil, nil, $0) },
            status {
                swiftlet_trace_read(trace.raw, UInt32(SWIFTLET_TRACE_HIDDEN_STATES), 0, .max, nil, 0, nil, nil, $0)
            },
            status { swiftlet_trace_get_attention(trace.raw, stage, .max, nil, $0) },
            status { swiftlet_trace_get_stage(trace.raw, 7, nil, $0) },
        ]
        #expect(missing.allSatisfy { $0 == SWIFTLET_ERROR_NOT_FOUND }, "\(missing)")
        #expect(
            status { swiftlet_trace_read(trace.raw, UInt32(SWIFTLET_TRACE_FLOW), 0, 0, nil, 0, nil, nil, $0) }
                == SWIFTLET_ERROR_ARGUMENT)
        #expect(status { swiftlet_trace_read(trace.raw, 99, 0, 0, nil, 0, nil, nil, $0) } == SWIFTLET_ERROR_ARGUMENT)
        #expect(status { swiftlet_trace_get_stage(trace.raw, 0, nil, $0) } == SWIFTLET_ERROR_ARGUMENT)
    }

    @Test func `of a text with two stages`() throws {
        let model = try Owned.fixture("models/t5-f32.gguf")
        let reference = try Model(path: Fixtures.path("models/t5-f32.gguf")).trace(source: ids, target: [0, 4, 5])
        let target: [Int32] = [0, 4, 5]
        let trace = try target.withUnsafeBufferPointer { target in
            try open(model, ids) { ($0.target_tokens, $0.target_token_count) = (target.baseAddress, 3) }
        }
        let cross = try #require(reference.main.attentions.firstIndex { $0.kind == .cross })
        let found = try read(trace, SWIFTLET_TRACE_ATTENTION, stage: 1, cross)
        #expect(found.values == reference.main.attentions[cross].weights && found.shape.suffix(2) == [3, 5])
        let encoder = try #require(reference.encoder)
        #expect(
            try read(trace, SWIFTLET_TRACE_HIDDEN_STATES, encoder.layerCount).values
                == Array(encoder.hiddenStates(after: encoder.layerCount)))
        #expect(throws: CFailure.self) { try read(trace, SWIFTLET_TRACE_LOG_PROBABILITIES, stage: 0) }
        #expect(try read(trace, SWIFTLET_TRACE_LOG_PROBABILITIES, stage: 1).shape == [3, 0, 0])
        let error = #expect(throws: CFailure.self) { try open(model, ids) }
        #expect(error?.place == "options.target_tokens")
        let written = try withBytes("the one") { start, count in
            try Owned(swiftlet_trace_release) { swiftlet_trace_open(model.raw, start, count, nil, $0, $1) }
        }
        var needed = 0
        try check { swiftlet_trace_tokens(written.raw, 1, nil, 0, &needed, $0) }
        #expect(needed > 1)
    }

    @Test func `refuse what cannot be`() throws {
        let model = try Owned.fixture("models/qwen2-f32.gguf")
        func failure(_ change: (inout swiftlet_trace_options) -> Void) -> String? {
            let error = #expect(throws: CFailure.self) { try open(model, ids, change) }
            return error?.status == Int(SWIFTLET_ERROR_ARGUMENT) ? error?.place : nil
        }
        #expect(failure { $0.layer_count = 2 } == "options.layers")
        #expect(failure { $0.attention = 7 } == "options.attention")
        #expect(failure { $0.cache_type = 7 } == "options.cache_type")
        #expect(failure { $0.target_token_count = .max } == "tokens")
        #expect(failure { $0.max_attention_bytes = 10 } != nil)
        "L9".withCString { text in #expect(failure { $0.ablate = text } != nil) }
        "x".withCString { text in
            #expect(failure { $0.ablate = text } == "options.ablate")
            #expect(failure { $0.target = text } == "options.target")
            #expect(failure { $0.instruction_set = text } != nil)
        }
        let cancellation = try Owned.cancellation()
        swiftlet_cancellation_cancel(cancellation.raw)
        let cancelled = #expect(throws: CFailure.self) { try open(model, ids) { $0.cancellation = cancellation.raw } }
        #expect(cancelled?.status == Int(SWIFTLET_ERROR_CANCELLED))
        #expect(status { swiftlet_trace_open(model.raw, nil, 1, nil, nil, $0) } == SWIFTLET_ERROR_ARGUMENT)
        #expect(status { swiftlet_trace_open_tokens(model.raw, [-1], 1, nil, nil, $0) } == SWIFTLET_ERROR_ARGUMENT)
        let speech = try Owned.fixture("speech.gguf")
        var out: OpaquePointer?
        #expect(status { swiftlet_trace_open(speech.raw, "a", 1, nil, &out, $0) } == SWIFTLET_ERROR_MODEL)
        #expect(status { swiftlet_trace_tokens(model.raw, 0, nil, 0, nil, $0) } == SWIFTLET_ERROR_HANDLE)
    }
}
