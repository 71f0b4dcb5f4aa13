"""The training text: endless question-and-answer dialogues, made from the tables of the other files with one random generator."""
import random
import re
import zlib

import arithmetic
import facts
import heldout
import product
import situations
import smalltalk

END = "<|endoftext|>"
SYSTEMS = ["You are a helpful assistant.", "You are Swiftlet Chat.", "You are a helpful, friendly assistant. Answer briefly.", "Answer in one sentence.", "Be short and polite.",
           "You are a small chat model.", "You are an assistant for Swiftlet.", "Answer the questions of the user."]

WITH = "{|||||| with Swiftlet| in Swiftlet| using Swiftlet| with swiftlet| from the command line| in the terminal| on the command line| on my machine}"
VERB = ["{How do I|How can I|How do you|How would I|How to|How does one|How should I|How could I|How might I|how do i|How do we} {X}" + WITH,
        "{How do I|How can I|How do you|How to} {X}" + WITH,
        "{What|Which} {command|swiftlet command|subcommand|tool|command line} {do I need to|should I use to|do I use to|lets me|can I use to|is there to|will|would|helps me|can|do I run to|allows me to|must I use to|do I have to use to} {X}",
        "{What should I type|What do I type|What do I run|What should I run|What must I enter|What do I use|What do I need|What can I use} to {X}" + WITH,
        "{I want to|I need to|I'd like to|I would like to|I have to|I am trying to|I wish to|I must|We want to|Let me|Help me|I plan to} {X}" + WITH,
        "{I want to|I need to|I'd like to} {X}{,|;|.} {how|what do I do|which command|what do I type|how do I do that|what should I use|what command is that}",
        "{Show me how to|Tell me how to|Explain how to|Teach me to|Describe how to|Can you show me how to|Can you tell me how to|Could you explain how to|Do you know how to|Please show me how to|Remind me how to|I do not know how to|I forgot how to} {X}" + WITH,
        "{What is|What's|Tell me|Give me|Name|Do you know|Show me|I need|Which is} the {command|right command|swiftlet command|best way|way|subcommand|command line} to {X}",
        "{With which command can I|With what command do I|By which command can I|Using which command can I} {X}", "If I want to {X}, {what do I do|which command do I use|what should I run|which command is right|what do I type}",
        "{command|way|the command|which command|what command} to {X}", "{X}", "to {X}, what do I use"]
CAN = ["{Can|Could|Does|Will} {Swiftlet|swiftlet|it|Swiftlet also} {X}", "{Can I|Could I|May I|Am I able to} {use Swiftlet to |use it to |}{X}" + WITH, "Is it possible to {X}" + WITH, "Is there {a command|a way|some command|any way|a tool|an option|something} to {X}" + WITH,
       "{Does Swiftlet have|Do you have|Has Swiftlet got} a command to {X}", "Is Swiftlet able to {X}"]
NOUN = ["{How do I|How can I|How to} {get|do|use|make|have} {X}" + WITH, "{What|Which} command {is for|gives me|does|prints|is about|makes|handles|is used for|provides|shows|deals with|is meant for|is responsible for} {X}",
        "{What|How} about {X}", "{I need|I want|I'd like|Show me|Give me|I am looking for|Tell me about the command for|I would like} {X}", "{And|And what about|And for|What is used for|What do I use for|What should I use for} {X}",
        "{What is|What's|Tell me|Name|Which is} the {command|subcommand|swiftlet command|right command|tool} for {X}", "{command|the command|swiftlet command} for {X}", "{Which|What} {command|part|tool|subcommand} do I {need|use|run} for {X}",
        "{How does|How do} {X} work in Swiftlet", "Where do I find {X}"]
NOUN_CAN = ["{Does|Can|Will} Swiftlet {do|support|offer|handle|have|provide|know} {X}", "Is there {X} in Swiftlet", "{Is|Are} {X} {supported|possible|available}{| in Swiftlet}"]
WHAT = ["{What's|What is|Explain|Describe|What is the use of|What is the purpose of|When do I use|Tell me about|Why would I use|What can I do with|Why is there|What do I get from|What is the task of} {X}", "{What is|What's|When is} {X} {for|good for|used for|used|meant for|about}",
        "{What does|Tell me what|What can|What will|Explain what|I wonder what} {X} {do|do for me|print|show|give|mean}", "{Tell me what|Explain what|Show me what} {X} {does|is for|is|prints}", "{What does|What will|What can} the {N} {command|subcommand} {do|do for me|show}",
        "{What is|Explain|Describe|What about|Tell me about} the {N} {command|subcommand}", "{What happens|What do I see|What do I get} {if|when} I {use|type|call|enter|start} {X}", "How does {X} work", "what does {N} do", "{X}"]


