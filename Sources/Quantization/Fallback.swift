package import GGUF
internal import Tensors

/// Why a tensor has another type than the one that the mixture chose: the chosen one could not hold its weights.
package struct Fallback: Error, Equatable, CustomStringConvertible {
    package enum Reason: Sendable, Equatable {
        /// A weight is too large.
        case overflow(row: Int, column: Int, value: Float)
        /// Weights are so small that too little is left of them: the root of the mean squared error over that of the
        /// mean squared weight.
        case underflow(relativeError: Double)
    }

    /// The type that was chosen first.
    package let chosen: TensorType
    package let reason: Reason

    package init(chosen: TensorType, reason: Reason) {
        self.chosen = chosen
        self.reason = reason
    }

    /// The type stored instead: 16 bits with float32's range, or the tensor's type in the input, or float32.
    package func type(for source: TensorType) -> TensorType {
        switch chosen {
        case .BF16, .F32: .F32
        default: source == .F16 && chosen != .F16 ? .F16 : .BF16
        }
    }

    package var description: String {
        switch reason {
        case .overflow(let row, let column, let value):
            "\(chosen.name) cannot hold \(value) in row \(row), column \(column)"
        case .underflow(let error):
            "weights are too small for \(chosen.name), which would lose \(Int((error * 100).rounded())) % of them"
        }
    }
}

extension WeightFormat {
    /// The relative error that weights of a fitting size never have: of the largest in its block, each element is at
    /// most half a step away.
    var maxRelativeError: Double {
        switch self {
        case .f32: 1
        case .bf16: 0x1p-6
        case .f16: 0x1p-9
        case .q8_0: 0.025
        case .q6_k: 0.1
        case .q5_0, .q5_1, .q5_k: 0.25
        case .q4_1, .q4_k: 0.3
        case .q4_0, .mxfp4: 0.4
        case .iq4_nl, .iq4_xs, .q3_k: 0.5
        case .q2_k: 0.6
        case .iq3_s, .iq3_xxs, .iq2_s, .iq2_xs, .iq2_xxs: 0.5
        case .tq1_0, .tq2_0: 0.8
        case .iq1_s, .iq1_m: 0.6
        // These are read only.
        case .nvfp4, .q1_0, .q2_0: 1
        }
    }
}

extension RowQuantizer.UnfitWeight {
    /// Why another type is needed.
    ///
    /// - Parameters:
    ///   - firstRow: the tensor's row that is row 0 here.
    ///   - storedType: how the tensor is stored, for messages.
    /// - Throws: ``QuantizationError/notFinite(tensor:type:row:column:value:path:)``, as no type is for that.
    package func fallback(
        from type: TensorType, firstRow: Int, tensor: String, storedType: String, path: String
    ) throws(QuantizationError) -> Fallback {
        guard value.isFinite else {
            throw .notFinite(
                tensor: tensor, type: storedType, row: firstRow + row, column: column, value: Double(value), path: path)
        }
        return Fallback(chosen: type, reason: .overflow(row: firstRow + row, column: column, value: value))
    }
}
