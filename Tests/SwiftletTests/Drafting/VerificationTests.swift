import Swiftlet
import TestSupport
import Testing

/// A step that verifies several tokens gives each the very bits that it has alone.
@Suite struct VerificationTests {
    @Test(arguments: TinyModels.names, InstructionSets.runnable)
    func `the logits of tokens verified together are bit-identical to those of single steps`(
        name: String, instructionSet: String
    ) throws {
        let model = try TinyModels.open(name)
        for (threads, cacheType) in [(1, SessionOptions.CacheType.f16), (2, .f32)] {
            var options = SessionOptions()
            options.instructionSet = instructionSet
            options.threads = threads
            options.cacheType = cacheType
            // Up to 29 positions before: the verified tokens lie on both sides of a block of attention's keys.
            let prompt = TinyModels.prompt(model, 29)
            let next = (0..<17).map { Token($0 * 53 % model.vocabularySize) }
            var single = try Session(model, options)
            try single.append(prompt)
            let expected = try next.map { token in
                try single.append([token])
                return single.logitBits
            }
            for count in [1, 2, 5, 9, 17] {
                var session = try Session(model, options)
                try session.append(prompt)
                try session.verify(Array(next[..<count]))
                #expect(session.position == prompt.count + 1)
                #expect(session.logitBits == expected[0], "token 0 of \(count)")
                for index in 1..<max(1, count) {
                    try session.confirm(next[index])
                    #expect(session.logitBits == expected[index], "token \(index) of \(count)")
                }
                #expect(session.tokens == prompt + next[..<count] && session.position == prompt.count + count)
                // The cache is as single steps leave it, too.
                if count < next.count {
                    try session.append([next[count]])
                    #expect(session.logitBits == expected[count], "token \(count), alone after \(count)")
                }
            }
        }
    }

    @Test func `guesses that were not confirmed leave nothing behind`() throws {
        let model = try TinyModels.open("llama-q8_0.gguf")
        let prompt = TinyModels.prompt(model, 20)
        var plain = try Session(model)
        var drafted = try Session(model)
        try plain.append(prompt)
        try drafted.append(prompt)
        for token in [7, 19, 3] as [Token] {
            try plain.append([token])
            try drafted.verify([token, 100, 101, 102])
            #expect(drafted.logitBits == plain.logitBits)
            #expect(drafted.tokens == plain.tokens && drafted.position == plain.position)
        }
    }
}
