/// The languages of published models, in the order of their ids, for folders that do not list them.
///
/// Source: the tokenizers of mBART, mBART-50 and M2M100 in `transformers`.
enum StandardLanguages {
    static let all = [mBART, mBART50, m2m100, wmt21]

    static let mBART = words(
        """
        ar_AR cs_CZ de_DE en_XX es_XX et_EE fi_FI fr_XX gu_IN hi_IN it_IT ja_XX kk_KZ ko_KR lt_LT lv_LV my_MM ne_NP \
        nl_XX ro_RO ru_RU si_LK tr_TR vi_VN zh_CN
        """)

    static let mBART50 =
        mBART
        + words(
            """
            af_ZA az_AZ bn_IN fa_IR he_IL hr_HR id_ID ka_GE km_KH mk_MK ml_IN mn_MN mr_IN pl_PL ps_AF pt_XX sv_SE sw_KE \
            ta_IN te_IN th_TH tl_XX uk_UA ur_PK xh_ZA gl_ES sl_SI
            """)

    static let m2m100 = words(
        """
        af am ar ast az ba be bg bn br bs ca ceb cs cy da de el en es et fa ff fi fr fy ga gd gl gu ha he hi hr ht hu hy id \
        ig ilo is it ja jv ka kk km kn ko lb lg ln lo lt lv mg mk ml mn mr ms my ne nl no ns oc or pa pl ps pt ro ru sd si \
        sk sl so sq sr ss su sv sw ta th tl tn tr uk ur uz vi wo xh yi yo zh zu
        """
    ).map { "__\($0)__" }

    static let wmt21 = words("en ha is ja cs ru zh de").map { "__\($0)__" }

    private static func words(_ text: String) -> [String] { text.split(separator: " ").map(String.init) }
}
