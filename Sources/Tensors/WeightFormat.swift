internal import CKernels

/// The element formats that products can read weights in. Raw values are GGUF's type ids.
package enum WeightFormat: UInt32, Sendable, CaseIterable, BitwiseCopyable {
    case f32 = 0
    case f16 = 1
    case q4_0 = 2
    case q4_1 = 3
    case q5_0 = 6
    case q5_1 = 7
    case q8_0 = 8
    case q2_k = 10
    case q3_k = 11
    case q4_k = 12
    case q5_k = 13
    case q6_k = 14
    case iq2_xxs = 16
    case iq2_xs = 17
    case iq3_xxs = 18
    case iq1_s = 19
    case iq4_nl = 20
    case iq3_s = 21
    case iq2_s = 22
    case iq4_xs = 23
    case iq1_m = 29
    case bf16 = 30
    case tq1_0 = 34
    case tq2_0 = 35
    case mxfp4 = 39
    case nvfp4 = 40
    case q1_0 = 41
    case q2_0 = 42

    /// GGUF's spelling.
    package var name: String {
        switch self {
        case .f32: "F32"
        case .f16: "F16"
        case .q4_0: "Q4_0"
        case .q4_1: "Q4_1"
        case .q5_0: "Q5_0"
        case .q5_1: "Q5_1"
        case .q8_0: "Q8_0"
        case .q2_k: "Q2_K"
        case .q3_k: "Q3_K"
        case .q4_k: "Q4_K"
        case .q5_k: "Q5_K"
        case .q6_k: "Q6_K"
        case .iq2_xxs: "IQ2_XXS"
        case .iq2_xs: "IQ2_XS"
        case .iq3_xxs: "IQ3_XXS"
        case .iq1_s: "IQ1_S"
        case .iq4_nl: "IQ4_NL"
        case .iq3_s: "IQ3_S"
        case .iq2_s: "IQ2_S"
        case .iq4_xs: "IQ4_XS"
        case .iq1_m: "IQ1_M"
        case .bf16: "BF16"
        case .tq1_0: "TQ1_0"
        case .tq2_0: "TQ2_0"
        case .mxfp4: "MXFP4"
        case .nvfp4: "NVFP4"
        case .q1_0: "Q1_0"
        case .q2_0: "Q2_0"
        }
    }

    /// Elements in one block; 1 for the float formats.
    package var blockElements: Int { block.elements }

    /// Bytes of one block.
    package var blockBytes: Int { block.bytes }

    /// Quantized weights are multiplied with activations quantized to int8 blocks, float weights with float32 ones.
    package var isQuantized: Bool { blockElements > 1 }

    private var block: (elements: Int, bytes: Int) {
        var elements = 0
        var bytes = 0
        let known = unsafe swl_format_block(rawValue, &elements, &bytes)
        assert(known, "the C table lacks \(name)")
        return (elements, bytes)
    }

    /// Bytes of a row of `columns` elements.
    ///
    /// - Throws: ``TensorError/raggedRow(format:columns:)``, ``TensorError/dimensions(rows:columns:)``.
    package func rowBytes(columns: Int) throws(TensorError) -> Int {
        guard columns > 0 else { throw .dimensions(rows: 1, columns: columns) }
        let (blocks, rest) = columns.quotientAndRemainder(dividingBy: blockElements)
        guard rest == 0 else { throw .raggedRow(format: self, columns: columns) }
        let (bytes, overflow) = blocks.multipliedReportingOverflow(by: blockBytes)
        guard !overflow else { throw .dimensions(rows: 1, columns: columns) }
        return bytes
    }
}
