"""Generated sentences of everyday English, which package descriptions are short of."""
import re

from lexicon import ANIMALS, DEEDS, FOODS, HAPPENINGS, HOW, MATTERS, OBJECTS, PEOPLE, PLACES, QUALITIES, forms, plural

ACTIONS = """bake a cake|bake bread|make a pie|cook dinner|prepare a meal|fry an egg|boil water|boil potatoes|make a sandwich|peel an apple|drink coffee|drink tea|
pour a glass of milk|eat breakfast|have lunch|order a pizza|set the table|wash the dishes|clean the kitchen|sweep the floor|do the laundry|iron a shirt|fold the clothes|
tidy the room|make the bed|take out the rubbish|water the plants|mow the lawn|plant a tree|grow vegetables|paint a wall|paint a picture|draw a horse|build a house|
repair the roof|fix a leaking tap|change a light bulb|move a piano|buy furniture|sell a car|buy a car|rent a flat|rent an apartment|find a new home|pay the rent|pay the bills|
save money|spend money|borrow money|open a bank account|withdraw cash|deposit a cheque|invest in shares|file a tax return|find a job|look for work|quit a job|apply for a job|
hire a worker|write an application|go to the office|attend a meeting|call a colleague|give a speech|sign a contract|start a company|run a business|open a shop|go shopping|
buy groceries|buy new shoes|wear a coat|put on a hat|cut hair|brush teeth|take a shower|take a bath|go to bed|fall asleep|wake up early|set an alarm|take a nap|go for a walk|
walk the dog|feed the cat|ride a horse|ride a bicycle|repair a bicycle|drive a car|park the car|fill the tank|catch a bus|miss the train|take a taxi|book a flight|board a plane|
book a hotel|pack a suitcase|travel abroad|plan a holiday|go on vacation|visit a museum|visit grandmother|climb a mountain|go hiking|go camping|pitch a tent|light a fire|
put out a fire|swim in the lake|go swimming|sail a boat|row across the river|catch a fish|go fishing|go skiing|skate on the ice|build a snowman|run a marathon|go running|
do exercises|lose weight|lift weights|play football|play soccer|play tennis|play chess|play cards|win the game|lose the match|throw a ball|watch a film|watch a movie|
watch television|go to the cinema|listen to music|listen to the radio|play the piano|play the guitar|sing a song|dance at a party|celebrate a birthday|invite friends|
meet a friend|get married|raise a child|feed the baby|tell a story|read a book|read the newspaper|write a letter|write a poem|write a novel|send a postcard|post a parcel|
send an email|answer the phone|make a phone call|take a photo|take a picture|record a video|learn a language|learn to swim|study history|study mathematics|teach children|
pass an exam|fail a test|do homework|solve a puzzle|solve an equation|go to school|see a doctor|go to the dentist|take medicine|treat a cold|break a leg|bandage a wound|
call an ambulance|give blood|stay healthy|stop smoking|calm down|make a decision|change one's mind|tell the truth|tell a lie|keep a secret|ask a question|give an answer|
say sorry|say goodbye|lock the door|open the window|close the door|turn on the light|switch off the lamp|heat the house|cool the room|catch a thief|call the police|
report a crime|win an election|vote for a president|pass a law|sweep the chimney|milk a cow|ride the bus|cross the street|ask for directions|read a map|lose the keys|
find a wallet|wait for a friend|hurry to the station|knit a sweater|sew a dress|polish the shoes|sharpen a knife|cut wood|dig a hole|pick apples|harvest wheat|feed the chickens|
install a package|install a program|set up software|install software|uninstall an application|remove a program|update the system|upgrade a computer|restart the server|
reboot the machine|start the computer|turn off the computer|log in to a website|change a password|reset a password|forget a password|create an account|delete a file|
remove a folder|copy files|move a file|rename a document|back up data|restore a backup|download a file|upload pictures|search the web|search for a text|browse the internet|
print a document|scan a page|edit a text|write a program|write code|compile a program|fix a bug|debug an application|test the software|run a script|open a terminal|
connect to a network|share a folder|send a message|chat with friends|encrypt a disk|compress a file|extract an archive|convert a video|play a song|edit a photo|resize an image|
draw a diagram|make a presentation|fill in a form|fill out a spreadsheet|analyse data|query a database|train a neural network|translate a text|recognise speech|block spam|
protect against viruses|monitor a server|measure the temperature|control a robot|simulate a circuit""".replace("\n", "").split("|")

