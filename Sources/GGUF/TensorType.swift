/// How a tensor's elements are stored. Raw values are ggml's type ids; names are ggml's names.
///
/// Source: `enum ggml_type` in ggml's `ggml.h`, block structs in `ggml-common.h`.
package enum TensorType: UInt32, CaseIterable, Sendable {
    case F32 = 0
    case F16 = 1
    case Q4_0 = 2
    case Q4_1 = 3
    case Q5_0 = 6
    case Q5_1 = 7
    case Q8_0 = 8
    case Q8_1 = 9
    case Q2_K = 10
    case Q3_K = 11
    case Q4_K = 12
    case Q5_K = 13
    case Q6_K = 14
    case Q8_K = 15
    case IQ2_XXS = 16
    case IQ2_XS = 17
    case IQ3_XXS = 18
    case IQ1_S = 19
    case IQ4_NL = 20
    case IQ3_S = 21
    case IQ2_S = 22
    case IQ4_XS = 23
    case I8 = 24
    case I16 = 25
    case I32 = 26
    case I64 = 27
    case F64 = 28
    case IQ1_M = 29
    case BF16 = 30
    case TQ1_0 = 34
    case TQ2_0 = 35
    case MXFP4 = 39
    case NVFP4 = 40
    case Q1_0 = 41
    case Q2_0 = 42

    /// Name, and the size of one block: elements of one row that are stored together, bytes they take.
    private var layout: (name: String, elements: Int, bytes: Int) {
        switch self {
        case .F32: ("F32", 1, 4)
        case .F16: ("F16", 1, 2)
        case .Q4_0: ("Q4_0", 32, 18)
        case .Q4_1: ("Q4_1", 32, 20)
        case .Q5_0: ("Q5_0", 32, 22)
        case .Q5_1: ("Q5_1", 32, 24)
        case .Q8_0: ("Q8_0", 32, 34)
        case .Q8_1: ("Q8_1", 32, 36)
        case .Q2_K: ("Q2_K", 256, 84)
        case .Q3_K: ("Q3_K", 256, 110)
        case .Q4_K: ("Q4_K", 256, 144)
        case .Q5_K: ("Q5_K", 256, 176)
        case .Q6_K: ("Q6_K", 256, 210)
        case .Q8_K: ("Q8_K", 256, 292)
        case .IQ2_XXS: ("IQ2_XXS", 256, 66)
        case .IQ2_XS: ("IQ2_XS", 256, 74)
        case .IQ3_XXS: ("IQ3_XXS", 256, 98)
        case .IQ1_S: ("IQ1_S", 256, 50)
        case .IQ4_NL: ("IQ4_NL", 32, 18)
        case .IQ3_S: ("IQ3_S", 256, 110)
        case .IQ2_S: ("IQ2_S", 256, 82)
        case .IQ4_XS: ("IQ4_XS", 256, 136)
        case .I8: ("I8", 1, 1)
        case .I16: ("I16", 1, 2)
        case .I32: ("I32", 1, 4)
        case .I64: ("I64", 1, 8)
        case .F64: ("F64", 1, 8)
        case .IQ1_M: ("IQ1_M", 256, 56)
        case .BF16: ("BF16", 1, 2)
        case .TQ1_0: ("TQ1_0", 256, 54)
        case .TQ2_0: ("TQ2_0", 256, 66)
        case .MXFP4: ("MXFP4", 32, 17)
        case .NVFP4: ("NVFP4", 64, 36)
        case .Q1_0: ("Q1_0", 128, 18)
        case .Q2_0: ("Q2_0", 64, 18)
        }
    }

    package var name: String { layout.name }
    package var blockElements: Int { layout.elements }
    package var blockBytes: Int { layout.bytes }

    /// Bytes of a tensor of this type.
    ///
    /// - Parameter dimensions: fastest first, as in the file.
    /// - Throws: ``TensorError`` for a rank outside 1...4, a dimension below 1, a row that is not whole blocks, or a
    ///   size that does not fit in `Int`.
    package func byteCount(dimensions: [Int]) throws(TensorError) -> Int {
        guard (1...4).contains(dimensions.count) else { throw .rank(dimensions.count) }
        var elements = 1
        for (axis, size) in dimensions.enumerated() {
            guard size >= 1 else { throw .dimension(axis: axis, size: Int64(size)) }
            let product = elements.multipliedReportingOverflow(by: size)
            guard !product.overflow else { throw .tooLarge(dimensions: dimensions) }
            elements = product.partialValue
        }
        guard dimensions[0] % blockElements == 0 else {
            throw .partialBlock(rowLength: dimensions[0], type: self)
        }
        let bytes = (elements / blockElements).multipliedReportingOverflow(by: blockBytes)
        guard !bytes.overflow else { throw .tooLarge(dimensions: dimensions) }
        return bytes.partialValue
    }
}

/// A type id that ``TensorType`` does not have.
package enum UnknownTensorType: Equatable, Sendable, CustomStringConvertible {
    /// Used by old ggml files, since removed from the format.
    case removed(id: UInt32, name: String)
    /// Outside ggml's list, in a range that the ik_llama.cpp fork assigns for itself.
    case ikLlama(id: UInt32)
    case unknown(id: UInt32)

    /// - Parameter id: none of ``TensorType``'s.
    package init(id: UInt32) {
        switch id {
        case 4: self = .removed(id: id, name: "Q4_2")
        case 5: self = .removed(id: id, name: "Q4_3")
        case 31: self = .removed(id: id, name: "Q4_0_4_4")
        case 32: self = .removed(id: id, name: "Q4_0_4_8")
        case 33: self = .removed(id: id, name: "Q4_0_8_8")
        case 36: self = .removed(id: id, name: "IQ4_NL_4_4")
        case 37: self = .removed(id: id, name: "IQ4_NL_4_8")
        case 38: self = .removed(id: id, name: "IQ4_NL_8_8")
        case 97...99, 133...158, 202...399: self = .ikLlama(id: id)
        default: self = .unknown(id: id)
        }
    }

    package var description: String {
        switch self {
        case .removed(36, let name):
            "type 36 (\(name)) was removed from GGUF, and ik_llama.cpp reuses the number for a type of its own; "
                + "convert or quantize the model again with llama.cpp"
        case .removed(let id, let name):
            "type \(id) (\(name)) was removed from GGUF; convert or quantize the model again"
        case .ikLlama(let id):
            "type \(id) is private to ik_llama.cpp; use a file quantized with llama.cpp"
        case .unknown(let id): "type \(id) is unknown"
        }
    }
}