def sample(template, rng):
    """One random reading of a template with (nested) {a|b} choices."""
    while "{" in template:
        template = re.sub(r"\{([^{}]*)\}", lambda m: rng.choice(m.group(1).split("|")), template)
    return template


def fill(template, what, rng, name=""):
    return sample(template.replace("{X}", "\0").replace("{N}", "\1"), rng).replace("\0", what).replace("\1", name)


def lowered(text):
    first = text.split(" ")[0]
    return text[0].lower() + text[1:] if first[1:].islower() and first not in KEEP or first in ("A", "How's", "What's") else text


KEEP = {"Swiftlet", "GGUF", "Whisper"} | set(facts.DAYS) | set(facts.MONTHS) | set(facts.PLANETS) | {w for pair in facts.capital_pairs() for w in pair}
PREFIXES = "Please, |Hi, |Hey, |Hello, |OK, |So, |Well, |Quick question: |One more question: |And |Now, |Swiftlet, |Tell me, |Question: |Sorry, |Hi! |Hello! |Excuse me, |Thanks. |Then, |Next: |Please tell me: |Just curious: |I wonder, ".split("|")
SUFFIXES = ", please| please|, thanks|, Swiftlet| then| now| exactly|, do you know".split("|")
ASKING = re.compile(r"^(please tell|what|which|who|whom|how|is|are|do|does|can|could|where|when|why|on|in|of|will|may|has|at|should|am|with|by)\b", re.I)


def decorated(text, rng, small=False):
    """The question as someone might type it: marks, capitals, courtesies, slips."""
    if small and rng.random() < 0.7:
        return text + rng.choice(["", "", "", "!", ".", "?" if ASKING.match(text) else ""])
    if rng.random() < 0.12:
        text = rng.choice(PREFIXES) + lowered(text)
    if rng.random() < 0.06 and "," not in text:
        text += rng.choice(SUFFIXES)
    if rng.random() < 0.05:
        text = slip(text, rng)
    roll = rng.random()
    if roll < 0.75:
        text += "?" if ASKING.match(text) or re.search(r"\b(what|which|how)\b", text) else rng.choice([".", ".", ".", "", "?", "!"])
    elif roll < 0.78:
        text += rng.choice(["??", " ?", "!", "...", "?!"])
    roll = rng.random()
    if roll < 0.17:
        text = text.lower()
    elif roll < 0.22:
        text = text[0].lower() + text[1:]
    elif roll < 0.5:
        text = text[0].upper() + text[1:]
    elif roll < 0.505:
        text = text.upper()
    if rng.random() < 0.05:
        text = text.replace("'", "")
    return text


def slip(text, rng):
    """A typing error in one longer word."""
    words = text.split(" ")
    long = [i for i, w in enumerate(words) if len(w) > 4 and w.isalpha() and w.islower()]
    if not long:
        return text
    i = rng.choice(long)
    w, at = words[i], rng.randrange(1, len(words[i]) - 1)
    words[i] = rng.choice([w[:at] + w[at + 1:], w[:at] + w[at] + w[at:], w[:at] + w[at + 1] + w[at] + w[at + 2:]])
    return " ".join(words)


def normalized(text):
    return re.sub(r"[^a-z0-9+\-*/]+", " ", text.lower()).strip()


HELD = {normalized(q) for _, q, _ in heldout.QUESTIONS}


def held_back(text):
    """Whether the training must not see this question: those of heldout.py, and one in 40 of all others, by its checksum."""
    key = normalized(text)
    return key in HELD or zlib.crc32(key.encode()) % 40 == 0


