import Foundation
import GGUF
import Swiftlet
import TestSupport
import Testing

/// Encoders as transformers saves them, against what transformers computes (`Fixtures/conversion/make_encoders.py`), and some
/// as they are published, against float64 arithmetic (`make_custom_encoders.py`).
@Suite struct EncoderModelTests {
    struct Expected: Decodable {
        let texts: [String]
        let ids: [[Token]]
        /// Of each text, the mean of its states and the first of them.
        let means: [[Float]]?
        let firsts: [[Float]]?
        let masked: String?
        let maskedIds: [Token]?
        /// Of each mask, all tokens.
        let maskLogits: [[Float]]?
        let classes: [[Float]]?
        let pairs: [[String]]?
        let pairClasses: [[Float]]?
        /// Of the first two texts, each token's.
        let tokenClasses: [[[Float]]]?
    }

    static let names = [
        "mpnet", "mpnet-masked", "mpnet-classes", "deberta-v3", "deberta-v3-masked", "deberta-v3-nli", "deberta-v2",
        "deberta-v2-masked", "albert", "albert-classes", "electra", "electra-replaced", "electra-classes", "esm",
        "esm-model", "esm-classes", "eurobert", "eurobert-classes", "jina-v3",
        "nomic-bert", "nomic-bert-moe", "neobert", "neobert-classes",
    ]

    static func expected(_ name: String) throws -> Expected {
        try JSONDecoder().decode(
            Expected.self, from: Data(contentsOf: URL(fileURLWithPath: fixture("\(name).json"))))
    }

    static let tolerance: Float = 1e-4

    @Test(arguments: names, InstructionSets.runnable)
    func `what a model computes is what transformers computes`(name: String, instructionSet: String) throws {
        let folder = try ModelFolderCopy(name)
        _ = try folder.converted()
        let model = try Model(path: folder.output)
        let expected = try Self.expected(name)
        for (text, ids) in zip(expected.texts, expected.ids) {
            #expect(model.tokenize(text, parseSpecial: true) == ids, "\(text)")
        }
        var options = HeadOptions()
        options.instructionSet = instructionSet
        if let means = expected.means, let firsts = expected.firsts {
            try expectVectors(model, expected, .mean, means, instructionSet)
            try expectVectors(model, expected, .cls, firsts, instructionSet)
        }
        if let logits = expected.maskLogits { try expectMasks(model, expected, logits, options) }
        if expected.classes != nil || expected.tokenClasses != nil { try expectClasses(model, expected, options) }
    }

    private func expectVectors(
        _ model: Model, _ expected: Expected, _ pooling: EmbedderOptions.Pooling, _ vectors: [[Float]],
        _ instructionSet: String
    ) throws {
        var options = EmbedderOptions()
        options.pooling = pooling
        options.normalize = false
        options.instructionSet = instructionSet
        var embedder = try Embedder(model, options)
        let found = try embedder.embed(expected.texts).values
        let difference = Divergence.largestDifference(vectors.flatMap(\.self), found)
        #expect(difference < Self.tolerance, "\(pooling): \(difference)")
        // Texts alone, and many of them by threads apart, have the same vectors.
        let many = try embedder.embed(expected.texts + expected.texts + expected.texts.reversed()).values
        #expect(Array(many.prefix(found.count)) == found && Array(many[found.count..<2 * found.count]) == found)
        options.threads = 1
        var single = try Embedder(model, options)
        let alone = try expected.texts.flatMap { try single.embed([$0]).values }
        #expect(alone == found)
    }

    private func expectMasks(
        _ model: Model, _ expected: Expected, _ logits: [[Float]], _ options: HeadOptions
    ) throws {
        var filler = try MaskFiller(model, options)
        let text = try #require(expected.masked)
        #expect(model.tokenize(text, parseSpecial: true) == expected.maskedIds)
        let found = try filler.fill(text, top: model.vocabularySize)
        #expect(found.count == logits.count)
        for (predictions, row) in zip(found, logits) {
            let greatest = row.max() ?? 0
            let weights = row.map { exp($0 - greatest) }
            let sum = weights.reduce(0, +)
            let probabilities = predictions.sorted { $0.token < $1.token }.map(\.probability)
            let difference = Divergence.largestDifference(weights.map { $0 / sum }, probabilities)
            #expect(difference < Self.tolerance, "\(difference)")
        }
    }

    private func expectClasses(_ model: Model, _ expected: Expected, _ options: HeadOptions) throws {
        var classifier = try Classifier(model, options)
        func expect(_ found: [[Classifier.Prediction]], _ logits: [[Float]]) {
            let found = found.map { $0.sorted { $0.index < $1.index }.map(\.logit) }
            let difference = Divergence.largestDifference(logits.flatMap(\.self), found.flatMap(\.self))
            #expect(difference < Self.tolerance, "\(difference)")
        }
        if let classes = expected.classes {
            let found = try classifier.classify(expected.texts)
            expect(found, classes)
            #expect(try expected.texts.map { try classifier.classify([$0])[0] } == found)
        }
        if let pairs = expected.pairs, let classes = expected.pairClasses {
            expect(try classifier.classify(pairs: pairs.map { ($0[0], $0[1]) }), classes)
        }
        for (text, rows) in zip(expected.texts, expected.tokenClasses ?? []) {
            expect(try classifier.classifyTokens(text).map(\.predictions), rows)
        }
    }

    @Test func `a sentence model of MPNet pools as its modules say`() throws {
        let keys = try ModelFolderCopy("mpnet").converted().metadata
        #expect(try keys.string("general.architecture") == "mpnet")
        #expect(try keys.int("mpnet.pooling_type") == 1)
        #expect(try keys.int("mpnet.context_length") == 192)
        #expect(try keys.int("mpnet.attention.relative_buckets_count") == 32)
        #expect(try keys.bool("tokenizer.ggml.add_sep_token"))
    }

