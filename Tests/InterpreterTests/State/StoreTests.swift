import Graph
import Interpreter
import Tensors
import TestSupport
import Testing

extension InterpreterTests {
    /// A store of all kinds of state against a plain model of it.
    @Suite struct StoreTests {
        /// A store, and beside it what it should hold.
        private struct Pair: ~Copyable {
            var store: SequenceStore
            var plain: PlainStore
            var expected: [Int: PlainStore.Sequence] = [:]
            let states: [StateSpec?]

            /// - Parameter isFixed: with states that steps replace.
            init(_ format: CacheFormat, isFixed: Bool) throws {
                let states = PlainStore.states.map { state in
                    switch state {
                    case .recurrent, .convolution: isFixed ? state : nil
                    default: state
                    }
                }
                let store = try SequenceStore(states: states, capacity: 400, format: format)
                let plain = try PlainStore(.best, format)
                self.states = states
                self.store = store
                self.plain = plain
            }

            /// Stores what a step would.
            mutating func append(_ tokens: [Int], to sequence: Int, isCancelled: Bool = false) throws {
                let length = store.length(of: sequence)
                try store.reserve(sequence, tokens.count)
                let total = length + tokens.count
                for (layer, state) in states.enumerated() {
                    switch state {
                    case .keyValues(let keys, let values, _):
                        fill(
                            store.view.keys(layer: layer, sequence: sequence, positions: total), tokens, length, layer,
                            keys)
                        fill(
                            store.view.values(layer: layer, sequence: sequence, positions: total), tokens, length,
                            layer, values)
                    case .recurrent(let bytes):
                        let states = store.fixedState(layer: layer, sequence)
                        let (before, after) = try #require(states)
                        let old = before.span(at: 0, bytes: bytes)
                        let words = (0..<bytes / 8).map {
                            unsafe old.unsafeLoad(fromByteOffset: $0 * 8, as: UInt64.self)
                        }
                        let new = tokens.reduce(words, PlainStore.recurrence)
                        after.fill(at: 0, from: unsafe new.span.bytes)
                    case .convolution(let rows, let columns):
                        let states = store.fixedState(layer: layer, sequence)
                        let (before, after) = try #require(states)
                        let old = before.floats(at: 0, rows: rows, columns: columns, stride: columns)
                        let new = after.floats(at: 0, rows: rows, columns: columns, stride: columns)
                        for row in 0..<rows {
                            let place = row + tokens.count - rows
                            for column in 0..<columns {
                                new[row, column] =
                                    place < 0
                                    ? old[place + rows, column] : PlainStore.input(tokens[place], column)
                            }
                        }
                    case .crossKeyValues, nil: break
                    }
                }
                if isCancelled { return }
                store.commit(sequence, tokens.count)
                expected[sequence]?.append(tokens)
            }

            mutating func setCross(_ tokens: [Int], of sequence: Int) throws {
                try store.reserveCross(sequence, tokens.count)
                for (layer, state) in states.enumerated() {
                    guard case .crossKeyValues(let keys, let values) = state else { continue }
                    fill(
                        store.view.keys(layer: layer, sequence: sequence, positions: tokens.count), tokens, 0, layer,
                        keys)
                    fill(
                        store.view.values(layer: layer, sequence: sequence, positions: tokens.count), tokens, 0, layer,
                        values)
                }
                store.commitCross(sequence, tokens.count)
                expected[sequence]?.cross = tokens
            }

            private func fill(
                _ rows: KeyValueRows, _ tokens: [Int], _ first: Int, _ layer: Int, _ columns: Int
            ) {
                for (index, token) in tokens.enumerated() {
                    plain.kernels.store(
                        plain.row(token, layer: layer, columns: columns), row: 0, to: rows, position: first + index)
                }
            }

            func parts(_ sequence: Int) -> [String: [UInt8]] {
                var found: [String: [UInt8]] = [:]
                for part in store.parts(
                    length: store.length(of: sequence), crossLength: store.crossLength(of: sequence))
                {
                    store.withBytes(of: part, sequence) { found[part.name, default: []] += $0.copied }
                }
                return found
            }

