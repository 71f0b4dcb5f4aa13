/// English names of the languages that Whisper knows, with what else some of them are called.
enum LanguageNames {
    /// A language's code, given that or its name, in any case. A name that is not known stays as it is.
    static func code(of name: String) -> String {
        let name = name.lowercased()
        return codes[name] ?? name
    }

    /// The English name of a language, given that or its code; nil for one that is not known.
    static func name(of language: String) -> String? {
        let code = code(of: language)
        let names = codes.filter { $0.value == code }.keys.sorted()
        guard let name = names.contains(language.lowercased()) ? language.lowercased() : main[code] ?? names.first
        else {
            return nil
        }
        return name.split(separator: " ").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined(separator: " ")
    }

    /// All codes.
    static var allCodes: [String] { Set(codes.values).sorted() }

    /// Of a language with several names, the one that models were trained with.
    private static let main = [
        "ca": "catalan", "es": "spanish", "ht": "haitian creole", "lb": "luxembourgish", "my": "burmese", "nl": "dutch",
        "pa": "punjabi", "ps": "pashto", "ro": "romanian", "si": "sinhala", "zh": "chinese",
    ]

    /// Source: `LANGUAGES` and `TO_LANGUAGE_CODE` of openai-whisper's `tokenizer.py`.
    private static let codes = [
        "afrikaans": "af", "amharic": "am", "arabic": "ar", "assamese": "as", "azerbaijani": "az",
        "bashkir": "ba", "belarusian": "be", "bulgarian": "bg", "bengali": "bn", "tibetan": "bo",
        "breton": "br", "bosnian": "bs", "catalan": "ca", "valencian": "ca", "czech": "cs", "welsh": "cy",
        "danish": "da", "german": "de", "greek": "el", "english": "en", "castilian": "es", "spanish": "es",
        "estonian": "et", "basque": "eu", "persian": "fa", "finnish": "fi", "faroese": "fo", "french": "fr",
        "galician": "gl", "gujarati": "gu", "hausa": "ha", "hawaiian": "haw", "hebrew": "he", "hindi": "hi",
        "croatian": "hr", "haitian": "ht", "haitian creole": "ht", "hungarian": "hu", "armenian": "hy",
        "indonesian": "id", "icelandic": "is", "italian": "it", "japanese": "ja", "javanese": "jw",
        "georgian": "ka", "kazakh": "kk", "khmer": "km", "kannada": "kn", "korean": "ko", "latin": "la",
        "letzeburgesch": "lb", "luxembourgish": "lb", "lingala": "ln", "lao": "lo", "lithuanian": "lt",
        "latvian": "lv", "malagasy": "mg", "maori": "mi", "macedonian": "mk", "malayalam": "ml",
        "mongolian": "mn", "marathi": "mr", "malay": "ms", "maltese": "mt", "burmese": "my", "myanmar": "my",
        "nepali": "ne", "dutch": "nl", "flemish": "nl", "nynorsk": "nn", "norwegian": "no", "occitan": "oc",
        "panjabi": "pa", "punjabi": "pa", "polish": "pl", "pashto": "ps", "pushto": "ps", "portuguese": "pt",
        "moldavian": "ro", "moldovan": "ro", "romanian": "ro", "russian": "ru", "sanskrit": "sa",
        "sindhi": "sd", "sinhala": "si", "sinhalese": "si", "slovak": "sk", "slovenian": "sl", "shona": "sn",
        "somali": "so", "albanian": "sq", "serbian": "sr", "sundanese": "su", "swedish": "sv", "swahili": "sw",
        "tamil": "ta", "telugu": "te", "tajik": "tg", "thai": "th", "turkmen": "tk", "tagalog": "tl",
        "turkish": "tr", "tatar": "tt", "ukrainian": "uk", "urdu": "ur", "uzbek": "uz", "vietnamese": "vi",
        "yiddish": "yi", "yoruba": "yo", "cantonese": "yue", "chinese": "zh", "mandarin": "zh",
    ]
}
