internal import Synchronization

/// All handles that C holds. A handle is a number that names a slot and how often that was used before, so that one which
/// was released, or never was, is found out.
///
/// Nothing in it waits: a thread that a fork leaves behind, or a signal handler interrupts, keeps nobody else from going on.
@safe struct HandleTable: ~Copyable, Sendable {
    /// The bits of a handle: 5 of the kind, 27 of the slot, 32 of the generation.
    private struct Name {
        let kind: Int
        let slot: Int
        let generation: UInt64

        init?(_ handle: UInt) {
            kind = Int(handle & 0x1F)
            slot = Int(handle >> 5 & 0x7FF_FFFF)
            generation = UInt64(handle >> 32)
            guard generation > 0 else { return nil }
        }

        init(kind: Int, slot: Int, generation: UInt64) {
            self.kind = kind
            self.slot = slot
            self.generation = generation
        }

        var handle: UInt { UInt(generation) << 32 | UInt(slot) << 5 | UInt(kind) }
    }

    /// A handle's object, and in one word its generation (32 bits), the releases that it waits for (16) and the threads that
    /// are about to take a reference of the object (16).
    private struct Slot: ~Copyable {
        let word = Atomic<UInt64>(1 << 32)
        let object = Atomic<UInt>(0)
        let kind = Atomic<Int>(0)
        /// The slot below in the stack of free ones, plus one; 0: none.
        let next = Atomic<UInt32>(0)

        static let pin: UInt64 = 1
        static let owner: UInt64 = 1 << 16
        static func pins(_ word: UInt64) -> UInt64 { word & 0xFFFF }
        static func owners(_ word: UInt64) -> UInt64 { word >> 16 & 0xFFFF }
        static func generation(_ word: UInt64) -> UInt64 { word >> 32 }
        static let most: UInt64 = 0xFFFF
    }

    private static let firstChunk = 64
    private static let chunkCount = 21
    /// Each twice as long as the one before; addresses of arrays that are never freed.
    private let chunks: InlineArray<21, Atomic<UInt>>
    /// Slots that were ever used.
    private let used = Atomic<Int>(0)
    /// The top of the stack of free slots, plus one, below a count of changes (32 bits).
    private let free = Atomic<UInt64>(0)

    init() {
        chunks = InlineArray { _ in Atomic<UInt>(0) }
    }

    /// Makes a handle of an object, which it keeps alive. Nil when there are too many.
    func insert(_ object: AnyObject, kind: Int) -> UInt? {
        guard let (number, slot) = unsafe takeSlot() else { return nil }
        let address = unsafe UInt(bitPattern: Unmanaged.passRetained(object).toOpaque())
        unsafe slot.pointee.object.store(address, ordering: .relaxed)
        unsafe slot.pointee.kind.store(kind, ordering: .relaxed)
        let word = unsafe slot.pointee.word.add(Slot.owner, ordering: .releasing).newValue
        return Name(kind: kind, slot: number, generation: Slot.generation(word)).handle
    }

    /// The result of looking up a handle.
    enum Lookup {
        case found(AnyObject)
        /// A handle, but of another kind.
        case other(kind: Int)
        case none
    }

    func lookup(_ handle: UInt, kind: Int) -> Lookup {
        guard let name = Name(handle), let slot = unsafe slot(name.slot) else { return .none }
        var word = unsafe slot.pointee.word.load(ordering: .relaxed)
        while true {
            guard Slot.generation(word) == name.generation, Slot.owners(word) > 0, Slot.pins(word) < Slot.most else {
                return .none
            }
            guard name.kind == kind else { return .other(kind: name.kind) }
            let result = unsafe slot.pointee.word.weakCompareExchange(
                expected: word, desired: word + Slot.pin, ordering: .acquiringAndReleasing)
            if result.exchanged { break }
            word = result.original
        }
        defer { unsafe subtract(Slot.pin, name.slot, slot) }
        guard unsafe slot.pointee.kind.load(ordering: .relaxed) == kind else { return .none }
        let address = unsafe slot.pointee.object.load(ordering: .relaxed)
        guard let pointer = unsafe UnsafeRawPointer(bitPattern: address) else { return .none }
        return .found(unsafe Unmanaged<AnyObject>.fromOpaque(pointer).takeUnretainedValue())
    }

    /// Makes the handle need one more release. False for what is no handle of that kind, and after 65,535 of them.
    func retain(_ handle: UInt, kind: Int) -> Bool {
        change(handle, kind) { word in
            Slot.owners(word) < Slot.most ? word + Slot.owner : nil
        }
    }

