internal import Graph
internal import Tensors

/// Where a step's entries lie: rows of few tokens first, so that each product is a range of rows for GEMV and one for GEMM.
extension Interpreter {
    /// Checks a step's tokens and entries, and makes room for them, without running it.
    ///
    /// - Throws: what ``step(_:entries:vocabulary:)`` would throw before it runs.
    package mutating func check(
        _ tokens: Span<Int32>, entries: Span<BatchEntry>, vocabulary: Int
    ) throws(InterpreterError) {
        _ = try place(tokens, entries, vocabulary: vocabulary)
    }

    /// Checks and notes a step's tokens and entries; returns the number of attention's tiles.
    mutating func place(
        _ tokens: Span<Int32>, _ entries: Span<BatchEntry>, vocabulary: Int
    ) throws(InterpreterError) -> Int {
        try checkCount(tokens.count)
        for index in tokens.indices where tokens[index] < 0 || tokens[index] >= vocabulary {
            throw .token(id: tokens[index], index: index, vocabulary: vocabulary)
        }
        let tileCount = try place(entries, tokenCount: tokens.count)
        var index = 0
        for entry in entries.indices {
            let placed = self.entries[entry]
            for row in placed.firstRow..<placed.firstRow + placed.count {
                ids[row] = tokens[index]
                index += 1
            }
        }
        return tileCount
    }

    /// Notes where each entry's rows, positions and outputs are; returns the number of attention's tiles.
    mutating func place(
        _ entries: Span<BatchEntry>, tokenCount: Int
    ) throws(InterpreterError) -> Int {
        try check(entries, tokenCount: tokenCount)
        for index in entries.indices { try reserve(entries[index]) }
        for index in entries.indices {
            let entry = entries[index]
            let outputs = entry.outputs.rows(of: entry.count)
            self.entries[index] = unsafe Step.PlacedEntry(
                sequence: entry.sequence, count: entry.count, outputs: outputs,
                rowRank: entry.products.tokens(entry.count),
                outputRank: entry.products.tokens(entry.count, entry.outputs),
                cachedLength: cachedLength(entry.sequence), blocks: store.blocks(of: entry.sequence),
                cross: entry.cross,
                cancellation: entry.cancellation.map { unsafe Unmanaged.passUnretained($0) })
        }
        order(count: entries.count)
        var row = 0
        var tileCount = 0
        for place in entries.indices {
            let index = Int(rowOrder[place])
            self.entries[index].firstRow = row
            placeRows(self.entries[index], index, entries[index], tileCount: &tileCount)
            row += entries[index].count
        }
        placeCrossTiles(entries.count)
        var outputs = 0
        for place in entries.indices {
            let index = Int(outputOrder[place])
            self.entries[index].firstOutput = outputs
            placeOutputs(self.entries[index], entries[index].outputs)
            outputs += self.entries[index].outputs
        }
        self.tokenCount = tokenCount
        outputCount = outputs
        entryCount = entries.count
        return tileCount
    }

    private func cachedLength(_ sequence: Int) -> Int { fillsCross ? 0 : store.length(of: sequence) }

    private mutating func check(_ entries: Span<BatchEntry>, tokenCount: Int) throws(InterpreterError) {
        guard entries.count <= stepTokens else { throw .batch("\(entries.count) entries for \(tokenCount) tokens") }
        var row = 0
        for index in entries.indices {
            let entry = entries[index]
            guard store.isOpen(entry.sequence) else { throw .batch("there is no sequence \(entry.sequence)") }
            for earlier in 0..<index where entries[earlier].sequence == entry.sequence {
                throw .batch("sequence \(entry.sequence) is there twice")
            }
            guard entry.count >= 1, entry.count <= tokenCount - row else {
                throw .batch("entry \(index) has \(entry.count) tokens, \(tokenCount - row) are left")
            }
            guard entry.firstSegment >= 0, entry.firstSegment == entry.count || segmentCount > 1 else {
                throw .batch("entry \(index) has a second segment, but the model knows none")
            }
            let cached = cachedLength(entry.sequence)
            guard entry.count <= store.capacity - cached else {
                throw .contextFull(capacity: store.capacity, used: cached, new: entry.count)
            }
            row += entry.count
        }
        guard row == tokenCount else { throw .batch("\(tokenCount - row) tokens belong to no entry") }
    }

