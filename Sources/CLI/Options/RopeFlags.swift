public import ArgumentParser
public import Swiftlet

extension RopeOptions.Scaling: ExpressibleByArgument {}

/// Another rotary embedding than the model's file asks for.
struct RopeFlags: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("RoPE scaling. (default: the model's)", valueName: "kind"))
    var ropeScaling: RopeOptions.Scaling?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("RoPE context scaling factor, 1 or more. (default: the model's)", valueName: "n"))
    var ropeScale: Double?

    @Option(
        name: [.customLong("rope-freq-base"), .customLong("rope-base")], parsing: .unconditional,
        help: ArgumentHelp("RoPE base frequency. (default: the model's)", valueName: "n"))
    var ropeBase: Double?

    @Option(
        name: .customLong("yarn-orig-ctx"), parsing: .unconditional,
        help: ArgumentHelp("Original context length of the scaling. (default: the model's)", valueName: "n"))
    var originalContextLength: Int?

    var options: RopeOptions {
        var options = RopeOptions()
        options.scaling = ropeScaling
        options.scale = ropeScale
        options.base = ropeBase
        options.originalContextLength = originalContextLength
        return options
    }
}