WISHES = """How do I {a}?|How can I {a}?|How to {a}|What is the best way to {a}?|I want to {a}.|I would like to {a}{w}.|We need to {a}{w}.|She wants to {a}{w}.|He forgot to {a}{w}.|
They decided to {a}{w}.|It is easy to {a}.|It is hard to {a}{w}.|My brother likes to {a}{w}.|Her mother helped him to {a}.|Can you {a}{w}?|Please {a}{w}.|Do not {a}{w}.|
You should {a}{w}.|The teacher is going to {a}{w}.|The children tried to {a}{w}.|{a}|{a}{w}|Why would anyone {a}?|When should I {a}?|Who can help me to {a}?|
The man had to {a}{w}.|A woman wanted to {a} and to {a}.|I had no time to {a}, so I decided to {a}.|Is it better to {a} or to {a}?|a tool to {a}|instructions to {a}|
It costs too much to {a}.|He learned to {a} from his father.|Where can I {a}?""".replace("\n", "").split("|")
WHENS = """| today| tomorrow| tonight| in the morning| in the evening| every day| on Monday| on Sunday| at the weekend| next week| last year| in the summer| in winter| after work|
 before dinner| at home| at school| in the garden| in the city| in the country| by the sea| for the first time| with friends| without help| quickly| slowly| again""".replace("\n", "").split("|")

KINDS = {"p": PEOPLE, "n": ANIMALS, "l": PLACES, "o": OBJECTS, "f": FOODS, "m": MATTERS, "q": QUALITIES, "h": [h.replace("_", " ") for h in HOW],
         "a": ACTIONS, "w": WHENS, "t": PEOPLE + ANIMALS + PLACES + OBJECTS + FOODS + MATTERS, "c": ANIMALS + PEOPLE, "s": OBJECTS + FOODS,
         "x": list(map(plural, ANIMALS)), "y": list(map(plural, ANIMALS + PEOPLE)), "z": list(map(plural, PEOPLE)), "d": list(forms(DEEDS)), "e": list(forms(HAPPENINGS))}
# {d0}: a verb as it is; {d1}: third person; {d2}: past; {d3}: -ing.
STATEMENTS = """The {t} is {q}.|The {q} {t} is {q}.|The {c} {d2} the {t}.|The {c} {d1} the {s}.|The {q} {c} {d2} a {q} {s}.|A {c} {e1} {h}.|The {c} {e2} in the {l}.|The {p} is {d3} the {s} in the {l}.|
The {c} is {e3}.|Someone is {d3} a {t}.|{d3} a {s} in the {l}|{e3} {h}|My {p} {d2} the {s} {h}.|Her {p} {e1} {h}.|The {p} did not {d0} the {t}.|Did the {p} {d0} the {s}?|Why did the {c} {e0}?|
I {d2} my {s} in the {l}.|We {d2} some {f} and {f}.|They {d0} {f} {h}.|She wants to {d0} a {q} {o}.|He could not {d0} his {o}.|Can I {d0} the {o} {h}?|Do not {d0} the {c}!|The {m} of the {p} is {q}.|
I have never seen such a {q} {t}.|What is {m}?|Where is the {l}?|Where can I {d0} a {q} {s}?|Why is the {t} so {q}?|Is the {t} {q}?|How do I {d0} a {s}?|Who {d2} the {t}?|This {t} is {q} and {q}.|
The {t} is {q}, but the {t} is {q}.|Yesterday the {p} {d2} the {c}.|{t} and {t}|a {q} {t}|the {q} {t} and the {q} {t}|How does a {o} work?|How much does the {s} cost?|When will the {t} be {q}?|
There is a {q} {t} near the {l}.|There are many {x} in the {l}.|The {p} was {q} because the {c} {e2}.|The {p} feels {q} and {e1}.|a {o} for the {p}|a book about {m}|an article on {m} and {m}|{m} in the {l}|
Tell me about {m}.|{q} {t}|{t} {t}|The {t} is not {q}.|I think the {t} is too {q}.|the {p} of the {l}|Two {z} {e2} {h}.|The {p} spoke about {m}.|{m} causes {m}.|People need {m}.|to {d0} a {t}|
You should {d0} the {s} before you {d0} the {s}.|When the {c} {e2}, the {p} {d2} the {o}.|I am {q} today.|Are you {q}?|The {f} tastes {q}.|The {l} is full of {y}.|It is {q} in the {l}.""".replace("\n", "").split("|")
SLOT = re.compile(r"\{(\w)(\d?)\}")


def pick(slot, rng):
    word = rng.choice(KINDS[slot[1]])
    return word[int(slot[2])] if slot[2] else word


def sentence(rng):
    frame = rng.choice(WISHES) if rng.random() < 0.35 else rng.choice(STATEMENTS)
    frame = SLOT.sub(lambda slot: pick(slot, rng), frame)
    return (frame if rng.random() < 0.5 else frame[0].upper() + frame[1:]).strip()


def alone():
    """Everything that makes sense by itself."""
    verbs = [form for kind in "de" for verb in KINDS[kind] for form in verb]
    return dict.fromkeys(ACTIONS + KINDS["t"] + QUALITIES + verbs)


def make(count, rng):
    """The words alone, and sentences made of them."""
    texts = alone()
    while len(texts) < count:
        texts[sentence(rng)] = None
    return list(texts)
