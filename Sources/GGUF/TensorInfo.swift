/// Where a tensor is and how it is stored.
package struct TensorInfo: Sendable, Equatable {
    package let name: String
    package let type: TensorType
    /// One to four sizes, each at least 1, in the file's order: fastest first, so `dimensions[0]` is a row's length.
    package let dimensions: [Int]
    package let byteCount: Int
    /// Bytes from the start of the file that holds it.
    package internal(set) var offset: Int
    /// Which part of a split model holds it, from zero.
    package internal(set) var part = 0

    /// - Throws: ``TensorError`` for sizes that are not possible with this type.
    package init(name: String, type: TensorType, dimensions: [Int], offset: Int) throws(TensorError) {
        byteCount = try type.byteCount(dimensions: dimensions)
        self.name = name
        self.type = type
        self.dimensions = dimensions
        self.offset = offset
    }

    init(name: String, type: TensorType, dimensions: [Int], byteCount: Int, offset: Int) {
        self.name = name
        self.type = type
        self.dimensions = dimensions
        self.byteCount = byteCount
        self.offset = offset
    }

    /// Elements of a row.
    package var columns: Int { dimensions[0] }

    /// How many rows there are, over all further dimensions.
    package var rows: Int { dimensions.dropFirst().reduce(1, *) }

    package var elementCount: Int { rows * columns }
}
