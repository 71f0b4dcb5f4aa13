package import Tensors

extension SequenceStore {
    /// Keys and values as a step sees them. Until the store changes.
    package var view: View {
        View(
            capacity: capacity, layers: layers.view, fixed: fixed.view, table: table.view, groups: pools.count,
            tablePages: tablePages, format: format)
    }

    package struct View: BitwiseCopyable {
        /// Max positions of one sequence.
        let capacity: Int
        private let layers: FixedView<StateLayout.KeyValueLayer>
        private let fixed: FixedView<StateLayout.FixedLayer>
        private let table: FixedView<Page>
        private let groups: Int
        private let tablePages: Int
        private let format: CacheFormat

        fileprivate init(
            capacity: Int, layers: FixedView<StateLayout.KeyValueLayer>, fixed: FixedView<StateLayout.FixedLayer>,
            table: FixedView<Page>, groups: Int, tablePages: Int, format: CacheFormat
        ) {
            self.capacity = capacity
            self.layers = layers
            self.fixed = fixed
            self.table = table
            self.groups = groups
            self.tablePages = tablePages
            self.format = format
        }

        /// Whether both are of one store.
        func isSame(as other: View) -> Bool { table.isSame(as: other.table) }

        /// `[positions, keyColumns]` of one sequence.
        package func keys(layer: Int, sequence: Int, positions: Int) -> KeyValueRows {
            let place = layers[layer]
            return rows(place.group, at: place.keyOffset, place.keyColumns, sequence, positions)
        }

        /// `[positions, valueColumns]` of one sequence; the keys where values are the first columns of them.
        package func values(layer: Int, sequence: Int, positions: Int) -> KeyValueRows {
            let place = layers[layer]
            guard place.valueColumns > 0 else { return keys(layer: layer, sequence: sequence, positions: positions) }
            return rows(place.group, at: place.valueOffset, place.valueColumns, sequence, positions)
        }

        /// Whether values are stored beside the keys.
        func storesValues(layer: Int) -> Bool { layers[layer].valueColumns > 0 }

        /// A state of `Graph.fixedStates` in a block, float32 `[rows, columns]`.
        func fixedState(_ index: Int, in block: ArenaView, rows: Int, columns: Int) -> FloatRows {
            block.floats(at: fixed[index].offset, rows: rows, columns: columns, stride: columns)
        }

        private func rows(
            _ group: Int, at offset: Int, _ columns: Int, _ sequence: Int, _ positions: Int
        ) -> KeyValueRows {
            precondition(group >= 0)
            let first = (sequence * groups + group) * tablePages
            return KeyValueRows(
                pages: table.slice(first..<first + tablePages), offset: offset, rows: positions, columns: columns,
                format: format)
        }
    }
}