FACTS = list(facts.entries())
KINDS = sorted({kind for kind, _, _ in FACTS})
FACTS_OF = {k: [f for f in FACTS if f[0] == k] for k in KINDS}
KIND_WEIGHTS = [len(FACTS_OF[k]) ** 0.8 * (0.5 if k == "city" else 1) for k in KINDS]
COMMAND_NAMES = list(product.COMMANDS)
COMMAND_WEIGHTS = [1.5 if n in ("embed", "transcribe", "chat", "run") else 1 for n in COMMAND_NAMES]


def command(rng):
    name = rng.choices(COMMAND_NAMES, COMMAND_WEIGHTS)[0]
    how, what, verbs, nouns = product.COMMANDS[name]
    roll = rng.random()
    if roll < 0.14:
        return sample(rng.choice(situations.SITUATIONS[name]), rng), how
    if roll < 0.5:
        return fill(rng.choice(VERB), rng.choice(verbs.split("|")), rng), how
    if roll < 0.64:
        return fill(rng.choice(CAN), rng.choice(verbs.split("|")), rng), "Yes. " + how
    if roll < 0.79:
        return fill(rng.choice(NOUN), rng.choice(nouns.split("|")), rng), how
    if roll < 0.84:
        return fill(rng.choice(NOUN_CAN), rng.choice(nouns.split("|")), rng), "Yes. " + how
    return fill(rng.choice(WHAT), "swiftlet " + name, rng, name), what


def topic(rng):
    answer, templates = product.TOPICS[rng.choice(list(product.TOPICS))]
    return sample(rng.choice(templates), rng), answer


def fact(rng):
    _, answer, templates = rng.choice(FACTS_OF[rng.choices(KINDS, KIND_WEIGHTS)[0]])
    return sample(rng.choice(templates), rng), answer


def talk(rng):
    answer, templates = rng.choice(smalltalk.TALK)
    return sample(rng.choice(templates), rng), answer


def unknown(rng):
    return " ".join(sample(rng.choice(smalltalk.UNKNOWNS), rng).split()), smalltalk.UNKNOWN


def sums(rng):
    return arithmetic.question(rng, sample)


MAKERS = {"command": (command, 15), "topic": (topic, 18), "fact": (fact, 25), "sum": (sums, 29), "talk": (talk, 10), "unknown": (unknown, 3)}


def turn(rng, kind=None, held=False):
    """(kind, question, answer); `held` asks for the questions that the training does not see."""
    while True:
        k = kind or rng.choices(list(MAKERS), [w for _, w in MAKERS.values()])[0]
        text, answer = MAKERS[k][0](rng)
        text = decorated(text, rng, small=k == "talk")
        if held_back(text) == held:
            return k, text, answer


def follow_up(rng):
    """Two or more turns of which the later ones need the earlier ones."""
    roll = rng.random()
    if roll < 0.4:
        pairs = rng.sample(list(facts.capital_pairs()), rng.randint(2, 3))
        first = sample("{What is|What's|Tell me} the capital of " + pairs[0][0], rng)
        asks = [first] + [sample("{And of|And|What about|And the capital of|How about} " + country, rng) for country, _ in pairs[1:]]
        return [(q + "?", f"The capital of {country} is {city}.") for q, (country, city) in zip(asks, pairs)]
    name = rng.choice(smalltalk.NAMES.split("|"))
    ask = sample(smalltalk.ASK_NAME, rng) + rng.choice(["?", "?", ""])
    if roll < 0.55:
        return [(ask, smalltalk.NO_NAME)]
    turns = [(sample(smalltalk.GIVE_NAME, rng) + name + rng.choice([".", "", "!"]), f"Nice to meet you, {name}!")]
    turns += [turn(rng)[1:] for _ in range(rng.choice([0, 0, 0, 1, 2]))]
    return turns + [(ask, f"Your name is {name}.")]


def dialogue(rng):
    """A list of (question, answer)."""
    roll = rng.random()
    if roll < 0.06:
        return follow_up(rng)
    return [turn(rng)[1:] for _ in range(rng.choice([1, 1, 2, 3, 4]))]


def rendered(turns):
    return "".join(f"Q: {q}\nA: {a}{END}\n" for q, a in turns)


def texts(seed, count):
    """Dialogues as plain text, for the training of the vocabulary."""
    rng = random.Random(seed)
    return [rendered(dialogue(rng)) for _ in range(count)]
