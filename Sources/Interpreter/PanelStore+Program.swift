internal import Graph
internal import Tensors

extension PanelStore {
    /// Of each term of a program, its weights as panels, packed by all threads; nil where the program reads none.
    func panels(
        of program: Program, _ pool: borrowing ThreadPool
    ) throws(InterpreterError) -> [PanelMatrix?] {
        let weights = program.terms.map { term in
            program.weightLayout == .panels && term.weights.format.isQuantized ? term.weights : nil
        }
        guard weights.contains(where: { $0 != nil }) else { return weights.map { _ in nil } }
        pool.run { thread, threads in
            for index in stride(from: thread, to: weights.count, by: threads) {
                if let matrix = weights[index] { _ = try? panels(of: matrix) }  // what fails is tried again below
            }
        }
        do throws(TensorError) {
            return try weights.map { matrix throws(TensorError) in
                if let matrix { try panels(of: matrix) } else { nil }
            }
        } catch {
            throw .tensors(error)
        }
    }
}
