"""The closed grammar of what is spoken: commands, digits, times. Every eighth sentence, by its hash, is held back."""
import hashlib

ROOMS = "kitchen bedroom bathroom hallway garage garden office".split()
SWITCHED = "light lamp fan heater radio camera".split()
OPENED = "door window curtains gate".split()
PEOPLE = "Anna Tom Mary Peter Laura David".split()
CITIES = "Berlin Paris Tokyo London".split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
PARTS = "morning afternoon evening".split()
ERRANDS = ["call {person}", "water the garden", "feed the cat", "buy milk", "open the {opened}", "clean the {room}"]
DIGITS = "zero one two three four five six seven eight nine".split()
TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()

FRAMES = [
    (5, "turn {onoff} the {room} {switched}"),
    (3, "{openclose} the {room} {opened}"),
    (3, "set the {room} {switched} to {percent} percent"),
    (3, "set the {room} heater to {degrees} degrees"),
    (4, "set a timer for {count} {unit}"),
    (4, "wake me at {clock} in the {part}"),
    (4, "wake me on {day} at {clock}"),
    (5, "remind me to {errand} on {day}"),
    (5, "remind me to {errand} at {clock}"),
    (7, "call the number {digits}"),
    (5, "the code is {digits}"),
    (3, "call {person} at {clock}"),
    (4, "play {music} in the {room}"),
    (1, "stop the {music1}"),
    (2, "what is the time in {city}"),
    (4, "what is {number} plus {number2}"),
    (3, "it is {minutes} past {hour}"),
    (3, "it is {minutes} to {hour}"),
    (3, "how many {unit} are in {count} {unit2}"),
]


def below_hundred(rng, low=0):
    n = rng.randrange(low, 100)
    if n < 10:
        return DIGITS[n]
    if n < 20:
        return TEENS[n - 10]
    return TENS[n // 10 - 2] + (" " + DIGITS[n % 10] if n % 10 else "")


def hour(rng):
    return rng.choice(DIGITS[1:] + TEENS[:3])


def clock(rng):
    minute = rng.choice(TEENS + TENS[:4] + [t + " " + d for t in TENS[:4] for d in ("five", rng.choice(DIGITS[1:]))])
    return f"{hour(rng)} {minute}"


def slots(rng):
    """One choice for every slot of a frame."""
    values = {
        "onoff": rng.choice(["on", "off"]),
        "openclose": rng.choice(["open", "close", "lock"]),
        "room": rng.choice(ROOMS),
        "switched": rng.choice(SWITCHED),
        "opened": rng.choice(OPENED),
        "percent": rng.choice(TEENS[:1] + TENS + ["one hundred", below_hundred(rng, 1)]),
        "degrees": below_hundred(rng, 5),
        "count": below_hundred(rng, 2),
        "unit": rng.choice(["seconds", "minutes", "hours"]),
        "unit2": rng.choice(["hours", "days", "weeks"]),
        "clock": clock(rng),
        "hour": hour(rng),
        "minutes": rng.choice(["five", "ten", "quarter", "twenty", "half", "twenty five"]),
        "part": rng.choice(PARTS),
        "day": rng.choice(DAYS),
        "person": rng.choice(PEOPLE),
        "city": rng.choice(CITIES),
        "music": rng.choice(["some music", "the news", "the radio", "a song"]),
        "music1": rng.choice(["music", "timer", "alarm", "radio"]),
        "number": below_hundred(rng),
        "number2": below_hundred(rng),
        "digits": " ".join(rng.choice(DIGITS) for _ in range(rng.choice([3, 4, 4, 5, 6]))),
    }
    values["errand"] = rng.choice(ERRANDS).format(**values)
    return values


def sentence(rng):
    """A sentence as it is written: first letter a capital, a full stop or a question mark at the end."""
    frame = rng.choices([f for _, f in FRAMES], [w for w, _ in FRAMES])[0]
    text = frame.format(**slots(rng))
    end = "?" if text.startswith(("what", "how")) else "."
    return text[0].upper() + text[1:] + end


def held_back(text):
    return hashlib.sha256(text.encode()).digest()[0] % 8 == 0


def sentences(rng, count, held):
    """`count` different sentences, all held back or none of them."""
    found = {}
    while len(found) < count:
        text = sentence(rng)
        if held_back(text) == held:
            found.setdefault(text)
    return list(found)


def words(text):
    """The words as they are compared: small letters, no marks."""
    return text.lower().replace(".", " ").replace("?", " ").replace(",", " ").split()
