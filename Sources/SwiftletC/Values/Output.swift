/// A buffer of the caller's, and the place for the number of elements available.
@safe struct Output<Element: BitwiseCopyable> {
    private let start: UnsafeMutablePointer<Element>?
    private let capacity: Int
    private let needed: UnsafeMutablePointer<Int>?
    private let place: String

    /// - Throws: ``Failure`` with the status `argument`.
    init(
        _ start: UnsafeMutablePointer<Element>?, _ capacity: Int, _ needed: UnsafeMutablePointer<Int>?, _ place: String
    ) throws(Failure) {
        guard capacity >= 0, unsafe start != nil || capacity == 0 else {
            throw Failure(.argument, "\(place) is NULL, or its capacity is not possible", place: place)
        }
        unsafe self.start = start
        self.capacity = capacity
        unsafe self.needed = needed
        self.place = place
    }

    /// Room for `count` elements; nil where only their number was asked for.
    ///
    /// - Parameter ends: adds a zero, which the number leaves out.
    /// - Throws: ``Failure`` with the status `buffer`.
    func room(_ count: Int, ends: Bool = false) throws(Failure) -> UnsafeMutableBufferPointer<Element>? {
        unsafe needed?.pointee = count
        guard let start = unsafe start else { return nil }
        let (wanted, isFar) = count.addingReportingOverflow(ends ? 1 : 0)
        guard !isFar, wanted <= capacity else {
            throw Failure(.buffer, "\(place) has room for \(capacity) elements, \(wanted) are needed", place: place)
        }
        return unsafe UnsafeMutableBufferPointer(start: start, count: wanted)
    }

    /// Room for some vectors.
    ///
    /// - Throws: ``Failure`` with the status `buffer`, or `argument` for more than there can be.
    func room(_ rows: Int, of columns: Int) throws(Failure) -> UnsafeMutableBufferPointer<Element>? {
        let (count, isFar) = rows.multipliedReportingOverflow(by: columns)
        guard !isFar else { throw Failure(.argument, "\(rows) vectors of \(columns) are not possible", place: place) }
        return try unsafe room(count)
    }

    /// Copies all elements.
    func write(_ elements: [Element]) throws(Failure) {
        guard let room = try unsafe room(elements.count) else { return }
        unsafe elements.withUnsafeBufferPointer { source in
            if let from = source.baseAddress { unsafe room.baseAddress?.update(from: from, count: source.count) }
        }
    }
}

extension Output<CChar> {
    /// Copies a text, ended by a zero.
    func write(_ text: String) throws(Failure) {
        let bytes = text.utf8CString
        guard let room = try unsafe room(bytes.count - 1, ends: true) else { return }
        for (index, byte) in bytes.enumerated() { unsafe room[index] = byte }
    }
}
