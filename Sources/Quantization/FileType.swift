package import GGUF

/// A quantization target of a model: a mixture of tensor types, by llama.cpp's name.
package enum FileType: String, CaseIterable, Sendable {
    case q4_k_m, q4_k_s, q4_0, q4_1, q5_0, q5_1, q5_k_m, q5_k_s, q6_k, q8_0, q2_k, q3_k_s, q3_k_m, q3_k_l
    case iq4_nl, iq4_xs, iq3_m, iq3_s, iq3_xs, iq3_xxs, q2_k_s, iq2_m, iq2_s, iq2_xs, iq2_xxs, iq1_m, iq1_s
    case mxfp4_moe, tq1_0, tq2_0, f16, bf16, f32

    /// The value of `general.file_type`. Source: `enum llama_ftype` in llama.cpp's `llama.h`.
    package var number: UInt32 {
        switch self {
        case .f32: 0
        case .f16: 1
        case .q4_0: 2
        case .q4_1: 3
        case .q8_0: 7
        case .q5_0: 8
        case .q5_1: 9
        case .q2_k: 10
        case .q3_k_s: 11
        case .q3_k_m: 12
        case .q3_k_l: 13
        case .q4_k_s: 14
        case .q4_k_m: 15
        case .q5_k_s: 16
        case .q5_k_m: 17
        case .q6_k: 18
        case .iq2_xxs: 19
        case .iq2_xs: 20
        case .q2_k_s: 21
        case .iq3_xs: 22
        case .iq3_xxs: 23
        case .iq1_s: 24
        case .iq4_nl: 25
        case .iq3_s: 26
        case .iq3_m: 27
        case .iq2_s: 28
        case .iq2_m: 29
        case .iq4_xs: 30
        case .iq1_m: 31
        case .bf16: 32
        case .tq1_0: 36
        case .tq2_0: 37
        case .mxfp4_moe: 38
        }
    }

    /// The type of this name, as llama-quantize takes it: in upper or lower case, an alias, or the type's number.
    package init?(spelled name: String) {
        let name = name.lowercased()
        guard
            let type = FileType(rawValue: name) ?? Self.aliases[name]
                ?? Self.allCases.first(where: { String($0.number) == name })
        else { return nil }
        self = type
    }

    /// Names that stand for another. Source: llama.cpp's `tools/quantize/quantize.cpp`, which lacks the last.
    package static let aliases: [String: FileType] = [
        "q3_k": .q3_k_m, "q4_k": .q4_k_m, "q5_k": .q5_k_m, "mxfp4": .mxfp4_moe,
    ]

    /// Types that only llama-quantize has.
    private static let others = ["q1_0", "q2_0", "nvfp4", "copy"]

    /// The types of about one and two bits, which follow rules of their own.
    var hasOneOrTwoBits: Bool {
        switch self {
        case .iq1_s, .iq1_m, .iq2_xxs, .iq2_xs, .iq2_s, .iq2_m: true
        default: false
        }
    }

    /// Why there is no type of this name, for messages.
    package static func lack(of name: String) -> String {
        let known = allCases.map(\.rawValue).joined(separator: ", ")
        return others.contains(name.lowercased())
            ? "llama.cpp's type \(name.debugDescription) is not written: use one of \(known)"
            : "there is no type \(name.debugDescription): use one of \(known)"
    }

    /// Whether some tensor gets a type that needs an importance matrix, whatever the model.
    package var needsImportance: Bool { hasOneOrTwoBits || [FileType.q2_k_s, .iq3_xxs, .iq3_xs].contains(self) }

    /// The type of most tensors.
    package var main: TensorType {
        switch self {
        case .f32: .F32
        case .f16: .F16
        case .bf16: .BF16
        case .q4_0: .Q4_0
        case .q4_1: .Q4_1
        case .q5_0: .Q5_0
        case .q5_1: .Q5_1
        case .q8_0: .Q8_0
        case .q2_k: .Q2_K
        case .q3_k_s, .q3_k_m, .q3_k_l: .Q3_K
        case .q4_k_s, .q4_k_m: .Q4_K
        case .q5_k_s, .q5_k_m: .Q5_K
        case .q6_k: .Q6_K
        case .q2_k_s: .Q2_K
        case .iq1_s: .IQ1_S
        case .iq1_m: .IQ1_M
        case .iq2_xxs: .IQ2_XXS
        case .iq2_xs, .iq2_s: .IQ2_XS
        case .iq2_m: .IQ2_S
        case .iq3_xxs: .IQ3_XXS
        case .iq3_xs, .iq3_s, .iq3_m: .IQ3_S
        case .iq4_nl: .IQ4_NL
        case .iq4_xs: .IQ4_XS
        case .mxfp4_moe: .MXFP4
        case .tq1_0: .TQ1_0
        case .tq2_0: .TQ2_0
        }
    }
}
