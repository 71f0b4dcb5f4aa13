internal import CSwiftlet

/// A struct of the header that begins with its size as the caller knows it.
protocol SizedStruct {
    /// All zero.
    init()
    var struct_size: UInt32 { get set }
}

extension swiftlet_texts: SizedStruct {}
extension swiftlet_model_options: SizedStruct {}
extension swiftlet_model_info: SizedStruct {}
extension swiftlet_embedder_options: SizedStruct {}
extension swiftlet_embedder_info: SizedStruct {}
extension swiftlet_embed_options: SizedStruct {}
extension swiftlet_classifier_options: SizedStruct {}
extension swiftlet_zero_shot_options: SizedStruct {}
extension swiftlet_tagger_options: SizedStruct {}
extension swiftlet_session_options: SizedStruct {}
extension swiftlet_session_info: SizedStruct {}
extension swiftlet_sampling_options: SizedStruct {}
extension swiftlet_generation_options: SizedStruct {}
extension swiftlet_generation: SizedStruct {}
extension swiftlet_chat_options: SizedStruct {}
extension swiftlet_message: SizedStruct {}
extension swiftlet_translator_options: SizedStruct {}
extension swiftlet_translate_options: SizedStruct {}
extension swiftlet_transcriber_options: SizedStruct {}
extension swiftlet_transcription: SizedStruct {}
extension swiftlet_trace_options: SizedStruct {}
extension swiftlet_trace_stage: SizedStruct {}
extension swiftlet_trace_attention: SizedStruct {}

extension SizedStruct {
    /// The caller's struct, missing fields zero; all zero for NULL.
    ///
    /// - Throws: ``Failure`` with the status `argument` for a struct without a size.
    static func read(_ pointer: UnsafePointer<Self>?, _ place: String) throws(Failure) -> Self {
        var value = Self()
        guard let pointer = unsafe pointer else { return value }
        let count = try unsafe known(pointer, place)
        unsafe withUnsafeMutableBytes(of: &value) {
            unsafe $0.copyMemory(from: UnsafeRawBufferPointer(start: pointer, count: count))
        }
        return value
    }

    /// Fills in what the caller knows, but for the size.
    ///
    /// - Throws: ``Failure`` with the status `argument` for NULL, or a struct without a size.
    func write(_ pointer: UnsafeMutablePointer<Self>?, _ place: String) throws(Failure) {
        guard let pointer = unsafe pointer else { throw Failure(.argument, "\(place) is NULL", place: place) }
        try unsafe writeIfWanted(pointer, place)
    }

    /// As ``write(_:_:)``, but NULL wants nothing.
    func writeIfWanted(_ pointer: UnsafeMutablePointer<Self>?, _ place: String) throws(Failure) {
        guard let pointer = unsafe pointer else { return }
        let count = try unsafe Self.known(UnsafePointer(pointer), place)
        let size = MemoryLayout<UInt32>.size
        guard count > size else { return }
        unsafe withUnsafeBytes(of: self) { bytes in
            unsafe UnsafeMutableRawPointer(pointer).advanced(by: size)
                .copyMemory(from: bytes.baseAddress.unsafelyUnwrapped.advanced(by: size), byteCount: count - size)
        }
    }

    /// Bytes that both sides know. No field lies across a multiple of 8, so that none is taken in half.
    private static func known(_ pointer: UnsafePointer<Self>, _ place: String) throws(Failure) -> Int {
        let size = unsafe UnsafeRawPointer(pointer).loadUnaligned(as: UInt32.self)
        guard size >= MemoryLayout<UInt32>.size else {
            throw Failure(.argument, "\(place).struct_size is \(size): set it to sizeof", place: "\(place).struct_size")
        }
        return min(Int(size), MemoryLayout<Self>.size) & ~7
    }
}

/// A field that is SWIFTLET_DEFAULT, SWIFTLET_YES or SWIFTLET_NO.
func choice(_ value: UInt32, _ place: String) throws(Failure) -> Bool? {
    switch Int(value) {
    case SWIFTLET_DEFAULT: return nil
    case SWIFTLET_YES: return true
    case SWIFTLET_NO: return false
    default: throw Failure(.argument, "\(place) is \(value): use SWIFTLET_DEFAULT, _YES or _NO", place: place)
    }
}

/// A size that may be left out, which is 0.
func size(_ value: UInt64, _ place: String) throws(Failure) -> Int? {
    guard let size = Int(exactly: value) else {
        throw Failure(.argument, "\(place) is \(value), which is more than there can be", place: place)
    }
    return size == 0 ? nil : size
}

/// A number of tokens that nobody reaches, where nothing can overflow.
func count(_ value: UInt64) -> Int? { value == 0 ? nil : Int(min(value, 1 << 40)) }
