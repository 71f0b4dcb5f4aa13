"""Sums, differences, products and quotients of small numbers, and comparisons."""

WORDS = ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty").split()
TOO_BIG = "That is too big for me. I only know sums of small numbers."

FRAMES = ["{What is|What's|How much is|Calculate|Compute|What does} {E}", "{What is|What's|How much is} {E}", "{What is|What's|How much is} {E}", "{E} =", "{E}", "{E} equals{| what}", "{E} is{| what| how much}", "{Tell me|Give me|What is the result of|Work out|Solve|Find|Evaluate} {E}",
          "Can you {calculate|compute|tell me|work out|solve} {E}", "{How much|What} {does|do|would} {E} {make|give|equal}", "I need {E}", "{Do you know|Can you tell me|Tell me} {what|how much} {E} is", "what do you get for {E}"]
ADD = ["{x} + {y}", "{x} + {y}", "{x} + {y}", "{x}+{y}", "{x} plus {y}", "{x} plus {y}", "{x} and {y}", "the sum of {x} and {y}"]
SUB = ["{x} - {y}", "{x} - {y}", "{x} - {y}", "{x}-{y}", "{x} minus {y}", "{x} minus {y}", "{x} take away {y}", "the difference of {x} and {y}", "{x} less {y}"]
MUL = ["{x} * {y}", "{x} * {y}", "{x}*{y}", "{x} x {y}", "{x} times {y}", "{x} times {y}", "{x} multiplied by {y}", "the product of {x} and {y}"]
DIV = ["{x} / {y}", "{x} / {y}", "{x}/{y}", "{x} divided by {y}", "{x} divided by {y}", "{x} over {y}"]
ADD_WHOLE = ["Add {x} and {y}", "Add {y} to {x}", "Sum {x} and {y}", "If I have {x} apples and get {y} more, how many do I have", "I have {x} coins and find {y} more. How many coins do I have"]
SUB_WHOLE = ["Subtract {y} from {x}", "Take {y} from {x}", "If I have {x} apples and eat {y}, how many are left", "I have {x} coins and lose {y}. How many coins do I have"]
MUL_WHOLE = ["Multiply {x} by {y}", "Multiply {x} and {y}"]
DIV_WHOLE = ["Divide {x} by {y}"]
KINDS = {"+": (ADD, ADD_WHOLE), "-": (SUB, SUB_WHOLE), "*": (MUL, MUL_WHOLE), "/": (DIV, DIV_WHOLE)}


def numbers(kind, rng):
    """A pair of numbers and the result."""
    if kind == "+":
        most = rng.choices([10, 20, 30], [50, 42, 8])[0]
        x, y = rng.randint(0, most), rng.randint(0, most)
        return x, y, x + y
    if kind == "-":
        x = rng.randint(0, rng.choices([10, 20, 30], [35, 57, 8])[0])
        y = rng.randint(0, min(x, 20))
        return x, y, x - y
    x, y = rng.randint(0, 10), rng.randint(0, 10)
    if kind == "*":
        return x, y, x * y
    y = max(y, 1)
    return x * y, y, x


def question(rng, sample):
    """One question without its mark, and the answer."""
    roll = rng.random()
    if roll < 0.025:
        x, y = rng.sample(range(0, 31), 2)
        more = rng.random() < 0.5
        text = sample(rng.choice(["{What|Which} is {M}, {x} or {y}", "Is {x} or {y} {M}", "{Which|What} number is {M}, {x} or {y}", "{x} or {y}, {what|which} is {M}"])
                      .replace("{M}", "{more|larger|bigger|greater}" if more else "{less|smaller}").replace("{x}", str(x)).replace("{y}", str(y)), rng)
        best = max(x, y) if more else min(x, y)
        return text, f"{best} is {'more' if more else 'less'} than {x + y - best}."
    if roll < 0.045:
        n = rng.randint(1, 40)
        after = rng.random() < 0.6
        text = sample("{What|Which number|What number} {comes|is} " + ("{after|right after}" if after else "{before|right before}") + f" {n}", rng)
        return text, f"{n + 1} comes after {n}." if after else f"{n - 1} comes before {n}."
    if roll < 0.06:
        n = rng.randint(0, 30)
        text = sample(f"Is {n} {{even or odd|odd or even|an even number|an odd number|even|odd}}", rng)
        return text, f"{n} is {'odd' if n % 2 else 'even'}."
    if roll < 0.08:
        x, y = rng.randint(101, 9999), rng.randint(11, 9999)
        return sample(rng.choice(FRAMES[:4]).replace("{E}", rng.choice(["{x} + {y}", "{x} * {y}", "{x} - {y}", "{x} times {y}", "{x} plus {y}"]).replace("{x}", str(x)).replace("{y}", str(y))), rng), TOO_BIG
    kind = rng.choices("+-*/", [43, 27, 23, 7])[0]
    x, y, result = numbers(kind, rng)
    inner, whole = KINDS[kind]
    frame = rng.choice(whole) if rng.random() < 0.12 else rng.choice(FRAMES).replace("{E}", rng.choice(inner))
    words = max(x, y) <= 20 and rng.random() < 0.12 and not any(s in frame for s in "+*/-=")
    xs, ys = (WORDS[x], WORDS[y]) if words else (str(x), str(y))
    if kind == "*" and rng.random() < 0.05 and x in (2,):
        return sample(f"{{What is|What's}} {{twice|double|two times}} {y}", rng), f"2 * {y} = {result}."
    return sample(frame.replace("{x}", xs).replace("{y}", ys), rng), f"{x} {kind} {y} = {result}."
