public import ArgumentParser
public import Swiftlet

extension RopeOptions.Scaling: ExpressibleByArgument {}

/// Another rotary embedding than the model's file asks for.
struct RopeFlags: ParsableArguments {
    @Option(parsing: .unconditional, help: ArgumentHelp("RoPE scaling.", valueName: "kind"))
    var ropeScaling: RopeOptions.Scaling?

    @Option(parsing: .unconditional, help: ArgumentHelp("RoPE context scale, 1 or more.", valueName: "n"))
    var ropeScale: Double?

    @Option(
        parsing: .unconditional, help: ArgumentHelp("RoPE base frequency. (default: the model's)", valueName: "n"))
    var ropeFreqBase: Double?

    @Option(parsing: .unconditional, help: ArgumentHelp("The same.", valueName: "n", visibility: .hidden))
    var ropeBase: Double?

    @Option(
        name: .customLong("yarn-orig-ctx"), parsing: .unconditional,
        help: ArgumentHelp("Original context length. (default: the model's)", valueName: "n"))
    var originalContextLength: Int?

    func validate() throws {
        if ropeFreqBase != nil, ropeBase != nil {
            throw ValidationError("--rope-freq-base and --rope-base are the same: give one")
        }
        if let ropeScale, !(1...1e6).contains(ropeScale) {
            throw ValidationError("a rope scale of \(ropeScale) is not possible: use --rope-scale with 1 to 1000000")
        }
        if let base = ropeFreqBase ?? ropeBase, !(base > 1 && base <= 1e12) {
            throw ValidationError(
                "a rope base of \(base) is not possible: use --rope-freq-base with more than 1, up to 1e12")
        }
        if let length = originalContextLength, !(1..<Int(Int32.max)).contains(length) {
            throw ValidationError(
                "an original context of \(length) tokens is not possible: use --yarn-orig-ctx with 1 or more")
        }
    }

    var options: RopeOptions {
        var options = RopeOptions()
        options.scaling = ropeScaling
        options.scale = ropeScale
        options.base = ropeFreqBase ?? ropeBase
        options.originalContextLength = originalContextLength
        return options
    }
}
