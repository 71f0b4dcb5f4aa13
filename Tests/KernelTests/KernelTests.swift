import KernelChecks
import Testing

/// The kernels of every instruction set that this CPU can run, `scalar` among them, against double-precision arithmetic.
///
/// The checks are C (`Tests/KernelChecks`), so that they also run where there is no Swift: under an emulator, and with
/// sanitizers.
@Suite struct KernelTests {
    @Test(arguments: isas, formats)
    func `products are within rounding of exact arithmetic, however their calls are divided`(
        isa: String, format: Int32
    ) {
        unsafe expectPass { message in unsafe swl_check_products(isa, format, message.baseAddress, message.count) }
    }

    @Test(arguments: isas, formats)
    func `rows of weights unpack exactly`(isa: String, format: Int32) {
        unsafe expectPass { message in unsafe swl_check_unpack(isa, format, message.baseAddress, message.count) }
    }

    @Test(arguments: isas, checks)
    func `every other kernel agrees with its formula`(isa: String, check: Check) {
        unsafe expectPass { message in unsafe swl_check_run(check.index, isa, message.baseAddress, message.count) }
    }

    @Test func `an unknown instruction set is an error that names it`() {
        var buffer = [CChar](repeating: 0, count: 512)
        let result = unsafe buffer.withUnsafeMutableBufferPointer { message in
            unsafe swl_check_unpack("abacus", 0, message.baseAddress, message.count)
        }
        #expect(result != 0)
        #expect(text(buffer).contains("abacus"))
    }
}

/// One of the checks of `checks.c`.
struct Check: Sendable, CustomTestStringConvertible {
    let index: Int
    let name: String

    var testDescription: String { name }
}

let isas = unsafe names(swl_checkable_isa)

let checks = unsafe names(swl_check_name).enumerated().map { Check(index: $0.offset, name: $0.element) }

let formats = [Int32](sequence(first: 0) { $0 + 1 }.lazy.map { swl_checkable_format($0) }.prefix { $0 >= 0 })

/// The strings that `name` gives for 0, 1, ... until it gives none.
private func names(_ name: (Int) -> UnsafePointer<CChar>?) -> [String] {
    var names: [String] = []
    while let next = unsafe name(names.count) { unsafe names.append(String(cString: next)) }
    return names
}

/// Runs a check, which leaves a message when it fails.
private func expectPass(_ check: (UnsafeMutableBufferPointer<CChar>) -> Int32) {
    var buffer = [CChar](repeating: 0, count: 512)
    let result = unsafe buffer.withUnsafeMutableBufferPointer { unsafe check($0) }
    #expect(result == 0, "\(text(buffer))")
}

private func text(_ buffer: [CChar]) -> String {
    String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
