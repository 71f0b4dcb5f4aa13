internal import Tensors

/// What an instruction is and how much it computes, for measurements.
package struct InstructionWork: Sendable {
    package enum Kind: String, Sendable {
        case lookUp = "look up"
        case angles
        case norm
        case normQuantize = "norm, quantize"
        case quantize
        case product
        case gatedProduct = "gated product"
        case rotate
        case store
        case attention
        case add
        case multiply
        case activate
        case outputs
        case input
        case unfold
        case memoryAttention = "memory attention"
        case memoryWeights = "memory weights"
        case checkpoint
    }

    /// Which positions rows attend to.
    package enum Attended: Hashable, Sendable {
        case sequence(Mask)
        case memory
    }

    package let kind: Kind
    /// The weights' names without layer and ending: `attn_q attn_k attn_v`.
    package var weights = ""
    /// The formats of the weights, each once.
    package var formats = ""
    /// `2048+256+256 x 2048` for products, `64` columns for others.
    package var shape = ""
    /// Which rows it works on.
    package var extent = Extent.tokens
    /// Bytes of weights that are read, once for all rows.
    package var weightBytes = 0
    /// Bytes of weights that are read for each row.
    package var rowBytes = 0
    /// Nil for what is no attention.
    package var attended: Attended?
    /// Elements of keys and values for each position of the cache that is attended to; 0 where it is none.
    package var cacheColumns = 0
    /// Multiplications for each row.
    package var products = 0
    /// Multiplications for each pair of a row and a position that it attends to.
    package var pairProducts = 0
}

extension Program {
    /// The work of every instruction.
    package var work: [InstructionWork] { instructions.indices.map(work(of:)) }

    private func work(of index: Int) -> InstructionWork {
        let names = role(labels[index])
        switch instructions[index] {
        case .lookUp(let table, _, let out):
            var work = simple(.lookUp, out)
            work.weights = names
            work.formats = table.format.name
            work.rowBytes = table.rowBytes
            return work
        case .angles(_, _, let out): return simple(.angles, out)
        case .norm(_, _, _, _, _, let out, let quantized):
            var work = simple(quantized == nil ? .norm : .normQuantize, out)
            work.weights = names
            return work
        case .quantize(_, let out): return simple(.quantize, out)
        case .product(let product): return work(of: product, .product, names)
        case .gatedProduct(let product, _): return work(of: product, .gatedProduct, names)
        case .rotate(_, _, _, _, let out): return simple(.rotate, out)
        case .store(let keys, _, _): return simple(.store, keys)
        case .attendCache(_, _, let heads, let mask, _, let out):
            return attention(.attention, heads, out, .sequence(mask), isCached: true)
        case .attendStep(_, _, _, let heads, let mask, _, let out):
            return attention(.attention, heads, out, .sequence(mask), isCached: false)
        case .add(_, _, let out): return simple(.add, out)
        case .multiply(_, _, let out): return simple(.multiply, out)
        case .activate(_, _, let out): return simple(.activate, out)
        case .outputs(_, let out): return simple(.outputs, out)
        case .input(let out): return simple(.input, out)
        case .unfold(_, _, _, let out): return simple(.unfold, out)
        case .attendMemory(_, _, let heads, _, let out):
            return attention(.memoryAttention, heads, out, .memory, isCached: true)
        case .memoryWeights(_, _, _, let heads, _, let out, _):
            var work = simple(.memoryWeights, out)
            work.attended = .memory
            work.cacheColumns = heads.keyDimension
            work.pairProducts = heads.keyDimension
            return work
        case .checkpoint: return InstructionWork(kind: .checkpoint)
        }
    }

    private func simple(_ kind: InstructionWork.Kind, _ out: Value) -> InstructionWork {
        let slot = slots[out.index]
        return InstructionWork(kind: kind, shape: "\(slot.columns)", extent: slot.extent)
    }

    private func work(of product: Product, _ kind: InstructionWork.Kind, _ names: String) -> InstructionWork {
        let terms = terms[product.firstTerm..<product.firstTerm + product.termCount]
        var formats: [String] = []
        var work = InstructionWork(kind: kind, weights: names)
        for term in terms {
            let weights = term.weights
            if !formats.contains(weights.format.name) { formats.append(weights.format.name) }
            work.weightBytes += weights.rows * weights.rowBytes
            work.products += weights.rows * weights.columns
            work.extent = slots[term.out.index].extent
        }
        work.formats = formats.joined(separator: " ")
        let columns = terms.first?.weights.columns ?? 0
        work.shape = terms.map { "\($0.weights.rows)" }.joined(separator: "+") + " x \(columns)"
        return work
    }

    private func attention(
        _ kind: InstructionWork.Kind, _ heads: Heads, _ out: Value, _ attended: InstructionWork.Attended, isCached: Bool
    ) -> InstructionWork {
        var work = simple(kind, out)
        work.attended = attended
        let dimensions = heads.keyDimension + heads.valueDimension
        work.shape = "\(heads.queries)/\(heads.keyValues) heads of \(heads.keyDimension)"
        work.cacheColumns = isCached ? heads.keyValues * dimensions : 0
        work.pairProducts = heads.queries * dimensions
        return work
    }

    /// The names of weights without what differs between layers.
    private func role(_ label: String) -> String {
        label.split(separator: " ").map { name in
            name.split(separator: ".").filter { $0 != "blk" && $0 != "weight" && Int($0) == nil }.joined(separator: ".")
        }.joined(separator: " ")
    }
}
