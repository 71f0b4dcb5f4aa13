internal import Graph
internal import Tensors

/// One pass through a program: plain values only, so that threads read it without reference counting.
@safe struct Step: BitwiseCopyable {
    let kernels: Kernels
    let instructions: FixedView<Instruction>
    let terms: FixedView<ProductTerm>
    /// Of each term, its weights where products read panels.
    let panels: FixedView<PanelMatrix?>
    let frequencies: FixedView<Double>
    let slots: FixedView<Slot>
    let cache: KVCache.View
    /// What attention to the memory reads.
    let memory: Memory
    /// By `Extent.rawValue`.
    let tokensArena: ArenaView
    let outputsArena: ArenaView
    let framesArena: ArenaView
    let scratchArena: ArenaView
    let scratchBytes: Int
    /// What attention leaves of each stretch of positions.
    let partsArena: ArenaView
    let tokenCount: Int
    let outputCount: Int
    let ids: FixedView<Int32>
    let positions: FixedView<Int32>
    let segments: FixedView<Int32>
    let outputRows: FixedView<OutputRows>
    let parts: FixedView<PlacedPart>
    let tiles: FixedView<Tile>
    let tileCount: Int
    let partCount: Int
    let products: ProductKernels
    let cancellation: Unmanaged<Cancellation>
    /// Of each thread, a row of every instruction's times; empty where nobody asked for them.
    let times: SharedView<InstructionTime>

    /// A sequence's rows within the step.
    struct PlacedPart: BitwiseCopyable {
        var sequence = 0
        var firstRow = 0
        var count = 0
        /// Positions that its cache held before.
        var past = 0
    }

    /// The consecutive rows whose mean is one result.
    struct OutputRows: BitwiseCopyable {
        var first = 0
        var count = 0
    }

    /// Consecutive rows of one part, which attention takes together.
    struct Tile: BitwiseCopyable {
        var part = 0
        var firstRow = 0
        var count = 0
    }

    /// Runs every instruction, this thread's part of each.
    func execute(_ worker: Worker) {
        guard times.count == 0 else { return executeTimed(worker) }
        for index in 0..<instructions.count {
            let instruction = instructions[index]
            if case .checkpoint = instruction {
                if stops(at: index) { return }
                continue
            }
            execute(instruction, worker)
            decideNext(after: index, worker)
            worker.barrier()
        }
    }

    /// Whether the step ends at this checkpoint; all threads get the same answer.
    func stops(at index: Int) -> Bool {
        unsafe cancellation._withUnsafeGuaranteedRef { $0.stops(at: index) }
    }

    /// Decides for all threads whether the step ends at the checkpoint that follows, if one does.
    func decideNext(after index: Int, _ worker: Worker) {
        guard worker.thread == 0, index + 1 < instructions.count, case .checkpoint = instructions[index + 1] else {
            return
        }
        unsafe cancellation._withUnsafeGuaranteedRef { $0.decide(at: index + 1) }
    }

    func execute(_ instruction: Instruction, _ worker: Worker) {
        switch instruction {
        case .lookUp(let table, let by, let out): lookUp(table, by, out, worker)
        case .angles(let first, let count, let out): angles(first, count, out, worker)
        case .norm(let x, let kind, let weight, let bias, let epsilon, let out, let quantized):
            norm(x, kind, weight, bias, epsilon, out, quantized, worker)
        case .quantize(let x, let out): quantize(x, out, worker)
        case .product(let product): self.product(product, worker)
        case .gatedProduct(let product, let activation): gatedProduct(product, activation, worker)
        case .rotate(let x, let angles, let headDimension, let pairing, let out):
            rotate(x, angles, headDimension, pairing, out, worker)
        case .store(let keys, let values, let layer): store(keys, values, layer, worker)
        case .attendCache(let query, let layer, let heads, let mask, let scale, let out):
            attendCache(query, layer, heads, mask, scale, out, worker)
        case .attendStep(let query, let keys, let values, let heads, let mask, let scale, let out):
            attendStep(query, keys, values, heads, mask, scale, out, worker)
        case .add(let a, let b, let out): add(a, b, out, worker)
        case .multiply(let a, let b, let out): multiply(a, b, out, worker)
        case .activate(let x, let activation, let out): activate(x, activation, out, worker)
        case .outputs(let x, let out): outputs(x, out, worker)
        case .input, .checkpoint: break
        case .unfold(let x, let width, let stride, let out): unfold(x, width, stride, out, worker)
        case .attendMemory(let query, let layer, let heads, let scale, let out):
            attendMemory(query, layer, heads, scale, out, worker)
        case .memoryWeights(let query, let layer, let head, let heads, let scale, let out, let column):
            memoryWeights(query, layer, head, heads, scale, out, column, worker)
        }
    }

    // MARK: Values

    /// The float32 rows of a value: `[tokens or outputs, columns]`.
    func rows(_ value: Value) -> FloatRows {
        let slot = slots[value.index]
        let (arena, count) = place(slot.extent)
        return arena.floats(
            at: slot.offset * count + slot.firstColumn * 4, rows: count, columns: slot.columns, stride: slot.stride)
    }

    /// The int8 blocks of a value.
    func quantized(_ value: Value) -> QuantizedRows {
        let slot = slots[value.index]
        let (arena, count) = place(slot.extent)
        return arena.quantized(at: slot.offset * count, rows: count, columns: slot.columns)
    }

    /// The bytes in groups of a value.
    func grouped(_ value: Value) -> GroupedRows {
        let slot = slots[value.index]
        let (arena, count) = place(slot.extent)
        return arena.grouped(
            at: slot.offset * count, rows: count, columns: slot.columns, group: slot.storage.group)
    }

    func scratch(_ worker: Worker) -> Scratch {
        scratchArena.scratch(at: worker.thread * scratchBytes, bytes: scratchBytes)
    }

    private func place(_ extent: Extent) -> (ArenaView, Int) {
        switch extent {
        case .tokens: (tokensArena, tokenCount)
        case .outputs: (outputsArena, outputCount)
        case .frames: (framesArena, 2 * tokenCount)
        }
    }
}
