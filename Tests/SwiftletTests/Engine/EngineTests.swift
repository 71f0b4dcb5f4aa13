import Foundation
import Swiftlet
import TestSupport
import Testing

/// Many sequences in one engine: each as if it were alone.
@Suite struct EngineTests {
    private static let files = ["llama-f32.gguf", "llama-q8_0.gguf", "llama-q4_0.gguf"]

    @Test(arguments: files, InstructionSets.runnable)
    func `16 sequences that join and leave give the bits that each gives alone`(
        file: String, instructionSet: String
    ) throws {
        try checkJoining(TinyModels.open(file), instructionSet)
    }

    @Test func `so do those of a model in Q4_K`() throws {
        let folder = try TemporaryFolder()
        var quantizer = try Quantizer("q4_k_s")
        quantizer.allowsRequantizing = true
        let path = folder.path + "/q4_k.gguf"
        _ = try quantizer.quantize(Fixtures.path("chat.gguf"), to: path)
        try checkJoining(Model(path: path), nil)
    }

    /// Sequence i joins at step i with a prompt of its own length, and takes part until it has what it should have.
    private func checkJoining(_ model: Model, _ instructionSet: String?) throws {
        let engine = try Engine(model, instructionSet: instructionSet)
        var options = SessionOptions()
        options.threads = 1
        options.instructionSet = instructionSet
        var active: [(twin: Twin, next: [Token], left: Int)] = []
        var most = 0
        for step in 0..<24 {
            if step < 16 {
                let prompt = TinyModels.prompt(model, [1, 19, 4, 12, 7, 30, 2, 9][step % 8]).map {
                    Token((Int($0) + 7 * step) % model.vocabularySize)
                }
                active.append((try Twin(engine, options), prompt, step < 10 ? 16 + step % 3 : 24))
            }
            most = max(most, active.count)
            let entries = active.map { EngineEntry($0.twin.sequence, $0.next[...]) }
            let found = try engine.bits(entries)
            for index in active.indices {
                let expected = try active[index].twin.append(active[index].next)
                #expect(found[index] == expected, "step \(step), sequence \(index)")
                active[index].next = [greedy(expected)]
                active[index].left -= 1
            }
            for leaving in active where leaving.left == 0 { try engine.close(leaving.twin.sequence) }
            active.removeAll { $0.left == 0 }
        }
        #expect(most == 16 && active.count == 8)
    }

    @Test func `a fork, and a sequence that went back, go on as a session with the same tokens`() throws {
        let model = try TinyModels.open("llama-q8_0.gguf")
        let engine = try Engine(model)
        let options = SessionOptions()
        let first = try Twin(engine, options)
        let prompt = TinyModels.prompt(model, 25)
        #expect(try engine.bits([EngineEntry(first.sequence, prompt[...])]) == [try first.append(prompt)])
        let fork = try Twin(forking: first, options)
        #expect(try engine.length(of: fork.sequence) == 25)
        for step in 0..<3 {
            let (a, b): ([Token], [Token]) = ([Token(step)], [Token(50 + step), 3])
            let found = try engine.bits([EngineEntry(fork.sequence, b[...]), EngineEntry(first.sequence, a[...])])
            #expect(found == [try fork.append(b), try first.append(a)])
        }
        #expect(try first.truncate(to: 20))
        let found = try engine.bits([EngineEntry(first.sequence, [9]), EngineEntry(fork.sequence, [9])])
        #expect(found == [try first.append([9]), try fork.append([9])])
        #expect(try engine.length(of: first.sequence) == 21 && engine.length(of: fork.sequence) == 32)
    }

