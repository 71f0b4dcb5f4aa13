import Foundation
import Testing

struct UsageTests {
    /// A wrong command line, and a part of the answer.
    struct Mistake: Sendable, CustomTestStringConvertible {
        let arguments: [String]
        let answer: String

        init(_ arguments: String..., answer: String) {
            self.arguments = arguments
            self.answer = answer
        }

        var testDescription: String { arguments.joined(separator: " ") }
    }

    @Test(arguments: [
        Mistake("nonsense", answer: "Unexpected argument 'nonsense'"),
        Mistake("run", "--nonsense", answer: "Unknown option '--nonsense'"),
        Mistake("run", "hello", "-n", "-5", answer: "-5 tokens are not possible: use -n with 0 or more"),
        Mistake("run", "hello", "-n", "99999999999999999999", answer: "'99999999999999999999' is invalid for"),
        Mistake("run", "hello", "-n", "", answer: "The value '' is invalid for"),
        Mistake("run", "hello", "-t", "0", answer: "use -t with a number from 1 to 1024"),
        Mistake("run", "hello", "-t", "1025", answer: "use -t with a number from 1 to 1024"),
        Mistake("run", "hello", "-m", "", answer: "the path of the model is empty"),
        Mistake("run", "hello", "--temperature", "-1", answer: "the temperature is -1.0"),
        Mistake("run", "hello", "--temperature", "nan", answer: "the temperature is nan"),
        Mistake("run", "hello", "--temperature", "inf", answer: "the temperature is inf"),
        Mistake("run", "hello", "--top-k", "9223372036854775807", answer: "top-k is 9223372036854775807"),
        Mistake("run", "hello", "--top-k", "-1", answer: "top-k is -1"),
        Mistake("run", "hello", "--top-p", "0", answer: "top-p is 0.0"),
        Mistake("run", "hello", "--min-p", "2", answer: "min-p is 2.0"),
        Mistake("run", "hello", "--typical-p", "0", answer: "typical-p is 0.0"),
        Mistake("run", "hello", "--repeat-penalty", "0", answer: "the repetition penalty is 0.0"),
        Mistake("run", "hello", "--frequency-penalty", "inf", answer: "the frequency penalty is inf"),
        Mistake("run", "hello", "--presence-penalty", "nan", answer: "the presence penalty is nan"),
        Mistake("run", "hello", "--repeat-last-n", "-2", answer: "the penalties' window is -2"),
        Mistake("run", "hello", "--logit-bias", "5", answer: "'5' is invalid for '--logit-bias"),
        Mistake("run", "hello", "--logit-bias", "5=x", answer: "'5=x' is invalid for '--logit-bias"),
        Mistake("run", "hello", "--logit-bias", "5=inf", answer: "the bias of token 5 is inf"),
        Mistake("run", "hello", "--logit-bias", "-5=1", answer: "the bias of token -5 is 1.0"),
        Mistake("run", "hello", "--min-tokens", "-1", answer: "--min-tokens is -1"),
        Mistake("run", "hello", "--seed", "-1", answer: "'-1' is invalid for '--seed <n>'"),
        Mistake("run", "hello", "--context", "0", answer: "use --context with 1 or more"),
        Mistake("run", "hello", "--stop", "", answer: "a stop string is empty"),
        Mistake("run", "hello", "--rope-scale", "0.5", answer: "use --rope-scale with 1 to 1000000"),
        Mistake("logits", "hello", "--rope-scale", "nan", answer: "a rope scale of nan is not possible"),
        Mistake("embed", "hello", "--rope-freq-base", "1", answer: "use --rope-freq-base with more than 1"),
        Mistake("run", "hello", "--rope-base", "9", "--rope-freq-base", "9", answer: "are the same: give one"),
        Mistake("chat", "--yarn-orig-ctx", "0", answer: "use --yarn-orig-ctx with 1 or more"),
        Mistake("perplexity", "a", "--rope-scaling", "ntk", answer: "one of 'none', 'linear', 'yarn' or 'dynamic'"),
        Mistake("run", "hello", "--kv-type", "q8", answer: "one of 'f32', 'f16' or 'q8_0'"),
        Mistake("run", "hello", "-p", "hello", answer: "more than one prompt was given"),
        Mistake("tokenize", "--ids", "--json", "a", answer: "--ids and --json exclude each other"),
        Mistake("tokenize", "--decode", "1,x", answer: "'1,x' is invalid for '--decode"),
        Mistake("tokenize", "--decode", "1", "a", answer: "--decode takes token ids instead of a prompt"),
        Mistake("logits", "hello", "-o", "", answer: "the path of the output is empty"),
        Mistake("logits", "--ids", "", "-o", "out.npy", answer: "'' is invalid for '--ids"),
        Mistake("logits", "--ids", "99999999999", "-o", "out.npy", answer: "'99999999999' is invalid for '--ids"),
        Mistake("logits", "--ids", "1", "hello", "-o", "out.npy", answer: "a prompt and --ids exclude each other"),
        Mistake("perplexity", "a", "-f", "b", answer: "more than one text was given"),
        Mistake("perplexity", "a", "--window", "1", answer: "use --window with 2 or more"),
        Mistake("perplexity", "a", "--window", "8", "--stride", "8", answer: "use --stride with 1 or more"),
        Mistake("inspect", "a", "-m", "b", answer: "more than one file was given"),
        Mistake("inspect", "--graph", "--json", answer: "--graph and --json exclude each other"),
        Mistake("bench", "-p", "0", answer: "use -p with 1 or more"),
        Mistake("bench", "-n", "-1", answer: "use -n with 1 or more"),
        Mistake(
            "bench", "--profile", "--lookup", "--prompt-file", "a", answer: "--profile excludes --draft and --lookup"),
        Mistake("bench", "--no-special", answer: "--no-special is for --texts FILE"),
        Mistake("bench", "-r", "0", answer: "use -r with a number from 1 to 1000"),
    ])
    func `wrong usage is answered with what was wrong and what to type`(_ mistake: Mistake) async throws {
        let result = try await CommandLineTool.run(mistake.arguments)
        #expect(result.status == 64)
        #expect(result.errors.hasPrefix("swiftlet: error: "))
        #expect(result.errors.contains(mistake.answer))
        #expect(result.errors.contains("Usage: swiftlet"))
        #expect(result.output.isEmpty)
    }

