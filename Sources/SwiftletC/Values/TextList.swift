internal import CSwiftlet

/// A `swiftlet_texts`: some texts that lie with the caller.
@safe struct TextList {
    @safe private enum Form {
        case none
        case strings(UnsafePointer<UnsafePointer<CChar>?>)
        case offsets32(UnsafePointer<Int32>)
        case offsets64(UnsafePointer<Int64>)
    }

    let count: Int
    private let form: Form
    private let data: UnsafeRawBufferPointer
    private let place: String

    /// - Parameter place: the argument's name.
    /// - Throws: ``Failure`` with the status `argument`.
    init(_ texts: UnsafePointer<swiftlet_texts>?, _ place: String) throws(Failure) {
        guard unsafe texts != nil else { throw Failure(.argument, "\(place) is NULL", place: place) }
        let texts = try unsafe swiftlet_texts.read(texts, place)
        // Max number of texts that fit in memory.
        guard unsafe texts.count < UInt64(Int.max / 16), unsafe texts.data_size <= UInt64(Int.max) else {
            throw Failure(.argument, "\(place) has an impossible number of texts or bytes", place: place)
        }
        let dataSize = unsafe Int(texts.data_size)
        let forms = [
            unsafe texts.strings.map { unsafe Form.strings($0) },
            unsafe texts.offsets32.map { unsafe Form.offsets32($0) },
            unsafe texts.offsets64.map { unsafe Form.offsets64($0) },
        ].compactMap(\.self)
        guard forms.count == 1 || (unsafe texts.count == 0 && forms.isEmpty) else {
            throw Failure(
                .argument, "\(place) needs exactly one of strings, offsets32 and offsets64, found \(forms.count)",
                place: place)
        }
        guard unsafe texts.data != nil || dataSize == 0 else {
            throw Failure(.argument, "\(place).data is NULL, with a size of \(dataSize)", place: "\(place).data")
        }
        count = unsafe Int(texts.count)
        form = forms.first ?? .none
        unsafe data = unsafe UnsafeRawBufferPointer(start: texts.data, count: dataSize)
        self.place = place
    }

    /// A text by its number, from 0 to ``count``.
    ///
    /// - Throws: ``Failure`` with the status `argument` for one that lies outside the data, `utf8`.
    func text(_ index: Int) throws(Failure) -> String {
        let bytes: UnsafeRawBufferPointer
        switch form {
        case .none: return ""
        case .strings(let strings):
            guard let start = unsafe strings[index] else {
                throw Failure(.argument, "\(place).strings[\(index)] is NULL", place: "\(place).strings", index: index)
            }
            var count = 0
            while unsafe start[count] != 0 { count += 1 }
            unsafe bytes = UnsafeRawBufferPointer(start: start, count: count)
        case .offsets32(let offsets):
            unsafe bytes = try unsafe slice(Int64(offsets[index]), Int64(offsets[index + 1]), index, "offsets32")
        case .offsets64(let offsets):
            unsafe bytes = try unsafe slice(offsets[index], offsets[index + 1], index, "offsets64")
        }
        return try unsafe Text.decode(bytes, place, index: index)
    }

    /// All texts.
    func all() throws(Failure) -> [String] { try texts(0..<count) }

    /// Some texts, by their numbers.
    func texts(_ range: Range<Int>) throws(Failure) -> [String] {
        var texts: [String] = []
        for index in range { texts.append(try text(index)) }
        return texts
    }

    private func slice(
        _ start: Int64, _ end: Int64, _ index: Int, _ name: String
    ) throws(Failure) -> UnsafeRawBufferPointer {
        guard start >= 0, start <= end, end <= Int64(unsafe data.count) else {
            throw Failure(
                .argument, "\(place): text \(index) is the bytes \(start) to \(end) of \(unsafe data.count)",
                place: "\(place).\(name)", index: index)
        }
        return unsafe UnsafeRawBufferPointer(rebasing: data[Int(start)..<Int(end)])
    }
}