    /// Releases a handle, and with the last time its object. False for what is no handle of that kind.
    func release(_ handle: UInt, kind: Int) -> Bool {
        // The pin keeps this thread the one that looks whether anything is left.
        guard change(handle, kind, { Slot.pins($0) < Slot.most ? $0 - Slot.owner + Slot.pin : nil }),
            let name = Name(handle), let slot = unsafe slot(name.slot)
        else { return false }
        unsafe subtract(Slot.pin, name.slot, slot)
        return true
    }

    private func change(_ handle: UInt, _ kind: Int, _ body: (UInt64) -> UInt64?) -> Bool {
        guard let name = Name(handle), name.kind == kind, let slot = unsafe slot(name.slot) else { return false }
        var word = unsafe slot.pointee.word.load(ordering: .relaxed)
        while true {
            guard Slot.generation(word) == name.generation, Slot.owners(word) > 0, let changed = body(word) else {
                return false
            }
            let result = unsafe slot.pointee.word.weakCompareExchange(
                expected: word, desired: changed, ordering: .acquiringAndReleasing)
            if result.exchanged { return true }
            word = result.original
        }
    }

    /// Takes off a pin; whoever leaves neither pin nor owner behind lets the object go and the slot be used again.
    private func subtract(_ count: UInt64, _ number: Int, _ slot: UnsafePointer<Slot>) {
        let word = unsafe slot.pointee.word.subtract(count, ordering: .acquiringAndReleasing).newValue
        guard word & 0xFFFF_FFFF == 0 else { return }
        let address = unsafe slot.pointee.object.exchange(0, ordering: .relaxed)
        let next = Slot.generation(word) &+ 1
        unsafe slot.pointee.word.store((next & 0xFFFF_FFFF == 0 ? 1 : next) << 32, ordering: .releasing)
        unsafe push(number, slot)
        if let pointer = unsafe UnsafeRawPointer(bitPattern: address) {
            unsafe Unmanaged<AnyObject>.fromOpaque(pointer).release()
        }
    }
}

// MARK: - Slots

extension HandleTable {
    private static func place(_ number: Int) -> (chunk: Int, index: Int) {
        let blocks = number / firstChunk + 1
        let chunk = Int.bitWidth - 1 - blocks.leadingZeroBitCount
        return (chunk, number - firstChunk * (1 << chunk - 1))
    }

    /// A slot that was used at least once.
    private func slot(_ number: Int) -> UnsafePointer<Slot>? {
        let (chunk, index) = Self.place(number)
        guard chunk < Self.chunkCount else { return nil }
        let address = chunks[chunk].load(ordering: .acquiring)
        return unsafe UnsafePointer<Slot>(bitPattern: address).map { unsafe $0 + index }
    }

    private func takeSlot() -> (Int, UnsafePointer<Slot>)? {
        var top = free.load(ordering: .acquiring)
        while top & 0xFFFF_FFFF > 0 {
            let number = Int(top & 0xFFFF_FFFF) - 1
            guard let slot = unsafe slot(number) else { return nil }
            let below = UInt64(unsafe slot.pointee.next.load(ordering: .relaxed))
            let result = free.weakCompareExchange(
                expected: top, desired: (top >> 32 &+ 1) << 32 | below, ordering: .acquiringAndReleasing)
            if result.exchanged { return unsafe (number, slot) }
            top = result.original
        }
        let number = used.add(1, ordering: .relaxed).oldValue
        let (chunk, index) = Self.place(number)
        guard chunk < Self.chunkCount else {
            used.subtract(1, ordering: .relaxed)
            return nil
        }
        return unsafe (number, makeChunk(chunk) + index)
    }

    private func makeChunk(_ chunk: Int) -> UnsafePointer<Slot> {
        if let made = unsafe UnsafePointer<Slot>(bitPattern: chunks[chunk].load(ordering: .acquiring)) {
            return unsafe made
        }
        let count = Self.firstChunk << chunk
        let slots = UnsafeMutablePointer<Slot>.allocate(capacity: count)
        for index in 0..<count { unsafe (slots + index).initialize(to: Slot()) }
        let result = chunks[chunk].compareExchange(
            expected: 0, desired: UInt(bitPattern: slots), ordering: .acquiringAndReleasing)
        guard !result.exchanged, let made = unsafe UnsafePointer<Slot>(bitPattern: result.original) else {
            return unsafe UnsafePointer(slots)
        }
        unsafe slots.deinitialize(count: count)
        unsafe slots.deallocate()
        return unsafe made
    }

    private func push(_ number: Int, _ slot: UnsafePointer<Slot>) {
        var top = free.load(ordering: .relaxed)
        while true {
            unsafe slot.pointee.next.store(UInt32(truncatingIfNeeded: top), ordering: .relaxed)
            let result = free.weakCompareExchange(
                expected: top, desired: (top >> 32 &+ 1) << 32 | UInt64(number + 1), ordering: .acquiringAndReleasing)
            if result.exchanged { return }
            top = result.original
        }
    }
}
