internal import Tensors

extension Compiler {
    /// The program, with a place for every value.
    func program() -> Program {
        var slots = slots
        let output = value(ofOutput: graph.output)
        var lastUse = [Int](repeating: -1, count: slots.count)
        for (index, instruction) in instructions.enumerated() {
            for value in instruction.reads(terms) + instruction.writes(terms) { lastUse[root(value).index] = index }
        }
        lastUse[root(output).index] = instructions.count  // the caller reads it after the step
        var arenas = Extent.allCases.map { _ in Placement() }
        for (index, instruction) in instructions.enumerated() {
            let reads = Set(instruction.reads(terms).map(root))
            var reused: Value?
            for value in instruction.writes(terms) {
                let slot = slots[value.index]
                if reused == nil, slot.storage == .float32, let source = instruction.inPlace,
                    parents[source] == nil, lastUse[source.index] == index, slots[source.index].extent == slot.extent,
                    slots[source.index].columns == slot.columns
                {
                    slots[value.index].offset = slots[source.index].offset
                    reused = source
                } else {
                    slots[value.index].offset = arenas[slot.extent.rawValue].allocate(rowBytes(slot))
                }
            }
            let dead = reads.union(instruction.writes(terms)).filter { lastUse[$0.index] == index && $0 != reused }
            for value in dead.sorted(by: { $0.index < $1.index }) {
                let slot = slots[value.index]
                arenas[slot.extent.rawValue].free(offset: slot.offset, size: rowBytes(slot))
            }
        }
        for (view, _) in parents { slots[view.index].offset = slots[root(view).index].offset }
        return Program(
            instructions: instructions, labels: labels, terms: terms, frequencies: frequencies, slots: slots,
            arenaRowBytes: arenas.map(\.rowBytes), cacheLayers: cacheLayers, output: output,
            weightLayout: layout)
    }

    /// The value whose bytes these are.
    private func root(_ value: Value) -> Value {
        var value = value
        while let parent = parents[value] { value = parent }
        return value
    }

    /// Bytes for each row, a multiple of a cache line so that every slot begins on one.
    private func rowBytes(_ slot: Slot) -> Int {
        let bytes =
            switch slot.storage {
            case .float32: slot.columns * 4
            case .int8Blocks: QuantizedRows.rowBytes(columns: slot.columns)
            case .byteGroups, .geluGroups:
                GroupedRows.rowBytes(columns: slot.columns, group: slot.storage.group)
            }
        return (bytes + 63) / 64 * 64
    }
}