    /// Sorts the entries by their ranks; those of equal ranks keep the caller's order.
    private mutating func order(count: Int) {
        for index in 0..<count {
            let entry = entries[index]
            var place = index
            while place > 0, entries[Int(rowOrder[place - 1])].rowRank > entry.rowRank {
                rowOrder[place] = rowOrder[place - 1]
                place -= 1
            }
            rowOrder[place] = Int32(index)
            place = index
            while place > 0, entries[Int(outputOrder[place - 1])].outputRank > entry.outputRank {
                outputOrder[place] = outputOrder[place - 1]
                place -= 1
            }
            outputOrder[place] = Int32(index)
        }
    }

    /// Notes positions, lengths, segments and tiles of an entry.
    private mutating func placeRows(
        _ entry: Step.PlacedEntry, _ index: Int, _ wanted: BatchEntry, tileCount: inout Int
    ) {
        for offset in 0..<entry.count {
            let row = entry.firstRow + offset
            let position = entry.cachedLength + offset
            positions[row] = Int32(position)
            lengths[row] = Int32(clamping: max(position + 1, wanted.reach ?? 0))
            segments[row] = offset < wanted.firstSegment ? 0 : 1
            if offset % tileTokens == 0 {
                tiles[tileCount] = Step.Tile(
                    entry: index, firstRow: row, count: min(tileTokens, entry.count - offset))
                tileCount += 1
            }
        }
    }

    /// Notes cross-attention's tiles: neighbours that attend to one sequence of the encoder share them, so that its keys are
    /// read once for all.
    private mutating func placeCrossTiles(_ count: Int) {
        crossTileCount = 0
        guard crossTiles.view.count > 0 else { return }
        for place in 0..<count {
            let index = Int(rowOrder[place])
            let end = entries[index].firstRow + entries[index].count
            var first = entries[index].firstRow
            if crossTileCount > 0, attendToOne(crossTiles[crossTileCount - 1].entry, index) {
                let shared = min(tileTokens - crossTiles[crossTileCount - 1].count, end - first)
                crossTiles[crossTileCount - 1].count += shared
                first += shared
            }
            while first < end {
                crossTiles[crossTileCount] = Step.Tile(
                    entry: index, firstRow: first, count: min(tileTokens, end - first))
                first += crossTiles[crossTileCount].count
                crossTileCount += 1
            }
        }
    }

    /// Whether two entries attend to the same sequence of an encoder.
    private func attendToOne(_ first: Int, _ second: Int) -> Bool {
        guard let one = entries[first].cross, let other = entries[second].cross else { return false }
        return one.isSame(as: other)
    }

    /// Notes which rows an entry's results are made of.
    private mutating func placeOutputs(_ entry: Step.PlacedEntry, _ wanted: BatchEntry.Outputs) {
        let (first, output) = (entry.firstRow, entry.firstOutput)
        switch wanted {
        case .none: return
        case .first: outputRows[output] = Step.PoolingRange(first: first, count: 1)
        case .last: outputRows[output] = Step.PoolingRange(first: first + entry.count - 1, count: 1)
        case .mean: outputRows[output] = Step.PoolingRange(first: first, count: entry.count)
        case .all:
            for row in 0..<entry.count { outputRows[output + row] = Step.PoolingRange(first: first + row, count: 1) }
        }
    }
}

extension Interpreter {
    /// Whether a token's values depend on how far the prompt reaches that it is part of (a dynamic rope).
    package var dependsOnReach: Bool {
        program.operations.contains { operation in
            if case .ropeTable(let table) = operation, case .base = table.stretch { true } else { false }
        }
    }

    /// Token count from which on GEMM computes all products of an entry.
    package var uniformTokens: Int {
        let dense = WeightFormat.allCases.map { kernels.gemmFrom($0) }.max() ?? 1
        var most = dense
        for index in 0..<operations.view.count {
            guard case .routedProduct(let product) = operations[index] else { continue }
            most = max(most, (dense - 1) * product.routing.experts / product.routing.used + 1)
        }
        return most
    }
}
