/// How the tokens that steer a model are spelt, in the order of their ids.
///
/// Source: openai/whisper, `whisper/tokenizer.py`.
package enum SpecialSpelling {
    /// - Parameter languages: how many of ``languages`` the model knows.
    static func all(languages count: Int) -> [String] {
        ["<|endoftext|>", "<|startoftranscript|>"] + languages.prefix(count).map { "<|\($0)|>" } + tasks + times
    }

    private static let tasks = [
        "<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>",
    ]

    /// Every 20 milliseconds of a window of 30 seconds.
    package static let times = (0...1500).map { index in
        let hundredths = index % 50 * 2
        return "<|\(index / 50).\(hundredths < 10 ? "0" : "")\(hundredths)|>"
    }

    // swift-format-ignore
    private static let languages = [
        "en", "zh", "de", "es", "ru", "ko", "fr", "ja", "pt", "tr", "pl", "ca", "nl", "ar", "sv", "it", "id", "hi",
        "fi",
        "vi", "he", "uk", "el", "ms", "cs", "ro", "da", "hu", "ta", "no", "th", "ur", "hr", "bg", "lt", "la", "mi",
        "ml",
        "cy", "sk", "te", "fa", "lv", "bn", "sr", "az", "sl", "kn", "et", "mk", "br", "eu", "is", "hy", "ne", "mn",
        "bs",
        "kk", "sq", "sw", "gl", "mr", "pa", "si", "km", "sn", "yo", "so", "af", "oc", "ka", "be", "tg", "sd", "gu",
        "am",
        "yi", "lo", "uz", "fo", "ht", "ps", "tk", "nn", "mt", "sa", "lb", "my", "bo", "tl", "mg", "as", "tt", "haw",
        "ln",
        "ha", "ba", "jw", "su", "yue",
    ]
}
