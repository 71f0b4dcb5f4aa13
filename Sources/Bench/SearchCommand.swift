package import ArgumentParser
internal import Swiftlet

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Builds an index of random vectors and measures searches in it.
package struct SearchCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "search",
        abstract: "Measures building an index of random vectors, and searches in it.",
        discussion: """
            The index is written to a folder and removed afterwards. Times are medians, the file is in the system's cache. \
            Random vectors are all about equally far from a query: real ones are easier.
            """)

    @Option(help: ArgumentHelp("Rows of the index.", valueName: "n"))
    package var rows = 1_000_000

    @Option(help: ArgumentHelp("Dimensions of a vector.", valueName: "n"))
    package var dimensions = 384

    @Option(name: .customShort("k"), help: ArgumentHelp("Matches of a query.", valueName: "n"))
    package var count = 10

    @Option(help: ArgumentHelp("Queries that are timed.", valueName: "n"))
    package var queries = 64

    @Option(help: ArgumentHelp("What is kept of a vector: float32 or int8.", valueName: "type"))
    package var precision = IndexWriter.Precision.float32.rawValue

    @Option(help: ArgumentHelp("Threads, 1 to 1024. (default: as many as this process may use)", valueName: "n"))
    package var threads: Int?

    @Option(help: ArgumentHelp("Where the index is put meanwhile.", valueName: "folder"))
    package var folder = "/tmp"

    package init() {}

    package func validate() throws {
        for (name, number, most) in [
            ("rows", rows, 1 << 30), ("dimensions", dimensions, 1 << 16), ("queries", queries, 1 << 16),
        ] where !(1...most).contains(number) {
            throw ValidationError("--\(name) is \(number): use 1 to \(most)")
        }
        if count < 1 { throw ValidationError("-k is \(count): use 1 or more") }
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("\(threads) threads are not possible: use 1 to 1024")
        }
        if IndexWriter.Precision(rawValue: precision) == nil {
            throw ValidationError("there is no precision '\(precision)': use float32 or int8")
        }
    }

    package func run() throws { try report { print($0) } }

    /// Measures everything.
    ///
    /// - Parameter print: gets line after line.
    package func report(_ print: (String) -> Void) throws {
        let path = "\(folder)/swiftlet-bench-\(getpid()).idx"
        defer { unsafe unlink(path) }
        var random = Noise()
        let clock = ContinuousClock()
        let building = try clock.measure { try build(path, &random) }
        print(
            "\(rows) rows of \(dimensions) dimensions, \(precision): built in \(building.milliseconds) ms, most memory "
                + "\(Self.maxMemory >> 20) MB")
        var options = IndexSearchOptions()
        options.threads = threads ?? 0
        var searcher = try IndexSearcher(VectorIndex(path: path), options)
        let vectors = (0..<queries).map { _ in random.vector(dimensions) }
        _ = try searcher.search(vectors[0], count: count)
        var times: [Duration] = []
        for vector in vectors {
            times.append(try clock.measure { _ = try searcher.search(vector, count: count) })
        }
        let batch = try clock.measure { _ = try searcher.search(vectors, count: count) }
        print(
            "\(count) matches, \(searcher.threadCount) threads: \(times.sorted()[queries / 2].milliseconds) ms a query, "
                + "\((batch / queries).milliseconds) ms a query of \(queries) at once")
    }

    private func build(_ path: String, _ random: inout Noise) throws {
        let model = IndexModel(name: "random", identity: "random", dimensions: dimensions, pooling: "none")
        var writer = try IndexWriter(
            path: path, model: model, precision: IndexWriter.Precision(rawValue: precision) ?? .float32)
        for row in 0..<rows { try writer.append("row \(row)", vector: random.vector(dimensions).span) }
        try writer.finish()
    }

    /// Bytes of memory that the process has had at most.
    private static var maxMemory: Int {
        var usage = rusage()
        #if canImport(Glibc)
            guard unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
            return usage.ru_maxrss * 1024
        #else
            guard unsafe getrusage(RUSAGE_SELF, &usage) == 0 else { return 0 }
            return usage.ru_maxrss
        #endif
    }
}

/// Numbers from -1 to 1, the same in every run (xorshift64*, doi:10.1145/2845077).
private struct Noise {
    private var state: UInt64 = 0x9E37_79B9_7F4A_7C15

    mutating func vector(_ dimensions: Int) -> [Float] {
        (0..<dimensions).map { _ in
            state ^= state >> 12
            state ^= state << 25
            state ^= state >> 27
            return Float(Int32(truncatingIfNeeded: (state &* 0x2545_F491_4F6C_DD1D) >> 32)) * 0x1p-31
        }
    }
}

extension Duration {
    /// With two digits behind the point.
    fileprivate var milliseconds: String {
        let hundredths = Int((self / .milliseconds(1) * 100).rounded())
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
}