    @Test(arguments: [
        Mistake("run", "hello", "-m", "/no/such/model.gguf", answer: "/no/such/model.gguf: open: No such file"),
        Mistake("run", "hello", "-m", "/", answer: "a model file was expected, but this is a directory"),
        Mistake("run", "-f", "/no/such/prompt.txt", answer: "cannot open /no/such/prompt.txt: No such file"),
        Mistake("run", "-f", "/", answer: "cannot read /: Is a directory"),
        Mistake("run", "", answer: "the prompt has no tokens"),
        Mistake("run", "hello", "--context", "99999999", answer: "a context of 99999999 tokens is not possible"),
        Mistake("run", "hello hello hello", "--context", "2", answer: "but the context holds 2"),
        Mistake("tokenize", "--decode", "2000000000", answer: "there is no token 2000000000"),
        Mistake("logits", "--ids", "1,99999", "-o", "/dev/null", answer: "token 99999 at index 1 is not in"),
        Mistake("logits", "hello", "-o", "/no/such/out.npy", answer: "cannot write to /no/such/out.npy: No such file"),
        Mistake("logits", "hello", "-o", "/", answer: "cannot write to /: Is a directory"),
        Mistake("perplexity", "/no/such/text.txt", answer: "cannot open /no/such/text.txt: No such file"),
        Mistake("perplexity", "-p", "", answer: "the text is too short to predict anything"),
        Mistake("perplexity", "-p", "a b c", "--window", "99999999", answer: "windows of 99999999 tokens"),
        Mistake("inspect", "/no/such/model.gguf", answer: "/no/such/model.gguf: open: No such file"),
        Mistake("bench", "-p", "99999999", answer: "do not both fit"),
        Mistake("bench", "-n", "9223372036854775807", answer: "do not both fit"),
    ])
    func `work that cannot be done is answered with the reason`(_ mistake: Mistake) async throws {
        let result = try await CommandLineTool.run(mistake.arguments)
        #expect(result.status == 1)
        #expect(result.errors.hasPrefix("swiftlet: error: "))
        #expect(result.errors.contains(mistake.answer))
        #expect(result.errors.split(separator: "\n").count == 1)
        #expect(result.output.isEmpty)
    }

    @Test(arguments: [
        "run", "embed", "similarity", "search", "tokenize", "logits", "perplexity", "inspect", "bench",
    ])
    func `every command has help`(command: String) async throws {
        let result = try await CommandLineTool.run(command, "--help")
        #expect(result.status == 0)
        #expect(result.text.contains("USAGE: swiftlet \(command)"))
        #expect(result.text.contains("-m, --model <path>"))
        #expect(try await CommandLineTool.run("--help").text.contains("  \(command) "))
    }

    @Test(arguments: ["abc", "-1", "1025", "2 "]) func `an invalid number of threads is an error`(
        text: String
    ) async throws {
        let tool = try CommandLineTool(["tokenize", "hello"], variables: ["SWIFTLET_NUM_THREADS": text])
        let result = try await tool.finish()
        #expect(result.status == 1)
        #expect(result.errors == "swiftlet: error: SWIFTLET_NUM_THREADS is \(text): use 0 (automatic) to 1024\n")
    }

    @Test func `the version is three numbers`() async throws {
        let result = try await CommandLineTool.run("--version")
        #expect(result.status == 0)
        #expect(result.text.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil)
    }
}
