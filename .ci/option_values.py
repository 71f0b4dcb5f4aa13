"""Values for the lines of option-lines: such as make sense for a command and an option, and edges of every kind."""

import pathlib, re, struct

NUMBER_EDGES = """
    0 -1 1 2 3 31 32 33 63 64 65 255 256 1023 1024 1025 1500 1501 4096 65535 65536 2147483646 2147483647
    2147483648 -2147483648 4294967295 4294967296 9223372036854775806 9223372036854775807 9223372036854775808
    -9223372036854775808 18446744073709551615 18446744073709551616 99999999999999999999999 0.0 -0.0 0.5 1.5 1e-45
    1e-30 3e38 1e39 1e308 1e999 -1e999 nan -nan inf -inf infinity
""".split()
WORD_EDGES = """
    0x10 1_000 - -- --- a true 1,2,3 1,,2 , 0=1 0=nan 5=-inf = 1= =1 auto none null
    /proc . .. /dev/null /dev/null/file /dev/zero/x ~ * %s%n <s> </s> [MASK] <|endoftext|> '
""".split()
EDGES = (
    NUMBER_EDGES
    + WORD_EDGES
    + [" 1", "1 ", "", "\n", "\xe9", "\U0001f409", "\u0301", "\x1b[31m", "\\", '"', "x" * 5000]
)
TEXTS = [
    "Once upon a time",
    "a",
    "ab",
    "How do I compute embeddings?",
    "The cat sat on the mat.",
    "\u00e9\u00e8 \u4f60\u597d",
    "  ",
    "1 2 3",
    "a b c d e f g h i j k l m n o p q r s t u v w x y z",
    "<s>[INST] x [/INST]",
    "word " * 40,
]
NUMBERS = {
    "threads": "1 2 3 4 8",
    "top-k": "0 1 5 40 1000",
    "seed": "0 1 42",
    "context": "16 32 64 128",
    "temperature": "0 0.5 1 5",
    "top-p": "0.1 0.9 1",
    "min-p": "0 0.05 1",
    "typical-p": "0.5 1",
    "repeat-penalty": "1 1.1 0.5",
    "frequency-penalty": "0 0.5 -1",
    "presence-penalty": "0 0.5 -1",
    "repeat-last-n": "-1 0 8 64",
    "min-tokens": "0 1 4",
    "max-tokens": "1 3 8 16",
    "draft-tokens": "1 2 8 64",
    "dimensions": "1 8 16 32",
    "k": "1 2 5 10000",
    "beam": "1 2 3 5",
    "length-penalty": "0 0.6 1 10",
    "audio-context": "50 256 512 1500",
    "rate": "8000 16000 22050 48000",
    "channels": "1 2",
    "window": "2 8 16 32",
    "stride": "1 4",
    "prompt-tokens": "1 4 16",
    "decode-tokens": "1 4",
    "repeat": "1 2",
}
DECODERS = ("llama", "gpt2", "qwen", "chat")
TEXT_TO_TEXT = ("t5-f32", "t5-q8_0", "t5-tied", "translate.gguf")
# Commands whose model is an argument, or is given further below.
NAMELESS = ("quantize", "convert", "bench", "inspect", "pull", "models")
# Options that exclude others, or need one: seldom drawn.
CLASHES = set("""
    --json-schema --query --passage --json --lookup --rate --channels --file --prompt --decode --load --full --speech
    --prompt-file --tools --sidecar --html --npz --png --audio --target --from --to --compare --decoder-ids --lora --base
    --ids --pair --labels --multi-label
""".split())
ENCODERS = ("bert-f16", "bert-q8_0", "distilbert", "jina", "nomic", "modern-bert-f16", "embed")


def adapter(columns, rows):
    """A LoRA adapter of the first layer's queries, as llama.cpp has it."""
    def text(value):
        return struct.pack("<Q", len(value)) + value.encode()
    tensors = [("a", (columns, 2)), ("b", (2, rows))]
    pairs = {"general.type": "adapter", "general.architecture": "llama", "adapter.type": "lora"}
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(pairs))
    for key, value in pairs.items():
        head += text(key) + struct.pack("<I", 8) + text(value)
    data = b""
    for part, sizes in tensors:
        head += text(f"blk.0.attn_q.weight.lora_{part}") + struct.pack("<IQQIQ", 2, *sizes, 0, len(data))
        data += struct.pack("<f", 0.1) * (sizes[0] * sizes[1])
        data += bytes(-len(data) % 32)
    return head + bytes(-len(head) % 32) + data


