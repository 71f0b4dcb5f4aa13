import Graph
import Tensors
import TestSupport
import Testing

/// Values that are needed at the same time lie apart, in random graphs with every kind of operation.
@Suite struct PlacementTests {
    @Test(arguments: 0..<200) func `bytes in use are never written over`(seed: Int) throws {
        let program = try compiled(randomGraph(seed: seed))
        try checkArena(program)
        try checkLifetimes(program)
    }

    @Test func `a long chain needs no more bytes than a short one`() throws {
        func bytes(layers: Int) throws -> Int {
            let program = try compile { g in
                var x = try g.input()
                for _ in 0..<layers {
                    let n = try g.norm(x)
                    x = try g.add(x, g.product(g.activate(g.product(n, "up", rows: 128, .q8_0), .gelu), "down", .q8_0))
                }
                return x
            }
            return try #require(program.arenaRowBytes.first)
        }
        #expect(try bytes(layers: 4) == bytes(layers: 40))
    }

    @Test func `row by row operations take the place of a value that nobody reads any more`() throws {
        let program = try compile { g in
            let x = try g.input(columns: 64)
            return try g.multiply(g.norm(g.activate(x, .gelu)), g.input(columns: 64))
        }
        #expect(program.arenaRowBytes[RowDomain.tokens.rawValue] == 2 * 64 * 4)
    }

    private func compiled(_ graph: (Graph, WeightLayout)) -> Program { graph.0.compile(graph.1) }

    /// Every value that an operation writes begins on a cache line, for any number of rows, and ends within its arena.
    private func checkArena(_ program: Program) throws {
        for node in program.operations.flatMap({ $0.writes(program.graph) }) {
            let buffer = program.buffers[node.index]
            #expect(buffer.offset % 64 == 0)
            #expect(buffer.offset + buffer.bytes <= program.arenaRowBytes[buffer.domain.rawValue])
        }
    }

    /// Follows who owns each byte: an operation finds all that it reads as it was written, and destroys nothing that a
    /// later one reads.
    private func checkLifetimes(_ program: Program) throws {
        let graph = program.graph
        var owners = program.arenaRowBytes.map { [Int?](repeating: nil, count: $0) }
        func bytes(_ node: Node) -> (domain: Int, range: Range<Int>) {
            let buffer = program.buffers[graph.whole(node).index]
            return (buffer.domain.rawValue, buffer.offset..<buffer.offset + buffer.bytes)
        }
        func expectOwned(_ node: Node, _ what: String) {
            let (domain, range) = bytes(node)
            #expect(Set(owners[domain][range]) == [graph.whole(node).index], "\(what) value \(node)")
        }
        for (index, operation) in graph.operations.enumerated() {
            let reads = operation.reads(graph)
            let writes = operation.writes(graph)
            for node in reads { expectOwned(node, "operation \(index) reads") }
            for node in writes {
                let (domain, range) = bytes(node)
                for byte in range { owners[domain][byte] = node.index }
                for read in reads.map(graph.whole) where bytes(read) != (domain, range) {
                    let other = bytes(read)
                    #expect(other.domain != domain || !other.range.overlaps(range), "\(index) writes over \(read)")
                }
                for read in reads where bytes(read) == (domain, range) {
                    #expect(operation.payload.inPlace == read, "operation \(index) writes over what it reads")
                    #expect(graph.whole(read) == read && graph.shape(of: read) == graph.shape(of: node))
                }
            }
            for node in writes { expectOwned(node, "operation \(index) writes twice over") }
        }
        expectOwned(graph.output, "the caller reads")
    }

    private static let rowByRow: Set = [
        "norm", "norm, quantize", "add", "add to columns", "multiply", "activate", "rope", "scale", "scale columns",
        "scale rows",
        "scale by position", "softcap", "clamp", "clamped SwiGLU",
    ]

    /// An operation goes row by row where it says that it may work in place: each payload's own word, checked here once
    /// more because a wrong one shows only with several threads.
    @Test func `only operations that go row by row work in place`() throws {
        for seed in 0..<50 {
            let program = compiled(try randomGraph(seed: seed))
            for operation in program.operations where operation.payload.inPlace != nil {
                #expect(Self.rowByRow.contains(operation.payload.name))
            }
        }
    }
}

extension Buffer {
    /// Bytes of one row.
    fileprivate var bytes: Int {
        switch storage {
        case .float32, .indices: columns * 4
        case .int8Blocks: columns + columns / 32 * 8
        case .byteGroups: columns + (columns + 127) / 128 * 8
        case .geluGroups: columns + (columns + 255) / 256 * 8
        }
    }
}