    @Test func `logits are those that were wanted`() throws {
        let model = try TinyModels.open("llama-f32.gguf")
        let engine = try Engine(model)
        let sequences = try (0..<4).map { _ in try engine.open() }
        let prompt = TinyModels.prompt(model, 20)
        var rows: [Int] = []
        let entries = [
            EngineEntry(sequences[0], prompt[...], logits: .all), EngineEntry(sequences[1], prompt[...], logits: .none),
            EngineEntry(sequences[2], prompt[...], isExact: true), EngineEntry(sequences[3], prompt[..<2]),
        ]
        var last: [UInt32] = []
        try engine.step(entries.span) { entry, outcome in
            rows.append(outcome.rowCount)
            guard entry == 2 else { return }
            last = outcome.withLogits(0) { row in row.indices.map { row[$0].bitPattern } } ?? []
        }
        #expect(rows == [20, 0, 1, 1])
        // Exact: as token by token.
        var session = try Session(model)
        for token in prompt { try session.append([token]) }
        #expect(last == session.logitBits)
    }

    @Test(arguments: [1, 2]) func `a cancelled entry leaves its sequence as it was, the others go on`(
        threads: Int
    ) throws {
        let model = try TinyModels.open("llama-q4_0.gguf")
        let engine = try Engine(model, threads: threads)
        let twins = try (0..<3).map { _ in try Twin(engine, SessionOptions()) }
        let prompt = TinyModels.prompt(model, 18)
        _ = try engine.bits(twins.map { EngineEntry($0.sequence, prompt[...]) })
        for twin in twins { _ = try twin.append(prompt) }
        let cancellation = SessionCancellation()
        let entries = twins.indices.map {
            EngineEntry(twins[$0].sequence, [Token($0)], cancellation: $0 == 1 ? cancellation : SessionCancellation())
        }
        cancellation.cancel()
        let found = try engine.bits(entries)
        #expect(found == [try twins[0].append([0]), nil, try twins[2].append([2])])
        #expect(try engine.length(of: twins[1].sequence) == 18)
        // The request is spent.
        #expect(try engine.bits([entries[1]]) == [try twins[1].append([1])])
        let all = twins.map { EngineEntry($0.sequence, [5], cancellation: SessionCancellation()) }
        for entry in all { entry.cancellation?.cancel() }
        #expect(try engine.bits(all) == [nil, nil, nil])
        #expect(try engine.bits(all) == (try twins.map { try $0.append([5]) }))
    }

    @Test func `1000 random operations leave every sequence as a session that was given the same`() throws {
        let model = try TinyModels.open("llama-q4_0.gguf")
        let engine = try Engine(model, sequences: 6, stepTokens: 60)
        let options = SessionOptions()
        var random = SeededRandom(seed: 11)
        var twins: [Twin] = []
        for _ in 0..<1000 {
            switch random.below(10) {
            case 0 where twins.count < 6: twins.append(try Twin(engine, options))
            case 1 where twins.count < 6 && !twins.isEmpty:
                twins.append(try Twin(forking: twins[random.below(twins.count)], options))
            case 2 where !twins.isEmpty: try engine.close(twins.remove(at: random.below(twins.count)).sequence)
            case 3 where !twins.isEmpty:
                let twin = twins[random.below(twins.count)]
                #expect(try twin.truncate(to: random.below(twin.tokens.count + 1)))
            default:
                var left = 60
                var chosen: [(twin: Twin, tokens: [Token])] = []
                for twin in twins where random.below(3) > 0 && left > 0 {
                    let room = min(model.contextLength - twin.tokens.count, left)
                    guard room > 0 else { continue }
                    let count = random.below(2) == 0 ? 1 : 1 + random.below(min(room, 20))
                    left -= count
                    chosen.append((twin, (0..<count).map { _ in Token(random.below(model.vocabularySize)) }))
                }
                guard !chosen.isEmpty else { continue }
                let found = try engine.bits(chosen.map { EngineEntry($0.twin.sequence, $0.tokens[...]) })
                for (bits, entry) in zip(found, chosen) { #expect(bits == (try entry.twin.append(entry.tokens))) }
            }
        }
        for twin in twins { #expect(try engine.length(of: twin.sequence) == twin.tokens.count) }
    }
}
