import ArgumentParser
import Swiftlet

/// How the next token is chosen.
struct SamplingFlags: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Divides the logits; 0 always takes the most probable token.", valueName: "t"))
    var temperature: Float = SamplingOptions().temperature

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The same seed gives the same text. (default: a new one every time)", valueName: "n"))
    var seed: UInt64?

    @Option(parsing: .unconditional, help: ArgumentHelp("Only the k most probable tokens; 0: all.", valueName: "k"))
    var topK = SamplingOptions().topK

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Only the most probable tokens that together have probability p; 1: all.", valueName: "p"))
    var topP: Float = SamplingOptions().topP

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Only tokens with p times the probability of the best, or more; 0: all.", valueName: "p"))
    var minP: Float = SamplingOptions().minP

    func validate() throws {
        guard topK <= Int32.max else { throw ValidationError("top-k is \(topK): use 0 (all) to \(Int32.max)") }
        do throws(SwiftletError) {
            _ = try Sampler(options)
        } catch {
            throw ValidationError(error.message)
        }
    }

    var options: SamplingOptions {
        var options = SamplingOptions()
        options.temperature = temperature
        options.seed = seed
        options.topK = topK
        options.topP = topP
        options.minP = minP
        return options
    }
}
