internal import Tensors

/// Pages of one size, each owned by one or more sequences. Memory grows as pages are taken; pages that nobody owns are
/// taken again first.
struct PagePool: Sendable {
    private final class Slab: Sendable {
        let arena: Arena

        init(byteCount: Int) throws(InterpreterError) { arena = try Interpreter.arena(byteCount, 1) }
    }

    /// Of a page.
    let byteCount: Int
    private var slabs: [Slab] = []
    private var pages: [ArenaView] = []
    private var owners: [Int32] = []
    private var free: [Int32] = []

    private static let minSlabBytes = 65_536

    init(byteCount: Int) { self.byteCount = byteCount }

    subscript(page: Int32) -> ArenaView { pages[Int(page)] }

    /// Pages that have an owner.
    var usedCount: Int { pages.count - free.count }

    /// Takes a page, whose content is undefined.
    ///
    /// - Throws: `tensors(.outOfMemory)`.
    mutating func take() throws(InterpreterError) -> Int32 {
        if free.isEmpty { try grow() }
        let page = free.removeLast()
        owners[Int(page)] = 1
        return page
    }

    mutating func retain(_ page: Int32) { owners[Int(page)] += 1 }

    mutating func release(_ page: Int32) {
        owners[Int(page)] -= 1
        if owners[Int(page)] == 0 { free.append(page) }
    }

    func isShared(_ page: Int32) -> Bool { owners[Int(page)] > 1 }

    /// Adds half as many pages as there are. The system gives memory only to those that are written.
    private mutating func grow() throws(InterpreterError) {
        let count = max(2, pages.count / 2, Self.minSlabBytes / max(byteCount, 1))
        let (bytes, overflow) = count.multipliedReportingOverflow(by: byteCount)
        guard !overflow else { throw .tooLarge("a cache of \(pages.count) pages") }
        let slab = try Slab(byteCount: bytes)
        slabs.append(slab)
        let first = pages.count
        for index in 0..<count { pages.append(slab.arena.view.slice(at: index * byteCount, bytes: byteCount)) }
        owners += [Int32](repeating: 0, count: count)
        free.reserveCapacity(pages.count)
        for index in (first..<pages.count).reversed() { free.append(Int32(index)) }
    }
}
