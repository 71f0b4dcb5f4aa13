package import Tensors

extension SequenceStore {
    /// Keys and values as a step sees them. Until the store changes.
    package var view: View {
        View(layers: layers.view, table: table.view, groups: pools.count, tablePages: tablePages, format: format)
    }

    package struct View: BitwiseCopyable {
        private let layers: FixedView<StateLayout.KeyValueLayer>
        private let table: FixedView<Page>
        private let groups: Int
        private let tablePages: Int
        private let format: CacheFormat

        fileprivate init(
            layers: FixedView<StateLayout.KeyValueLayer>, table: FixedView<Page>, groups: Int, tablePages: Int,
            format: CacheFormat
        ) {
            self.layers = layers
            self.table = table
            self.groups = groups
            self.tablePages = tablePages
            self.format = format
        }

        /// `[positions, keyColumns]` of one sequence.
        package func keys(layer: Int, sequence: Int, positions: Int) -> KeyValueRows {
            let place = layers[layer]
            return rows(place.group, at: place.keyOffset, place.keyColumns, sequence, positions)
        }

        /// `[positions, valueColumns]` of one sequence.
        package func values(layer: Int, sequence: Int, positions: Int) -> KeyValueRows {
            let place = layers[layer]
            return rows(place.group, at: place.valueOffset, place.valueColumns, sequence, positions)
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
