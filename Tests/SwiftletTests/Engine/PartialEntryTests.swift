import Foundation
import Swiftlet
import TestSupport
import Testing

/// Entries that are parts of larger ones, as a server cuts prompts.
@Suite struct PartialEntryTests {
    private static let files = TinyModels.names + TinyModels.recurrent

    @Test(arguments: files)
    func `the parts of an entry give the bits of the whole, whatever their size`(file: String) throws {
        let model = try TinyModels.open(file)
        let engine = try Engine(model)
        for count in [5, 11, 12, 40] where count < model.contextLength {
            let prompt = TinyModels.prompt(model, count)
            var session = try Session(model)
            try session.append(prompt)
            for size in [1, 3, 13] {
                let sequence = try engine.open()
                #expect(try bits(of: prompt, in: sequence, engine, size: size) == session.logitBits)
                try engine.close(sequence)
            }
        }
    }

    @Test(arguments: files)
    func `tokens from another prompt's uniform entry serve as those of one's own`(file: String) throws {
        let model = try TinyModels.open(file)
        let engine = try Engine(model)
        let count = min(model.contextLength - 1, engine.uniformTokens + 30)
        guard count > engine.uniformTokens else { return }
        let prompt = TinyModels.prompt(model, count)
        var session = try Session(model)
        try session.append(prompt)
        // The first tokens were computed for a longer prompt, as part of an entry of 512.
        let sequence = try engine.open()
        let other = Array(prompt[..<10]) + TinyModels.prompt(model, 5).reversed()
        _ = try engine.bits([entry(sequence, other[...], wholeCount: 512)])
        guard try engine.truncate(sequence, to: 10) else { return }
        #expect(try engine.bits([entry(sequence, prompt[10...], wholeCount: count)]) == [session.logitBits])
    }

    private func entry(_ sequence: EngineSequence, _ tokens: ArraySlice<Token>, wholeCount: Int) -> EngineEntry {
        var entry = EngineEntry(sequence, tokens)
        entry.wholeCount = wholeCount
        return entry
    }

    private func bits(
        of prompt: [Token], in sequence: EngineSequence, _ engine: Engine, size: Int
    ) throws -> [UInt32] {
        var last: [UInt32] = []
        for start in stride(from: 0, to: prompt.count, by: size) {
            let part = prompt[start..<min(start + size, prompt.count)]
            last = try engine.bits([entry(sequence, part, wholeCount: prompt.count)])[0] ?? []
        }
        return last
    }
}
