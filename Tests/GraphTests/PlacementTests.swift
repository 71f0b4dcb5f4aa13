import Graph
import Tensors
import TestSupport
import Testing

/// Values that are needed at the same time lie apart, in random graphs with every kind of operation.
@Suite struct PlacementTests {
    @Test(arguments: 0..<200) func `bytes in use are never written over`(seed: Int) throws {
        let program = try randomProgram(seed: seed)
        try checkArena(program)
        try checkLifetimes(program)
    }

    @Test func `a long chain needs no more bytes than a short one`() throws {
        func bytes(layers: Int) throws -> Int {
            let program = try compile { g in
                var x = try g.input()
                for _ in 0..<layers {
                    let n = try g.norm(x)
                    x = try g.add(x, g.product(g.activate(g.product(n, "up", rows: 128, .q8_0), .gelu), "down", .q8_0))
                }
                return x
            }
            return try #require(program.arenaRowBytes.first)
        }
        #expect(try bytes(layers: 4) == bytes(layers: 40))
    }

    @Test func `row by row operations take the place of a value that nobody reads any more`() throws {
        let program = try compile { g in
            let x = try g.input(columns: 64)
            return try g.multiply(g.norm(g.activate(x, .gelu)), g.input(columns: 64))
        }
        #expect(program.arenaRowBytes[Extent.tokens.rawValue] == 2 * 64 * 4)
    }

    /// Every slot begins on a cache line, for any number of rows, and ends within its arena.
    private func checkArena(_ program: Program) throws {
        for slot in program.slots {
            #expect(slot.offset % 64 == 0)
            #expect(
                slot.offset + (slot.firstColumn == 0 ? slot.bytes : slot.stride * 4)
                    <= program.arenaRowBytes[slot.extent.rawValue])
        }
    }

    /// Follows who owns each byte: an instruction finds all that it reads as it was written, and destroys nothing that
    /// a later one reads.
    private func checkLifetimes(_ program: Program) throws {
        var owners = program.arenaRowBytes.map { [Int?](repeating: nil, count: $0) }
        for (index, instruction) in program.instructions.enumerated() {
            for value in program.reads(instruction) {
                let slot = program.slots[value.index]
                let range = program.extent(of: slot)
                let found = Set(owners[slot.extent.rawValue][range])
                let expected = program.owner(of: value)
                #expect(found == [expected], "instruction \(index) reads value \(value.index)")
            }
            var written = Set<Int>()
            for value in program.writes(instruction) {
                let slot = program.slots[value.index]
                for byte in program.extent(of: slot) {
                    #expect(
                        written.insert(byte * 2 + slot.extent.rawValue).inserted, "instruction \(index) writes twice")
                    owners[slot.extent.rawValue][byte] = value.index
                }
                checkOverlapWithReads(program, instruction, value, index)
            }
        }
        let output = program.slots[program.output.index]
        #expect(Set(owners[output.extent.rawValue][program.extent(of: output)]) == [program.owner(of: program.output)])
    }

    /// A value written where one is read must be that one, whole, in an operation that goes row by row.
    private func checkOverlapWithReads(_ program: Program, _ instruction: Instruction, _ out: Value, _ index: Int) {
        let target = program.slots[out.index]
        for value in program.reads(instruction) {
            let source = program.slots[value.index]
            guard source.extent == target.extent,
                program.extent(of: source).overlaps(program.extent(of: target))
            else { continue }
            #expect(instruction.isRowByRow, "instruction \(index) writes over what it reads")
            #expect(source.offset == target.offset && source.columns == target.columns)
            #expect(source.stride == target.stride && source.storage == .float32 && target.storage == .float32)
        }
    }
}

extension Slot {
    /// Bytes of one row.
    fileprivate var bytes: Int {
        switch storage {
        case .float32: columns * 4
        case .int8Blocks: columns + columns / 32 * 8
        case .byteGroups: columns + (columns + 127) / 128 * 8
        case .geluGroups: columns + (columns + 255) / 256 * 8
        }
    }
}

extension Program {
    /// Bytes of a slot, for each row; of a view, all of the value that it looks into, as rows interleave.
    fileprivate func extent(of slot: Slot) -> Range<Int> {
        slot.offset..<slot.offset + (slot.stride == slot.columns ? slot.bytes : slot.stride * 4)
    }

    /// The value whose bytes a read finds: for a view the value that it looks into, the last one written there.
    fileprivate func owner(of value: Value) -> Int? {
        guard !isWritten(value) else { return value.index }
        let view = slots[value.index]
        let candidates = instructions.flatMap(writes).filter { parent in
            let slot = slots[parent.index]
            return slot.offset == view.offset && slot.columns == view.stride && slot.extent == view.extent
                && slot.storage == view.storage && parent.index < value.index
        }
        return candidates.map(\.index).max()
    }

    private func isWritten(_ value: Value) -> Bool { instructions.contains { writes($0).contains(value) } }

    /// What an instruction reads, stated here once more.
    fileprivate func reads(_ instruction: Instruction) -> [Value] {
        switch instruction {
        case .lookUp, .angles, .input, .checkpoint: []
        case .norm(let x, _, _, _, _, _, _), .quantize(let x, _), .activate(let x, _, _), .outputs(let x, _),
            .unfold(let x, _, _, _), .attendMemory(let x, _, _, _, _):
            [x]
        case .memoryWeights(let query, _, _, _, _, let out, let column): column == 0 ? [query] : [query, out]
        case .add(let a, let b, _), .multiply(let a, let b, _), .rotate(let a, let b, _, _, _): [a, b]
        case .store(let keys, let values, _): [keys, values]
        case .attendCache(let query, _, _, _, _, _): [query]
        case .attendStep(let query, let keys, let values, _, _, _, _): [query, keys, values]
        case .product(let product), .gatedProduct(let product, _):
            [product.floats, product.quantized].compactMap { $0 } + termsOf(product).compactMap(\.residual)
        }
    }

    fileprivate func writes(_ instruction: Instruction) -> [Value] {
        switch instruction {
        case .store, .checkpoint: []
        case .lookUp(_, _, let out), .angles(_, _, let out), .quantize(_, let out), .activate(_, _, let out),
            .outputs(_, let out), .add(_, _, let out), .multiply(_, _, let out), .rotate(_, _, _, _, let out),
            .attendCache(_, _, _, _, _, let out), .attendStep(_, _, _, _, _, _, let out), .input(let out),
            .unfold(_, _, _, let out), .attendMemory(_, _, _, _, let out):
            [out]
        case .memoryWeights(_, _, _, _, _, let out, let column): column == 0 ? [out] : []
        case .norm(_, _, _, _, _, let out, let quantized): [out, quantized].compactMap { $0 }
        case .product(let product): termsOf(product).map(\.out)
        case .gatedProduct(let product, _): [terms[product.firstTerm].out]
        }
    }

    private func termsOf(_ product: Product) -> ArraySlice<ProductTerm> {
        terms[product.firstTerm..<product.firstTerm + product.termCount]
    }
}

extension Instruction {
    /// Whether a thread reads of its rows nothing that another one writes.
    fileprivate var isRowByRow: Bool {
        switch self {
        case .norm, .add, .multiply, .activate, .rotate: true
        default: false
        }
    }
}
