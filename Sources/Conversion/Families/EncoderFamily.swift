/// A family that is an ``Encoder``, most of whose classes say the same of names and tokens.
protocol EncoderFamily: Family {
    var encoder: Encoder { get }
}

extension EncoderFamily {
    var layers: Int { encoder.layers }
    var heads: Int { encoder.heads }
    var keyValueHeads: Int { encoder.heads }
    var vocabularySize: Int { encoder.vocabularySize }
    var tokenizer: TokenizerDefaults { TokenizerDefaults(tokenTypes: encoder.tokenTypes) }

    func describe(_ keys: inout ArchitectureKeys) { encoder.describe(&keys) }
}
