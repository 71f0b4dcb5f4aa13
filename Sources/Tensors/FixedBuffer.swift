/// A fixed number of plain values that threads read without reference counting; only its owner writes them.
@safe package struct FixedBuffer<Element: BitwiseCopyable>: ~Copyable, @unchecked Sendable {
    private let storage: UnsafeMutableBufferPointer<Element>

    package init(_ elements: [Element]) {
        unsafe storage = UnsafeMutableBufferPointer.allocate(capacity: elements.count)
        _ = unsafe storage.initialize(from: elements)
    }

    package init(repeating element: Element, count: Int) {
        unsafe storage = UnsafeMutableBufferPointer.allocate(capacity: count)
        unsafe storage.initialize(repeating: element)
    }

    deinit {
        unsafe storage.deallocate()
    }

    package var view: FixedView<Element> { unsafe FixedView(storage: UnsafeBufferPointer(storage)) }

    /// For threads that each write elements of their own.
    package var sharedView: SharedView<Element> { unsafe SharedView(storage: storage) }

    package subscript(index: Int) -> Element {
        get { view[index] }
        set {
            precondition(index >= 0 && index < view.count)
            unsafe storage[index] = newValue
        }
    }
}

/// A window on a ``FixedBuffer``, valid while the buffer lives.
@safe package struct FixedView<Element: BitwiseCopyable>: BitwiseCopyable, @unchecked Sendable {
    private let storage: UnsafeBufferPointer<Element>

    init(storage: UnsafeBufferPointer<Element>) {
        unsafe self.storage = storage
    }

    package static var empty: FixedView { unsafe FixedView(storage: UnsafeBufferPointer(start: nil, count: 0)) }

    package var count: Int { unsafe storage.count }

    package var isEmpty: Bool { count == 0 }

    /// Its elements in `range`.
    package func slice(_ range: Range<Int>) -> FixedView {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        return unsafe FixedView(storage: UnsafeBufferPointer(rebasing: storage[range]))
    }

    /// Whether both begin at one element.
    package func isSame(as other: FixedView) -> Bool { unsafe storage.baseAddress == other.storage.baseAddress }

    var base: UnsafePointer<Element>? { unsafe storage.baseAddress }

    package subscript(index: Int) -> Element {
        precondition(index >= 0 && index < count)
        return unsafe storage[index]
    }
}

/// A window on a ``FixedBuffer`` or an array that threads write through, each its own elements; valid while that lives.
@safe package struct SharedView<Element: BitwiseCopyable>: BitwiseCopyable, @unchecked Sendable {
    private let storage: UnsafeMutableBufferPointer<Element>

    init(storage: UnsafeMutableBufferPointer<Element>) {
        unsafe self.storage = storage
    }

    package var count: Int { unsafe storage.count }

    package subscript(index: Int) -> Element {
        get {
            precondition(index >= 0 && index < count)
            return unsafe storage[index]
        }
        nonmutating set {
            precondition(index >= 0 && index < count)
            unsafe storage[index] = newValue
        }
    }
}

extension Array where Element: BitwiseCopyable {
    /// Lets threads write elements, each its own; the view is valid within `body`.
    package mutating func share<E: Error>(
        _ body: (_ elements: SharedView<Element>) throws(E) -> Void
    ) throws(E) {
        try unsafe withUnsafeMutableBufferPointer { storage throws(E) in
            try body(unsafe SharedView(storage: storage))
        }
    }
}