    @Test func `DeBERTa's positions and labels are in the file`() throws {
        let keys = try ModelFolderCopy("deberta-v3-nli").converted().metadata
        #expect(try keys.string("deberta-v2.attention.position_types") == "c2p|p2c")
        #expect(try keys.int("deberta-v2.attention.position_buckets") == 16)
        #expect(try keys.int("deberta-v2.attention.max_relative_positions") == 192)
        #expect(try keys.bool("deberta-v2.attention.share_att_key"))
        #expect(
            try keys.strings("deberta-v2.classifier.output_labels") == ["entailment", "neutral", "contradiction"])
    }

    @Test func `Nomic's experts and NeoBERT's sizes are in the file`() throws {
        let nomic = try ModelFolderCopy("nomic-bert-moe").converted()
        #expect(try nomic.metadata.string("general.architecture") == "nomic-bert-moe")
        #expect(try nomic.metadata.int("nomic-bert-moe.moe_every_n_layers") == 2)
        #expect(try nomic.metadata.int("nomic-bert-moe.expert_count") == 4)
        #expect(try nomic.metadata.int("nomic-bert-moe.expert_used_count") == 2)
        #expect(try nomic.metadata.int("nomic-bert-moe.context_length") == 192)
        #expect(nomic.tensor(named: "blk.3.ffn_down_exps.weight")?.dimensions == [48, 32, 4])
        #expect(nomic.tensor(named: "blk.2.ffn_down_exps.weight") == nil)
        #expect(try ModelFolderCopy("nomic-bert").converted().metadata.int("nomic-bert.context_length") == 192)
        let neo = try ModelFolderCopy("neobert").converted().metadata
        #expect(try neo.int("neo-bert.feed_forward_length") == 40 && neo.int("neo-bert.pooling_type") == 2)
    }

    @Test func `ALBERT's shared layers are written once`() throws {
        let folder = try ModelFolderCopy("albert-classes")
        let file = try folder.converted()
        #expect(try file.metadata.int("albert.block_count") == 3 && file.metadata.int("albert.hidden_groups") == 2)
        #expect(file.tensor(named: "blk.1.ffn_up.weight") != nil && file.tensor(named: "blk.2.ffn_up.weight") == nil)
        #expect(try file.metadata.string("albert.hidden_activation") == "gelu")
    }

    @Test(arguments: [
        ("deberta-v3", #""c2p""#, #""p2p""#, "pos_att_type"),
        ("deberta-v3", #""relative_attention": true"#, #""relative_attention": false"#, "relative_attention: false"),
        ("deberta-v2", #""conv_kernel_size": 3"#, #""conv_kernel_size": 5"#, "a conv_kernel_size of 5"),
        ("albert", #""inner_group_num": 1"#, #""inner_group_num": 2"#, "an inner_group_num of 2"),
        ("esm", #""rotary""#, #""absolute""#, "positions of the kind"),
        ("nomic-bert", #""prenorm": false"#, #""prenorm": true"#, "prenorm: true"),
        ("nomic-bert", #""swiglu""#, #""gelu""#, "the activation"),
        ("nomic-bert-moe", #""moe_top_k": 2"#, #""moe_top_k": 5"#, "1 to the 4 experts"),
        ("nomic-bert-moe", #""num_shared_experts": 0"#, #""num_shared_experts": 1"#, "shared experts"),
        (
            "nomic-bert-moe", #""moe_normalize_expert_weights": false"#, #""moe_normalize_expert_weights": 1"#,
            "moe_normalize_expert_weights"
        ),
        ("neobert", #""dim_head": 8"#, #""dim_head": 16"#, "dim_head"),
        (
            "mpnet", #""relative_attention_num_buckets": 32"#, #""relative_attention_num_buckets": 16"#,
            "num_buckets of 16"
        ),
    ])
    func `a setting that no file can express is named`(
        name: String, old: String, new: String, answer: String
    ) throws {
        let folder = try ModelFolderCopy(name)
        try folder.replace(old, by: new, in: "config.json")
        let error = #expect(throws: (any Error).self) { try folder.converted() }
        #expect("\(error.map { "\($0)" } ?? "")".contains(answer), "\(String(describing: error))")
    }

    /// Whatever a file says, opening it and embedding succeeds or throws; a trap would end the test run.
    @Test(
        arguments: ["mpnet", "deberta-v3", "deberta-v2", "albert", "esm", "nomic-bert-moe", "neobert"],
        [0x00, 0xFF] as [UInt8])
    func `a header with any byte replaced runs or throws`(name: String, value: UInt8) throws {
        let folder = try ModelFolderCopy(name)
        let file = try folder.converted(keepsHeads: false)
        let sound = try TestBytes.read(folder.output)
        let headerSize = sound.count - file.tensors.reduce(0) { $0 + $1.byteCount }
        #expect(try Self.embed(folder.output))
        for position in stride(from: Int(value) % 53, to: headerSize, by: 53) where sound[position] != value {
            var bytes = sound
            bytes[position] = value
            try folder.write(bytes, as: "changed.gguf")
            _ = try? Self.embed(folder.path("changed.gguf"))
        }
    }

    private static func embed(_ path: String) throws -> Bool {
        var options = EmbedderOptions()
        options.threads = 1
        options.pooling = .mean
        options.maxTokens = 64
        options.overflow = .truncate
        var embedder = try Embedder(Model(path: path), options)
        return try embedder.embed(["the cat sat", "a"]).count == 2
    }
}
