internal import Graph
internal import Tensors

extension PackedWeightsStore {
    /// Of each term of a program, its weights packed by all threads; nil where the program reads none.
    func packed(
        of program: Program, _ pool: borrowing ThreadPool
    ) throws(InterpreterError) -> [PackedMatrix?] {
        let groups = program.groups
        guard groups.contains(where: { $0 != nil }) else { return groups.map { _ in nil } }
        let terms = program.terms
        pool.run { thread, threads in
            for index in stride(from: thread, to: terms.count, by: threads) {
                guard let group = groups[index] else { continue }
                _ = try? packed(of: terms[index].weights, group: group)  // what fails is tried again below
            }
        }
        do throws(TensorError) {
            return try terms.indices.map { index throws(TensorError) in
                guard let group = groups[index] else { return nil }
                return try packed(of: terms[index].weights, group: group)
            }
        } catch {
            throw .tensors(error)
        }
    }
}

extension Program {
    /// Of each term that reads packed weights, the columns of its input's groups.
    fileprivate var groups: [Int?] {
        var groups = [Int?](repeating: nil, count: terms.count)
        guard weightLayout == .packed else { return groups }
        for operation in operations {
            guard let product = operation.product, let input = product.quantized else { continue }
            for term in product.terms where terms[term].weights.format.isQuantized {
                groups[term] = buffers[input.index].storage.groupSize
            }
        }
        return groups
    }
}
