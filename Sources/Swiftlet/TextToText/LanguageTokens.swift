internal import Tokenizers

/// The languages that a vocabulary has tokens for, in one of the forms that translation models spell them in.
struct LanguageTokens {
    /// How codes are spelt.
    private enum Form: CaseIterable {
        /// NLLB's `eng_Latn`.
        case script
        /// M2M100's `__en__`.
        case underscores
        /// mBART's `en_XX`.
        case region
        /// Marian's `>>fra<<`, of targets alone.
        case arrows

        /// The code that a token stands for.
        func code(_ text: String) -> String? {
            let bytes = Array(text.utf8)
            func isLower(_ range: Range<Int>) -> Bool { bytes[range].allSatisfy { (0x61...0x7A).contains($0) } }
            func isUpper(_ range: Range<Int>) -> Bool { bytes[range].allSatisfy { (0x41...0x5A).contains($0) } }
            switch self {
            case .script:
                guard bytes.count == 8, bytes[3] == 0x5F, isLower(0..<3), isUpper(4..<5), isLower(5..<8) else {
                    return nil
                }
                return text
            case .region:
                guard bytes.count == 5, bytes[2] == 0x5F, isLower(0..<2), isUpper(3..<5) else { return nil }
                return text
            case .underscores:
                guard (6...7).contains(bytes.count), text.hasPrefix("__"), text.hasSuffix("__"),
                    isLower(2..<bytes.count - 2)
                else { return nil }
                return String(text.dropFirst(2).dropLast(2))
            case .arrows:
                guard bytes.count > 4, text.hasPrefix(">>"), text.hasSuffix("<<") else { return nil }
                return String(text.dropFirst(2).dropLast(2))
            }
        }
    }

    private let form: Form
    private let languages: [(code: String, token: Token)]

    /// Nil for a vocabulary without such tokens.
    init?(_ tokenizer: Tokenizer) {
        var found: [Form: [(code: String, token: Token)]] = [:]
        for token in 0..<Token(truncatingIfNeeded: tokenizer.vocabularySize) {
            let kind = tokenizer.vocabulary.kind(of: token)
            guard kind == .control || kind == .userDefined, let text = tokenizer.text(of: token) else { continue }
            for form in Form.allCases {
                if let code = form.code(text) { found[form, default: []].append((code, token)) }
            }
        }
        // The order of cases decides between equals.
        guard let most = found.values.map(\.count).max(),
            let form = Form.allCases.first(where: { found[$0]?.count == most }), let languages = found[form]
        else { return nil }
        self.form = form
        self.languages = languages
    }

    /// Whether the source's language is named, too.
    var namesSource: Bool { form != .arrows }

    /// All codes.
    var list: String { languages.map(\.code).joined(separator: ", ") }

    /// The token of a language.
    ///
    /// - Parameter name: the file's code in any case, another code of the language, or its English name.
    /// - Throws: ``SwiftletError`` with the code `invalidArgument` for none, or several.
    func token(of name: String, _ model: Model) throws(SwiftletError) -> Token {
        let lower = name.lowercased()
        if let exact = languages.first(where: { $0.code.lowercased() == lower || model.text(of: $0.token) == name }) {
            return exact.token
        }
        let codes = LanguageCodes.all(of: name)
        let found = languages.filter { codes.contains(LanguageCodes.language(of: $0.code)) }
        guard let first = found.first else {
            throw SwiftletError(
                .invalidArgument,
                "\(model.path): the model does not know the language \(name.debugDescription): it knows \(list)")
        }
        guard found.count == 1 else {
            throw SwiftletError(
                .invalidArgument,
                "\(model.path): the language \(name.debugDescription) is several to the model: use one of "
                    + found.map(\.code).joined(separator: ", "))
        }
        return first.token
    }
}

/// Codes of languages: ISO 639-1, of two letters, beside those of three letters that translation models use.
enum LanguageCodes {
    /// The language of a code with a script or region: `deu` of `deu_Latn`.
    static func language(of code: String) -> String {
        String(code.prefix { $0 != "_" && $0 != "-" }).lowercased()
    }

    /// Codes that stand for the same language as a code or an English name.
    static func all(of name: String) -> Set<String> {
        let code = language(of: LanguageNames.code(of: name))
        if let others = table[code] { return Set(others).union([code]) }
        return table.filter { $0.value.contains(code) }.reduce(into: [code]) { all, entry in
            all.formUnion(entry.value + [entry.key])
        }
    }

    /// Source: ISO 639-3; of languages with several codes those of NLLB-200 and OPUS-MT.
    private static let table: [String: [String]] = {
        var table: [String: [String]] = [:]
        for line in lines.split(separator: ";") {
            let words = line.split(separator: " ").map(String.init)
            table[words[0]] = Array(words.dropFirst())
        }
        return table
    }()

    private static let lines = """
        af afr;am amh;ar arb ara;as asm;ay ayr aym;az azj aze;ba bak;be bel;bg bul;bm bam;bn ben;bo bod;br bre;bs bos;\
        ca cat;cs ces;cy cym;da dan;de deu;dz dzo;ee ewe;el ell;en eng;eo epo;es spa;et est ekk;eu eus;fa pes fas;ff fuv ful;\
        fi fin;fj fij;fo fao;fr fra;fy fry;ga gle;gd gla;gl glg;gn grn gug;gu guj;gv glv;ha hau;he heb;hi hin;hr hrv;ht hat;\
        hu hun;hy hye;ia ina;id ind;ig ibo;io ido;is isl;it ita;ja jpn;jv jav;jw jav;ka kat;kg kon;ki kik;kk kaz;km khm;kn kan;\
        ko kor;ks kas;ku kmr kur;ky kir;la lat;lb ltz;lg lug;li lim;ln lin;lo lao;lt lit;lv lvs lav;mg plt mlg;mi mri;\
        mk mkd;ml mal;mn khk mon;mr mar;ms zsm msa;mt mlt;my mya;nb nob;ne npi nep;nl nld;nn nno;no nob nor;ns nso;ny nya;\
        oc oci;om gaz orm;or ory ori;pa pan;pl pol;ps pbt pus;pt por;qu quy que;rn run;ro ron;ru rus;rw kin;sa san;sc srd;\
        sd snd;sg sag;si sin;sk slk;sl slv;sm smo;sn sna;so som;sq als sqi;sr srp;ss ssw;st sot;su sun;sv swe;sw swh swa;\
        ta tam;te tel;tg tgk;th tha;ti tir;tk tuk;tl tgl;tn tsn;to ton;tr tur;ts tso;tt tat;tw twi;ty tah;ug uig;uk ukr;ur urd;\
        uz uzn uzb;vi vie;wa wln;wo wol;xh xho;yi ydd yid;yo yor;zh zho cmn;zu zul
        """
}
