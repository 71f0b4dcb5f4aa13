/// A vector scaled to length 1, so that the cosine of two is the sum of their products.
struct UnitVector {
    /// Padded with zeros.
    private(set) var elements: [Float]

    /// - Parameter columns: elements to fill, at least those of the vector.
    init(columns: Int) { elements = [Float](repeating: 0, count: columns) }

    /// Takes in a vector of at most as many elements; one of length 0 stays so.
    ///
    /// - Returns: the index of an element that is infinite or NaN, nil when there is none.
    mutating func set(_ vector: Span<Float>) -> Int? {
        var squares = 0.0
        for index in vector.indices {
            guard vector[index].isFinite else { return index }
            squares += Double(vector[index]) * Double(vector[index])
        }
        let factor = squares > 0 ? 1 / squares.squareRoot() : 0
        for index in vector.indices { elements[index] = Float(Double(vector[index]) * factor) }
        return nil
    }
}

extension Span<Float> {
    /// The sum of products with as many elements of the other, in order and in double precision. The products are exact.
    func dot(_ other: Span<Float>) -> Double {
        var sum = 0.0
        for index in indices { sum += Double(self[index]) * Double(other[index]) }
        return sum
    }
}
