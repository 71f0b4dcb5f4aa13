import Swiftlet
import Testing

@Suite struct SamplerTests {
    private static let logits: [Float] = [1, 4, 2, 3.5, -.infinity, 0, .nan]

    private func options(_ change: (inout SamplingOptions) -> Void) -> SamplingOptions {
        var options = SamplingOptions()
        options.temperature = 1
        options.topK = 0
        options.topP = 1
        options.minP = 0
        options.seed = 7
        change(&options)
        return options
    }

    private func counts(_ options: SamplingOptions, _ logits: [Float], draws: Int) throws -> [Int] {
        var sampler = try Sampler(options)
        var counts = [Int](repeating: 0, count: logits.count)
        for _ in 0..<draws { counts[Int(sampler.sample(logits.span))] += 1 }
        return counts
    }

    @Test func `temperature 0 takes the greatest logit, the first of equals`() throws {
        var sampler = try Sampler(.greedy)
        #expect(sampler.sample(Self.logits.span) == 1)
        #expect(sampler.sample(([2, 5, 5] as [Float]).span) == 1)
        #expect(sampler.sample(([.nan, 1] as [Float]).span) == 1)
    }

    @Test func `without filters, tokens come as often as their probability says`() throws {
        let counts = try counts(options { _ in }, [0, 1, 2], draws: 30_000)
        let expected = [0.0900, 0.2447, 0.6652]
        for (count, probability) in zip(counts, expected) {
            // Six standard deviations of a binomial distribution.
            let deviation = (30_000 * probability * (1 - probability)).squareRoot()
            #expect(abs(Double(count) - 30_000 * probability) < 6 * deviation)
        }
    }

    @Test func `what is no number and what is impossible never comes`() throws {
        let counts = try counts(options { $0.temperature = 100 }, Self.logits, draws: 2000)
        #expect(counts[4] == 0 && counts[6] == 0)
        #expect(counts[5] > 0)
    }

    @Test(arguments: [1, 2, 3])
    func `top-k keeps the k greatest`(k: Int) throws {
        let counts = try counts(
            options {
                $0.topK = k; $0.temperature = 100
            }, Self.logits, draws: 500)
        #expect(counts.enumerated().filter { $0.element > 0 }.map(\.offset) == [[1], [1, 3], [1, 2, 3]][k - 1])
    }

    @Test func `a top-k beyond the vocabulary keeps all`() throws {
        let counts = try counts(
            options {
                $0.topK = .max; $0.temperature = 1000
            }, [0, 1, 2], draws: 300)
        #expect(counts.allSatisfy { $0 > 0 })
    }

    @Test func `top-k of a large vocabulary is that of a full sort`() throws {
        let logits = (0..<50_000).map { Float(($0 &* 7919) % 50_021) / 1000 }
        let greatest = logits.indices.sorted { logits[$0] > logits[$1] }.prefix(5)
        let counts = try counts(
            options {
                $0.topK = 5; $0.temperature = 1000
            }, logits, draws: 300)
        #expect(Set(counts.indices.filter { counts[$0] > 0 }) == Set(greatest))
    }

    @Test func `top-p keeps the least number of tokens that reach it`() throws {
        // Probabilities 0.665, 0.245, 0.090.
        let two = try counts(
            options {
                $0.topP = 0.7; $0.temperature = 10
            }, [0, 1, 2], draws: 500)
        #expect(two[0] == 0 && two[1] > 0)
        let one = try counts(options { $0.topP = 0.66 }, [0, 1, 2], draws: 500)
        #expect(one == [0, 0, 500])
    }

    @Test func `min-p is relative to the most probable token`() throws {
        // Relative to the greatest: 0.135, 0.368, 1.
        let counts = try counts(
            options {
                $0.minP = 0.2; $0.temperature = 10
            }, [0, 1, 2], draws: 500)
        #expect(counts[0] == 0 && counts[1] > 0)
    }

    @Test func `the same seed gives the same tokens, another seed others`() throws {
        let logits = (0..<100).map { Float($0 % 10) }
        func draw(_ seed: UInt64) throws -> [Token] {
            var sampler = try Sampler(options { $0.seed = seed })
            return (0..<50).map { _ in sampler.sample(logits.span) }
        }
        #expect(try draw(1) == draw(1))
        #expect(try draw(1) != draw(2))
    }

    @Test(
        arguments: [
            { (o: inout SamplingOptions) in o.temperature = -1 }, { $0.temperature = .nan }, { $0.topK = -1 },
            { $0.topP = 0 }, { $0.topP = 1.5 }, { $0.minP = -0.1 }, { $0.minP = 2 },
        ] as [@Sendable (inout SamplingOptions) -> Void])
    func `an option out of its range is an error`(change: @Sendable (inout SamplingOptions) -> Void) {
        #expect(throws: SwiftletError.self) { try Sampler(options(change)) }
    }

    @Test func `extreme logits are no trap`() throws {
        for logits: [Float] in [[.infinity, 1], [-.infinity, -.infinity], [.nan, .nan], [3e38, -3e38], [0]] {
            var sampler = try Sampler(options { _ in })
            #expect((0..<Token(logits.count)).contains(sampler.sample(logits.span)))
        }
    }
}
