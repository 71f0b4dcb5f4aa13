import ArgumentParser
import Bench
import Tensors
import TestSupport
import Testing

struct BenchCommandTests {
    @Test func `there is a line for both kernels of each format and instruction set`() throws {
        let command = try BenchCommand.parse([
            "--rows", "65", "--columns", "256", "--tokens", "5", "--threads", "2", "--memory", "1", "--seconds", "0",
        ])
        var lines: [String] = []
        try command.report { lines.append($0) }
        for kernel in ["gemv", "gemm"] {
            for format in WeightFormat.allCases {
                let found = lines.filter { $0.split(separator: " ").prefix(2) == [format.name[...], kernel[...]] }
                #expect(found.count == Kernels.runnable.count - 1, "\(format.name), \(kernel)")
            }
        }
        #expect(lines.count { $0.hasPrefix("packed ") } == Kernels.runnable.count - 1)
        #expect(lines.contains { $0.hasPrefix("read bandwidth: ") })
        for name in Kernels.runnable where name != "scalar" {
            #expect(lines.contains { $0.hasPrefix("\(name), dot instructions: ") && $0.hasSuffix(" ns a block of 32") })
        }
    }

    @Test(arguments: KernelBenchmark.Kernel.allCases)
    func `rates are positive and fit each other`(kernel: KernelBenchmark.Kernel) throws {
        let benchmark = try KernelBenchmark(threads: 1, weightBytes: 1 << 20, seconds: 0)
        let shape = KernelBenchmark.Shape(rows: 3, columns: 64, tokens: 2)
        let rate = try benchmark.rate(Kernels(named: "scalar"), kernel, .q8_0, shape)
        let bytes = kernel == .gemv ? 2 * 3 * 68.0 : 3 * 68
        #expect(rate.bytesPerSecond > 0)
        #expect(abs(rate.multiplyAddsPerSecond / rate.bytesPerSecond - 2 * 3 * 64 / bytes) < 1e-6)
    }

    @Test func `a matrix that the memory cannot hold is an error`() throws {
        let benchmark = try KernelBenchmark(threads: 1, weightBytes: 1000, seconds: 0)
        let shape = KernelBenchmark.Shape(rows: 100, columns: 64, tokens: 1)
        #expect(throws: TensorError.self) { try benchmark.rate(.best, .gemv, .q8_0, shape) }
    }

    @Test(arguments: ["float32", "int8"])
    func `a search is measured, and leaves nothing behind`(precision: String) throws {
        let folder = try TemporaryFolder()
        let command = try SearchCommand.parse([
            "--rows", "100", "--dimensions", "8", "--queries", "3", "--threads", "1", "--folder", folder.path,
            "--precision", precision,
        ])
        var lines: [String] = []
        try command.report { lines.append($0) }
        #expect(lines.count == 2)
        #expect(lines.last?.hasPrefix("10 matches, 1 threads: ") == true)
        #expect(folder.names.isEmpty)
    }

    @Test(arguments: [["-k", "0"], ["--rows", "-1"], ["--precision", "int4"], ["--threads", "2000"]])
    func `wrong usage of a search is an error`(arguments: [String]) {
        #expect(throws: (any Error).self) { try SearchCommand.parse(arguments) }
    }

    @Test(arguments: [
        ["--rows", "0"], ["--columns", "33"], ["--tokens", "-1"], ["--threads", "0"], ["--memory", "0"],
        ["--seconds", "-1"], ["--seconds", "nan"], ["--format", "q9_0"], ["--isa", "sse"],
    ])
    func `wrong usage is an error`(arguments: [String]) {
        #expect(throws: (any Error).self) { try BenchCommand.parse(arguments) }
    }
}