            /// Whether a sequence holds what it should.
            mutating func isRight(_ sequence: Int) -> Bool {
                guard let held = expected[sequence], store.isOpen(sequence) else { return false }
                guard store.length(of: sequence) == held.tokens.count else { return false }
                let names = Set(
                    store.parts(length: held.tokens.count, crossLength: held.cross.count).map(\.name))
                return parts(sequence) == plain.parts(held).filter { names.contains($0.key) }
            }
        }

        @Test(arguments: zip(CacheFormat.allCases + [.f16], [true, false, true, false]))
        func `1000 operations at random do what a plain model of them does`(format: CacheFormat, isFixed: Bool) throws {
            var random = SeededRandom(seed: format.rawValue.count + (isFixed ? 10 : 0))
            var pair = try Pair(format, isFixed: isFixed)
            var saved: [(state: PlainStore.Sequence, parts: [String: [UInt8]])] = []
            for number in 0..<1_000 {
                let open = pair.expected.keys.sorted()
                guard !open.isEmpty, open.count < 7 || random.chance(0.9) else {
                    let sequence = pair.store.open()
                    #expect(pair.expected[sequence] == nil)
                    pair.expected[sequence] = PlainStore.Sequence()
                    continue
                }
                let sequence = random.pick(open)
                guard let held = pair.expected[sequence] else { continue }
                func tokens(_ limit: Int) -> [Int] {
                    (0..<random.below(limit) + 1).map { _ in random.below(PlainStore.vocabulary) }
                }
                switch random.below(16) {
                case 0...5:
                    let new = tokens(random.pick([1, 3, 150]))
                    guard held.tokens.count + new.count <= 400 else { break }
                    try pair.append(new, to: sequence, isCancelled: random.chance(0.1))
                case 6, 7:
                    let fork = pair.store.fork(sequence)
                    #expect(pair.expected[fork] == nil)
                    pair.expected[fork] = held
                    let isRight = pair.isRight(fork)
                    #expect(isRight)
                case 8...10:
                    let back = random.pick([1, 60, 400])
                    let length = random.chance(0.1) ? 0 : held.tokens.count - random.below(back)
                    let answer = pair.expected[sequence]?.truncate(to: max(0, length), isFixed: isFixed)
                    let found = pair.store.truncate(sequence, to: length)
                    #expect(found == answer)
                case 11:
                    pair.store.snapshot(sequence)
                    pair.expected[sequence]?.snapshot()
                case 12: saved.append((held.saved, pair.parts(sequence)))
                case 13:
                    guard let (state, parts) = saved.last else { break }
                    let (length, cross) = (state.tokens.count, state.cross.count)
                    try pair.store.beginRestoring(sequence, length: length, crossLength: cross)
                    for part in pair.store.parts(length: length, crossLength: cross) {
                        let bytes = parts[part.name] ?? []
                        let more = bytes + [0]
                        let takesMore = pair.store.fill(part, sequence, from: unsafe more.span.bytes)
                        let takes = pair.store.fill(part, sequence, from: unsafe bytes.span.bytes)
                        #expect(takes && !takesMore)
                    }
                    pair.store.finishRestoring(sequence, length: length, crossLength: cross)
                    pair.expected[sequence] = state
                case 14: try pair.setCross(tokens(90), of: sequence)
                default:
                    guard open.count > 2 else { break }
                    pair.store.close(sequence)
                    pair.expected[sequence] = nil
                    continue
                }
                let isRight = pair.isRight(sequence)
                #expect(isRight, "after operation \(number)")
            }
            for sequence in pair.expected.keys.sorted() {
                let isRight = pair.isRight(sequence)
                #expect(isRight)
                pair.store.close(sequence)
            }
            // Every page came back; the block of zeros stays.
            let used = pair.store.usedByteCount
            #expect(used == (isFixed ? 64 + 128 : 0))
        }
    }
}
