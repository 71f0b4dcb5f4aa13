package import ArgumentParser
internal import Swiftlet
internal import Tensors

/// The program.
@main
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "Bench", abstract: "Measures parts of Swiftlet.",
        subcommands: [BenchCommand.self, SearchCommand.self, TraceCommand.self], defaultSubcommand: BenchCommand.self)
}

/// The speed of kernels beside what the machine could do.
package struct BenchCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "kernels",
        abstract: "Measures the kernels against the machine's read bandwidth and its dot instructions.",
        discussion: """
            gemv: the kernel that streams weights, as decoding does. gemm: the one that unpacks them once for all \
            tokens, as prompts do. Both read copies of the matrix in turn, so that no cache holds them. Medians; the \
            read bandwidth is measured before and after each, and the greater counts.
            """)

    @Option(help: ArgumentHelp("Rows of the matrix.", valueName: "n"))
    package var rows = 5632

    @Option(help: ArgumentHelp("Its columns, a multiple of 32.", valueName: "n"))
    package var columns = 2048

    @Option(help: ArgumentHelp("Tokens for `gemm`.", valueName: "n"))
    package var tokens = 512

    @Option(help: ArgumentHelp("Tokens for `gemv`.", valueName: "n"))
    package var gemvTokens = 1

    @Option(help: ArgumentHelp("Threads, 1 to 1024. (default: as many as this process may use)", valueName: "n"))
    package var threads: Int?

    @Option(help: ArgumentHelp("A weight format, may be repeated. (default: all)", valueName: "name"))
    package var format: [String] = []

    @Option(
        help: ArgumentHelp(
            "An instruction set, may be repeated. (default: all of this CPU but scalar)", valueName: "name"))
    package var isa: [String] = []

    @Option(help: ArgumentHelp("Megabytes of copies of a matrix.", valueName: "n"))
    package var memory = 512

    @Option(help: ArgumentHelp("Seconds for each rate, at least.", valueName: "s"))
    package var seconds = 0.3

    package init() {}

    package func validate() throws {
        for (name, number) in [("rows", rows), ("columns", columns), ("tokens", tokens), ("gemv-tokens", gemvTokens)]
        where !(1...1 << 20).contains(number) {
            throw ValidationError("--\(name) is \(number): use 1 to \(1 << 20)")
        }
        if columns % 32 != 0 { throw ValidationError("--columns is \(columns): use a multiple of 32") }
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("\(threads) threads are not possible: use 1 to 1024")
        }
        if !(1...1 << 20).contains(memory) { throw ValidationError("--memory is \(memory): use 1 to \(1 << 20)") }
        if !(seconds >= 0 && seconds <= 60) { throw ValidationError("--seconds is \(seconds): use 0 to 60") }
        _ = try formats()
        for name in isa where !Kernels.runnable.contains(name) {
            throw ValidationError(
                "'\(name)' does not run here: use \(Kernels.runnable.joined(separator: ", "))")
        }
    }

    package func run() throws { try report { print($0) } }

    /// Measures everything.
    ///
    /// - Parameter print: gets line after line.
    package func report(_ print: (String) -> Void) throws {
        let benchmark = try KernelBenchmark(threads: threads ?? 0, weightBytes: memory << 20, seconds: seconds)
        var bandwidth = benchmark.readBandwidth()
        print("\(rows) x \(columns), gemv: \(gemvTokens) tokens, gemm: \(tokens); threads: \(benchmark.threads)")
        print("read bandwidth: \(Self.decimal(bandwidth / 1e9)) GB/s")
        for name in isa.isEmpty ? Kernels.runnable.filter({ $0 != "scalar" }) : isa {
            let kernels = try Kernels(named: name)
            let peak = try ProductPeak.measure(instructionSet: name, threads: benchmark.threads)?
                .multiplyAddsPerSecond
            print("")
            print(
                name + (peak.map { ", dot instructions: \(Self.decimal($0 / 1e9)) GMAC/s" } ?? "") + ", quantize: "
                    + Self.decimal(try benchmark.quantizationNanoseconds(kernels, columns: columns))
                    + " ns a block of 32")
            print(Self.line(["format", "kernel", "GMAC/s", "of dots", "GB/s", "of bandwidth"]))
            for format in try formats() where columns % format.blockElements == 0 {
                for kernel in KernelBenchmark.Kernel.allCases {
                    let shape = KernelBenchmark.Shape(
                        rows: rows, columns: columns, tokens: kernel == .gemv ? gemvTokens : tokens)
                    let rate = try benchmark.rate(kernels, kernel, format, shape)
                    // A machine that others use too drifts: the limit is that of the same moment.
                    let (before, after) = (bandwidth, benchmark.readBandwidth())
                    bandwidth = after
                    // Float weights are multiplied by other instructions.
                    let share = format.isQuantized ? peak.map { rate.multiplyAddsPerSecond / $0 } : nil
                    print(
                        Self.line([
                            format.name, kernel.rawValue, Self.decimal(rate.multiplyAddsPerSecond / 1e9),
                            share.map(Self.percent) ?? "", Self.decimal(rate.bytesPerSecond / 1e9),
                            Self.percent(rate.bytesPerSecond / max(before, after)),
                        ]))
                }
            }
            let products = try benchmark.packedProducts(
                kernels, KernelBenchmark.Shape(rows: rows, columns: columns, tokens: tokens))
            print(
                Self.line([
                    "packed", "", Self.decimal(products / 1e9), peak.map { Self.percent(products / $0) } ?? "", "", "",
                ]))
        }
    }

    private func formats() throws -> [WeightFormat] {
        if format.isEmpty { return WeightFormat.allCases }
        return try format.map { name in
            guard let found = WeightFormat.allCases.first(where: { $0.name == name.uppercased() }) else {
                let names = WeightFormat.allCases.map(\.name).joined(separator: ", ")
                throw ValidationError("there is no format '\(name)': use one of \(names)")
            }
            return found
        }
    }

    // MARK: Text

    /// Cells in columns: two names, then numbers.
    private static func line(_ cells: [String]) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            let padding = String(repeating: " ", count: max(0, (index < 2 ? 8 : 14) - cell.count))
            line += index < 2 ? cell + padding : padding + cell
        }
        return line
    }

    /// With one digit behind the point.
    private static func decimal(_ number: Double) -> String {
        let tenths = Int((number * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    private static func percent(_ share: Double) -> String { decimal(share * 100) + " %" }
}
