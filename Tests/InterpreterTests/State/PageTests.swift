import Graph
import Interpreter
import Tensors
import TestSupport
import Testing

extension InterpreterTests {
    /// How much memory sequences take.
    @Suite struct PageTests {
        /// Qwen2.5-0.5B: 24 layers with 2 key/value heads of 64.
        private static let qwen = [StateSpec?](
            repeating: .keyValues(keyColumns: 128, valueColumns: 128, window: nil), count: 24)
        private static let pageBytes = 24 * 2 * 64 * 128 * 2

        private func append(_ count: Int, to sequence: Int, _ store: inout SequenceStore) throws {
            try store.reserve(sequence, count)
            store.commit(sequence, count)
        }

        @Test func `memory grows with the length of a sequence, not with its context`() throws {
            var store = try SequenceStore(states: Self.qwen, capacity: 32_768, format: .f16)
            let sequence = store.open()
            #expect(store.usedByteCount == 0)
            for _ in 0..<100 { try append(1, to: sequence, &store) }
            #expect(store.usedByteCount == 2 * Self.pageBytes)
            #expect(store.usedByteCount < 10_000_000)
            #expect(store.byteCount(positions: 32_768) == 512 * Self.pageBytes)
            store.truncate(sequence, to: 64)
            #expect(store.usedByteCount == Self.pageBytes)
            try append(32_768 - 64, to: sequence, &store)
            #expect(store.usedByteCount == store.byteCount(positions: 32_768))
            store.close(sequence)
            #expect(store.usedByteCount == 0)
        }

        @Test func `a fork copies nothing, and a step after it at most one page`() throws {
            var store = try SequenceStore(states: Self.qwen, capacity: 32_768, format: .f16)
            let first = store.open()
            try append(2_000, to: first, &store)
            let before = store.usedByteCount
            let fork = store.fork(first)
            let second = store.fork(fork)
            #expect(store.usedByteCount == before && store.length(of: second) == 2_000)
            try append(1, to: fork, &store)
            #expect(store.usedByteCount == before + Self.pageBytes)
            try append(1, to: fork, &store)
            #expect(store.usedByteCount == before + Self.pageBytes)
            try append(1, to: first, &store)
            #expect(store.usedByteCount == before + 2 * Self.pageBytes)
            try append(1, to: second, &store)  // the only one that holds it now
            #expect(store.usedByteCount == before + 2 * Self.pageBytes)
            store.close(first)
            store.close(fork)
            #expect(store.usedByteCount == before)
        }

        /// Every kind of state, four layers of each.
        private static let kinds: [StateSpec] = [
            .keyValues(keyColumns: 128, valueColumns: 128, window: nil),
            .keyValues(keyColumns: 128, valueColumns: 128, window: 512),
            .crossKeyValues(keyColumns: 128, valueColumns: 128), .recurrent(bytes: 65_536),
            .convolution(rows: 3, columns: 1_024),
        ]

        @Test(arguments: CacheFormat.allCases, kinds.indices)
        func `a fork of 2000 tokens copies less than a hundredth of them, whatever they are`(
            format: CacheFormat, kind: Int
        ) throws {
            for states in [[StateSpec?](repeating: Self.kinds[kind], count: 4), Self.kinds + Self.kinds] {
                var store = try SequenceStore(states: states, capacity: 4_096, format: format)
                let sequence = store.open()
                try store.reserveCross(sequence, 1_500)
                store.commitCross(sequence, 1_500)
                for _ in 0..<20 { try append(100, to: sequence, &store) }
                let before = store.usedByteCount
                let fork = store.fork(sequence)
                #expect(store.length(of: fork) == 2_000 && store.crossLength(of: fork) == 1_500)
                #expect(before > 0 && store.usedByteCount - before < before / 100)
                store.close(sequence)
                #expect(store.usedByteCount == before)
            }
        }

        @Test func `pages that fell out of a window are let go of`() throws {
            let window = 100
            let states: [StateSpec?] = [.keyValues(keyColumns: 32, valueColumns: 32, window: window)]
            let pageBytes = 2 * 64 * 32 * 4
            var store = try SequenceStore(states: states, capacity: 32_768, format: .f32)
            let sequence = store.open()
            try append(512, to: sequence, &store)
            #expect(store.usedByteCount == 8 * pageBytes)  // all of the step, which may be taken back
            for _ in 0..<1_000 { try append(1, to: sequence, &store) }
            #expect(store.usedByteCount <= 3 * pageBytes)
            let shortest = (1_511 - window) / 64 * 64 + window
            let goesTooFar = store.truncate(sequence, to: shortest - 1)
            #expect(!goesTooFar && store.length(of: sequence) == 1_512)
            let goes = store.truncate(sequence, to: shortest)
            #expect(goes && store.length(of: sequence) == shortest)
            let empties = store.truncate(sequence, to: 0)
            #expect(empties && store.usedByteCount == 0)
        }

        @Test func `a snapshot brings back a recurrent state`() throws {
            let states: [StateSpec?] = [.recurrent(bytes: 8)]
            var store = try SequenceStore(states: states, capacity: 100, format: .f16)
            let sequence = store.open()
            func step(_ value: UInt8) throws {
                try store.reserve(sequence, 1)
                let states = store.fixedState(layer: 0, sequence)
                let (before, after) = try #require(states)
                let sum = before.span(at: 0, bytes: 8).copied[0] + value
                let bytes = [sum, 0, 0, 0, 0, 0, 0, 0]
                after.fill(at: 0, from: unsafe bytes.span.bytes)
                store.commit(sequence, 1)
            }
            func held(_ sequence: Int) -> UInt8 {
                var bytes: [UInt8] = []
                for part in store.parts(length: 1) { store.withBytes(of: part, sequence) { bytes += $0.copied } }
                return bytes[0]
            }
            try step(5)
            store.snapshot(sequence)
            try step(7)
            try step(9)
            let fork = store.fork(sequence)
            let goesBetween = store.truncate(sequence, to: 2)
            #expect(!goesBetween)
            let goesBack = store.truncate(sequence, to: 1)
            #expect(goesBack && held(sequence) == 5)
            try step(1)
            #expect(held(sequence) == 6 && held(fork) == 21)
            let forkGoesBack = store.truncate(fork, to: 1)
            #expect(forkGoesBack && held(fork) == 5)
            let empties = store.truncate(sequence, to: 0)
            #expect(empties && held(sequence) == 0)
        }

        @Test func `sizes whose product leaves Int are errors`() {
            for state in [
                StateSpec.keyValues(keyColumns: .max / 64, valueColumns: 1, window: nil), .recurrent(bytes: .max),
                .convolution(rows: 1 << 40, columns: 1 << 40),
            ] {
                #expect(throws: InterpreterError.self) {
                    _ = try SequenceStore(states: [state, state], capacity: 64, format: .f32)
                }
            }
            #expect(throws: InterpreterError.self) {
                _ = try SequenceStore(states: [], capacity: 0, format: .f32)
            }
        }
    }
}