# Columns and rows of that weight in Fixtures/models/llama-*.gguf.
ADAPTED = 64


class Values:
    """What is there to give to commands; at a line's own folder for its outputs."""

    def __init__(self, inputs, work, folder=None):
        self.inputs, self.work, self.folder = inputs, work, folder
        self.files = sorted(map(str, inputs.rglob("*")))
        self.models = [path for path in self.files if path.endswith(".gguf") and "adapter" not in path]
        self.clips = [path for path in self.files if path.endswith(".wav")]
        self.folders = sorted(str(path.parent) for path in inputs.glob("conversion/*/config.json"))
        if folder is None:
            self._write()

    def at(self, folder):
        return Values(self.inputs, self.work, folder)

    def _write(self):
        """Files that options want, beside the fixtures."""
        texts = {
            "lines.txt": "a cat\nsome words here\n\nthe mat\n",
            "long.txt": "once upon a time there was a cat. " * 30,
            "empty.txt": "",
            "one.txt": "the cat",
            "bytes.bin": bytes(range(256)) * 4,
            "grammar.gbnf": 'root ::= ("a" | "b")+ "."',
            "bad.gbnf": "root ::= (",
            "loop.gbnf": "root ::= root",
            "schema.json": '{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"]}',
            "array.json": '{"type":"array","items":{"type":"boolean"},"maxItems":3}',
            "bad.json": '{"type":',
            "template.jinja": "{% for m in messages %}{{ m.content }}\n{% endfor %}",
            "bad.jinja": "{% for %}",
            "tools.json": '[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}]',
        }
        for name, text in texts.items():
            (self.inputs / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        (self.inputs / "adapter.gguf").write_bytes(adapter(ADAPTED, ADAPTED))
        clip = next(path for path in self.clips if "light" in path)
        (self.inputs / "raw.pcm").write_bytes(pathlib.Path(clip).read_bytes()[44 : 44 + 32000])
        (self.inputs / "short.wav").write_bytes(pathlib.Path(clip).read_bytes()[:1000])
        self.files = sorted(map(str, self.inputs.rglob("*")))
        self.clips = [path for path in self.files if path.endswith(".wav")]

    def input(self, name):
        return str(self.inputs / name)

    def edge(self, rng, is_number=False):
        return rng.choice(NUMBER_EDGES if is_number and rng.random() < 0.85 else EDGES)

    def any_file(self, rng):
        return rng.choice(self.files) if rng.random() < 0.8 else self.edge(rng)

    def model(self, rng, command):
        if rng.random() < 0.08:
            return self.any_file(rng)
        if rng.random() < 0.08:
            return rng.choice(self.models)
        kinds = {
            "chat": ("chat",),
            "embed": ENCODERS,
            "similarity": ENCODERS,
            "search": ENCODERS,
            "rerank": ("reranker",),
            "classify": ("reranker",),
            "tag": ("tagger",),
            "fill-mask": ("masked",),
            "transcribe": ("speech.gguf",),
            "translate": TEXT_TO_TEXT,
            "summarize": TEXT_TO_TEXT,
            "tokenize": ("",),
            "inspect": ("",),
            "quantize": ("f32", "f16"),
        }.get(command, DECODERS)
        return rng.choice([path for path in self.models if any(kind in pathlib.Path(path).name for kind in kinds)])

    def output(self, rng):
        roll = rng.random()
        if roll < 0.85:
            return rng.choice(["out.bin", "out.npy", str(pathlib.Path(self.folder) / "out"), "stdin"])
        return rng.choice([self.edge(rng), "/dev/null/folder/out", self.folder, "/dev/null", "/dev/full"])

    def path(self, rng, command, name):
        if name in ("output", "output-dir", "index"):
            return self.output(rng)
        if rng.random() < 0.12:
            return self.any_file(rng)
        if name in ("model", "compare"):
            return self.model(rng, command)
        if name == "audio":
            return rng.choice(self.clips)
        if name in ("draft",):
            return rng.choice([path for path in self.models if "llama" in path or "chat" in path])
        named = {
            "grammar": ["grammar.gbnf", "grammar.gbnf", "bad.gbnf", "loop.gbnf"],
            "json-schema": ["schema.json", "array.json", "bad.json"],
            "template": ["template.jinja", "template.jinja", "bad.jinja"],
            "tools": ["tools.json", "bad.json"],
            "file": ["lines.txt", "one.txt", "empty.txt", "bytes.bin", "long.txt"],
            "speech": ["clips/light.wav", "short.wav"],
            "sidecar": ["conversion/distilbert", "conversion/bert"],
            "load": ["lines.txt", "chat.gguf"],
        }.get(name, ["lines.txt", "one.txt", "long.txt"])
        return self.input(rng.choice(named)) if rng.random() < 0.95 else "-"

    def adapter(self, rng):
        """An adapter and its scale."""
        roll = rng.random()
        if roll < 0.1:
            return self.any_file(rng)
        name = "adapter.gguf" if roll < 0.8 else rng.choice(["adapters/llama", "adapters/bert", "adapters/llama.gguf"])
        return self.input(name) + rng.choice(["", "", "=0.5", "=-1", "=0", "=" + self.edge(rng, is_number=True)])

    def value(self, rng, command, option):
        name, kind = option.name.lstrip("-"), option.kind
        if rng.random() < 0.15:
            return self.edge(rng, is_number=kind in ("n", "k", "p", "t", "x"))
        if option.values:
            return rng.choice(option.values)
        if kind in ("path[=x]", "dir[=x]"):
            return self.adapter(rng)
        if kind in ("path", "dir"):
            return self.path(rng, command, name)
        if kind == "text":
            return rng.choice(TEXTS)
        if name == "remove":
            return rng.choice(["a/b", "a/b:Q8_0", "a/b@c:d.gguf"])
        if kind == "id=value":
            return f"{rng.randrange(300)}={rng.choice(['1', '-1', '-inf', '5.5'])}"
        if kind == "list":
            return rng.choice(["0", "1", "0,1", "0..1"] if name != "ablate" else ["L0H0", "L1", "L0H1,L1", "L9"])
        if kind == "range":
            return rng.choice(["0..2", "1..4", "3..90", "2"])
        if kind.startswith("id,"):
            return ",".join(str(rng.randrange(60)) for _ in range(rng.randint(1, 6)))
        if kind == "code":
            return rng.choice(["auto", "en", "de"])
        if kind == "type":
            return rng.choice(["q8_0", "q4_0", "q4_k_m", "f16", "bf16", "q6_k", "f32"])
        found = NUMBERS.get(name) or " ".join(NUMBERS[key] for key in NUMBERS if key.startswith(name))
        numbers = found.split()
        return rng.choice(numbers or ["1", "2", "8"])


def base_line(rng, values, command, arguments):
    """What a line of the command needs: its words, the options that it uses, and its standard input."""
    line, used, stdin = [], set(), None

    def give(*words):
        line.extend(words)
        used.update(word for word in words if re.match(r"^--?[a-z]", word))

    long_names = {
        "-m": "--model",
        "-n": "--max-tokens",
        "-t": "--threads",
        "-o": "--output",
        "-f": "--file",
        "-p": "--prompt",
    }
    text = rng.choice(TEXTS) if rng.random() < 0.95 else values.edge(rng)
    if command in ("run", "logits", "perplexity") and rng.random() < 0.12:
        give("-m", values.input(f"models/llama-{rng.choice(['f32', 'q8_0', 'q4_0'])}.gguf"))
        for _ in range(rng.choice([1, 1, 2])):
            give("--lora", values.adapter(rng))
    elif command in ("rerank", "classify", "tag", "fill-mask", "summarize") or command not in NAMELESS and rng.random() < 0.8:
        give("-m", values.model(rng, command))
        if command == "chat" and rng.random() < 0.2:
            line[1] = rng.choice([path for path in values.models if "llama" in path or "qwen" in path])
            give("--template", values.path(rng, command, "template"))
    if command in ("run", "tokenize", "logits", "perplexity", "look", "summarize"):
        roll = rng.random()
        if roll < 0.7:
            give("-p", text if command != "perplexity" else text + " and the rest of it")
        elif roll < 0.85:
            give("-f", values.path(rng, command, "file"))
        else:
            stdin = text.encode()
    if command == "translate":
        give("--to", rng.choice(["fr", "fr", "de", "xx"]))
    if command in ("run", "chat", "translate", "summarize"):
        give("-n", rng.choice(["1", "3", "8", "16"]) if rng.random() < 0.93 else values.edge(rng, is_number=True))
    if command == "chat" and rng.random() < 0.5:
        give("--once", text)
    if command in ("logits", "look", "imatrix"):
        give("-o", values.output(rng))
    if command == "imatrix":
        give("-f", values.input("long.txt") if rng.random() < 0.8 else values.path(rng, command, "file"))
        give("--chunk-size", rng.choice(["8", "16", "32"]) if rng.random() < 0.9 else values.edge(rng, is_number=True))
    if command in ("embed", "similarity", "rerank", "classify", "tag", "search", "translate"):
        texts = [rng.choice(TEXTS) for _ in range(2 if command == "similarity" else rng.randint(1, 4))]
        if command == "search":
            index = values.output(rng)
            give("--index", index, "--build", values.path(rng, command, "file"))
        if command == "rerank":
            line.append(text)
        if rng.random() < 0.75:
            line.extend(texts)
        elif rng.random() < 0.5:
            give("-f", values.path(rng, command, "file"))
        else:
            stdin = "\n".join(texts).encode()
    if command == "fill-mask":
        line.append(rng.choice(["a [MASK] b", "[MASK]", "the [MASK] sat on the [MASK] .", text]))
    if command == "transcribe":
        if rng.random() < 0.2:
            give(
                "--raw",
                rng.choice(["u8", "s16le", "s24le"]),
                "--rate",
                rng.choice(NUMBERS["rate"].split()),
                values.input("raw.pcm"),
            )
        else:
            line.extend(rng.sample(values.clips, rng.choice([1, 1, 1, 2])))
            used.add("--raw")
        if rng.random() < 0.1:
            line.append(values.any_file(rng))
    if command == "inspect" and rng.random() < 0.7:
        line.append(values.model(rng, command))
    if command == "quantize":
        line.extend([values.model(rng, command), values.output(rng)])
        give("--type", rng.choice(["q8_0", "q4_0", "q4_k_m", "q5_k_m", "q6_k", "f16", "bf16"]))
        if rng.random() < 0.1:
            line[1] = line[0]
    if command == "convert" and rng.random() < 0.15:
        give(values.input("adapters/" + rng.choice(["llama", "bert", "phi3"])), values.output(rng))
        give("--base", values.input("conversion/" + rng.choice(["llama", "bert", "phi3"])))
    elif command == "convert" and rng.random() < 0.15:
        give(values.input("conversion/llama"), values.output(rng), "--lora", values.input("adapters/llama"))
    elif command == "convert":
        line.extend([rng.choice(values.folders) if rng.random() < 0.9 else values.any_file(rng), values.output(rng)])
    if command == "pull":  # without the network
        line.append(rng.choice(["a/b", "a/b:Q8_0", "a/b@main:c/d.gguf", "a/b/c", values.edge(rng)]))
    if command == "bench":
        give("-n", "2", "-r", "1")
        if rng.random() < 0.7:
            give("-m", values.model(rng, command))
        used.add("--decode-tokens")
        used.add("--repeat")
    used |= {long_names[word] for word in used if word in long_names}
    return line, used, stdin


def chat_script(rng, values):
    """Messages and commands of a conversation; for other commands some lines of text."""
    commands = [
        "/help",
        "/reset",
        "/undo",
        "/retry",
        "/edit",
        "/system",
        "/save",
        "/load",
        "/set",
        "/lora",
        "/stats",
        "/tokens",
        "/exit",
        "/none",
    ]
    names = [
        "temperature",
        "seed",
        "top-k",
        "top-p",
        "min-p",
        "typical-p",
        "repeat-penalty",
        "repeat-last-n",
        "frequency-penalty",
        "presence-penalty",
        "max-tokens",
        "min-tokens",
        "logit-bias",
        "reasoning",
        "thinking",
        "none",
    ]
    lines = []
    for _ in range(rng.randint(0, 6)):
        if rng.random() < 0.4:
            lines.append(rng.choice(TEXTS))
            continue
        command = rng.choice(commands)
        if command in ("/save", "/load"):
            command += " " + rng.choice(
                ["state", "state", "stdin", values.any_file(rng) if command == "/load" else "state", values.edge(rng)]
            )
        elif command == "/set":
            command += f" {rng.choice(names)} {rng.choice(['0', '1', '0.5', '3', values.edge(rng, is_number=True)])}"
        elif rng.random() < 0.3:
            command += " " + values.edge(rng)
        lines.append(command)
    return "\n".join(lines).encode("utf-8", "surrogatepass")
