"""Simple facts: tables, and the ways to ask for a row. Every entry made is (answer, [question templates])."""

CAPITALS = """France Paris,Germany Berlin,Italy Rome,Spain Madrid,Portugal Lisbon,Austria Vienna,Switzerland Bern,Belgium Brussels,
the Netherlands=Amsterdam,Denmark Copenhagen,Norway Oslo,Sweden Stockholm,Finland Helsinki,Iceland Reykjavik,Ireland Dublin,
the United Kingdom=London,England London,Scotland Edinburgh,Poland Warsaw,the Czech Republic=Prague,Slovakia Bratislava,Hungary Budapest,
Romania Bucharest,Bulgaria Sofia,Greece Athens,Turkey Ankara,Russia Moscow,Ukraine Kyiv,Estonia Tallinn,Latvia Riga,Lithuania Vilnius,
Croatia Zagreb,Serbia Belgrade,Slovenia Ljubljana,Japan Tokyo,China Beijing,India=New Delhi,South Korea=Seoul,Thailand Bangkok,Vietnam Hanoi,
Indonesia Jakarta,the Philippines=Manila,Nepal Kathmandu,Iran Tehran,Iraq Baghdad,Egypt Cairo,Morocco Rabat,Kenya Nairobi,
Nigeria Abuja,Ethiopia=Addis Ababa,Ghana Accra,Tunisia Tunis,the United States=Washington,Canada Ottawa,Mexico=Mexico City,Cuba Havana,
Brazil Brasilia,Argentina=Buenos Aires,Chile Santiago,Peru Lima,Colombia Bogota,Uruguay Montevideo,Australia Canberra,New Zealand=Wellington"""
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS = "January February March April May June July August September October November December".split()
MONTH_DAYS = dict(zip(MONTHS, [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]))
ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()
COLOURS = {"the sky": "blue", "grass": "green", "snow": "white", "a lemon": "yellow", "a banana": "yellow", "blood": "red", "a tomato": "red",
           "coal": "black", "the sun": "yellow", "milk": "white", "an orange": "orange", "a carrot": "orange", "the sea": "blue", "the ocean": "blue",
           "chocolate": "brown", "a leaf": "green", "a strawberry": "red", "an elephant": "grey", "a frog": "green", "salt": "white",
           "a swan": "white", "a raven": "black", "a fire truck": "red", "a rose": "red", "a cucumber": "green", "a pumpkin": "orange", "coffee": "brown"}
MIXES = {("red", "blue"): "purple", ("blue", "yellow"): "green", ("red", "yellow"): "orange", ("black", "white"): "grey", ("red", "white"): "pink"}
SOUNDS = {"dog": "barks", "cat": "meows", "cow": "moos", "duck": "quacks", "sheep": "bleats", "horse": "neighs", "lion": "roars", "bee": "buzzes",
          "frog": "croaks", "pig": "grunts", "snake": "hisses", "wolf": "howls", "owl": "hoots", "mouse": "squeaks", "bird": "sings", "rooster": "crows"}
YOUNG = {"dog": "puppy", "cat": "kitten", "cow": "calf", "sheep": "lamb", "horse": "foal", "pig": "piglet", "duck": "duckling", "hen": "chick",
         "goat": "kid", "lion": "cub", "bear": "cub", "kangaroo": "joey", "swan": "cygnet", "frog": "tadpole"}
LEGS = {"dog": 4, "cat": 4, "spider": 8, "ant": 6, "bee": 6, "bird": 2, "horse": 4, "snake": 0, "fly": 6, "human": 2, "chicken": 2, "cow": 4, 
        "fish": 0, "duck": 2, "elephant": 4, "beetle": 6, "frog": 4}
OPPOSITES = """hot cold,big small,fast slow,up down,left right,day night,black white,good bad,old young,new used,happy sad,high low,long short,open closed,
full empty,hard soft,light dark,early late,strong weak,wet dry,rich poor,loud quiet,clean dirty,easy difficult,near far,thick thin,wide narrow,
first last,yes no,true false,begin end,buy sell,love hate,win lose,push pull,front back,inside outside,north south,east west,summer winter,
cheap expensive,heavy lightweight,sweet sour,sharp blunt,deep shallow,alive dead,right wrong,always never,more less,before after,above below,
brave cowardly,polite rude,tall short,large small,start stop,ask answer,hello goodbye,friend enemy,war peace,laugh cry,smooth rough"""
PLANETS = "Mercury Venus Earth Mars Jupiter Saturn Uranus Neptune".split()
UNITS = """minutes an hour=60,seconds a minute=60,hours a day=24,days a week=7,months a year=12,days a year=365,weeks a year=52,
centimeters a meter=100,meters a kilometer=1000,grams a kilogram=1000,millimeters a centimeter=10,bits a byte=8,
years a century=100,years a decade=10,milliseconds a second=1000,cents a dollar=100,eggs a dozen=12,
seasons a year=4,letters the English alphabet=26,inches a foot=12,feet a yard=3,days a leap year=366,
minutes half an hour=30,milliliters a liter=1000,kilograms a ton=1000,players a football team=11,strings a violin=4,planets the solar system=8,
continents the world=7,colors a rainbow=7,sides a triangle=3,sides a square=4,sides a hexagon=6,sides a cube=6"""
CONTINENTS = {"Europe": "France,Germany,Italy,Spain,Poland,Norway,Sweden,Greece,Portugal,Austria,Finland,Ireland",
              "Asia": "Japan,China,India,Thailand,Vietnam,Nepal,Iran,South Korea", "Africa": "Egypt,Kenya,Nigeria,Morocco,Ghana,Ethiopia,Tunisia",
              "South America": "Brazil,Argentina,Chile,Peru,Colombia,Uruguay", "North America": "Canada,Mexico,Cuba,the United States"}
SINGLE = [
    ("The largest planet is Jupiter.", "{What|Which} is the {largest|biggest} planet|Which planet is the {largest|biggest}|Name the {largest|biggest} planet"),
    ("The smallest planet is Mercury.", "{What|Which} is the {smallest|tiniest} planet|Which planet is the smallest|Name the smallest planet"),
    ("The closest planet to the sun is Mercury.", "{What|Which} planet is {closest|nearest} to the sun|What is the {closest|nearest} planet to the sun"),
    ("Mars is called the red planet.", "{What|Which} planet is {red|called the red planet|known as the red planet}|What is the red planet"),
    ("Saturn is the planet with big rings.", "{What|Which} planet has {rings|big rings|the rings}"),
    ("We live on Earth.", "{What|Which} planet do {we|people|humans|you} live on|On {what|which} planet do we live"),
    ("The largest ocean is the Pacific.", "{What|Which} is the {largest|biggest} ocean|Which ocean is the {largest|biggest}|Name the {largest|biggest} ocean"),
    ("The highest mountain is Mount Everest.", "{What|Which} is the {highest|tallest} mountain{| in the world| on Earth}|Which mountain is the {highest|tallest}|Name the highest mountain"),
    ("The largest animal is the blue whale.", "{What|Which} is the {largest|biggest} animal{| in the world| on Earth}|Which animal is the {largest|biggest}"),
    ("The fastest land animal is the cheetah.", "{What|Which} is the fastest {land animal|animal}|Which animal {is the fastest|runs fastest}"),
    ("The tallest animal is the giraffe.", "{What|Which} is the tallest animal|Which animal {is the tallest|has the longest neck}"),
    ("Water boils at 100 degrees Celsius.", "{At what temperature|When|At which temperature} does water boil|What is the boiling point of water|How hot is boiling water"),
    ("Water freezes at 0 degrees Celsius.", "{At what temperature|When|At which temperature} does water freeze|What is the freezing point of water"),
    ("Ice is frozen water.", "{What is|What's} ice{| made of}|What is frozen water{| called}"),
    ("Bees make honey.", "{What do bees make|Who makes honey|Where does honey come from|Which animals make honey|Which animal makes honey}"),
    ("Cows give milk.", "{Where does milk come from|Which animal gives milk|What do cows give|Which animal gives us milk}"),
    ("The sun is a star.", "{What is the sun|Is the sun a star|Is the sun a planet|What kind of thing is the sun}"),
    ("The moon goes around the Earth.", "{What goes around the Earth|What does the moon go around|What does the moon orbit|What orbits the Earth}"),
    ("The Earth goes around the sun.", "{What does the Earth go around|What does the Earth orbit|Around what does the Earth move}"),
    ("The sun rises in the east.", "Where does the sun {rise|come up}|In {which|what} direction does the sun {rise|come up}"),
    ("The sun sets in the west.", "Where does the sun {set|go down}|In {which|what} direction does the sun {set|go down}"),
    ("A swift is a small, very fast bird.", "{What is|What's|Describe} a {swift|swiftlet bird}|{What kind of|Which} animal is a {swift|swiftlet}|Is a swift a bird"),
    ("Plants need water and light.", "What do {plants|flowers|trees} need{| to grow| to live}|How do {plants|flowers} grow"),
    ("The seasons are spring, summer, autumn and winter.", "{What are|Name|List|Which are|Tell me} the {seasons|four seasons}{| of the year}"),
    ("Spring comes after winter.", "{What|Which season} comes after winter|What season follows winter"),
    ("Summer comes after spring.", "{What|Which season} comes after spring|What season follows spring"),
    ("Autumn comes after summer.", "{What|Which season} comes after summer|What season follows summer"),
    ("Winter comes after autumn.", "{What|Which season} comes after {autumn|fall}|What season follows {autumn|fall}"),
    ("Winter is the coldest season.", "{What|Which} {season is the coldest|is the coldest season|is the cold season}|When is it cold"),
    ("Summer is the warmest season.", "{What|Which} {season is the warmest|is the warmest season|is the hottest season|season is the hottest}|When is it warm"),
    ("The days are Monday, Tuesday, Wednesday, Thursday, Friday, Saturday and Sunday.", "{What are|Name|List|Which are|Tell me} {the days of the week|the days|all days of the week|the weekdays}"),
    ("The weekend is Saturday and Sunday.", "{When is|What is|Which days are|What days are} the weekend"),
    ("The planets are Mercury, Venus, Earth, Mars, Jupiter, Saturn, Uranus and Neptune.", "{What are|Name|List|Which are|Tell me} {the planets|all planets|the planets of the solar system|all the planets}"),
    ("The primary colors are red, yellow and blue.", "{What are|Name|List|Which are|Tell me} the {primary colors|primary colours|basic colors}"),
    ("February is the shortest month.", "{What|Which} {is the shortest month|month is the shortest|month has the fewest days}"),
    ("A hand has five fingers.", "How many fingers {does a hand have|are on a hand|do I have on one hand|has a hand}"),
    ("A person has two eyes.", "How many eyes {does a person have|do people have|do you have|do humans have|has a human}"),
    ("A person has two ears.", "How many ears {does a person have|do people have|do humans have|has a human}"),
    ("We see with our eyes.", "{What|With what} do {we|people|you} see{| with}"),
    ("We hear with our ears.", "{What|With what} do {we|people|you} hear{| with}"),
    ("A car has four wheels.", "How many wheels {does a car have|has a car|are on a car}"),
    ("A bicycle has two wheels.", "How many wheels {does a bicycle have|does a bike have|has a bicycle|has a bike}"),
    ("Penguins cannot fly.", "{Can penguins fly|Do penguins fly|Which bird cannot fly|Name a bird that cannot fly}"),
    ("Yes, birds can fly.", "{Can birds fly|Do birds fly|Are birds able to fly}"),
    ("Fire is hot.", "Is fire {hot|cold|hot or cold}|{What|How} is fire"),
    ("Ice is cold.", "Is ice {hot|cold|hot or cold|warm}"),
    ("Rain falls from clouds.", "Where does rain come from|What falls from {clouds|the clouds}|From where does rain fall"),
    ("The heart pumps blood.", "{What does the heart do|What pumps blood|What is the heart for}"),
    ("Bread is made from flour.", "What is bread made {of|from}|{How|From what} is bread made"),
    ("Cheese is made from milk.", "What is cheese made {of|from}|From what is cheese made"),
    ("Paper is made from wood.", "What is paper made {of|from}|From what is paper made"),
    ("Wool comes from sheep.", "Where does wool come from|Which animal gives {wool|us wool}"),
    ("Eggs come from hens.", "Where do eggs come from|Which {animal|bird} lays eggs|What do hens lay"),
    ("The Nile is in Africa.", "{Where|In which continent|On which continent} is the Nile"),
    ("The Alps are in Europe.", "{Where|In which continent|On which continent} are the Alps"),
    ("The Eiffel Tower is in Paris.", "{Where|In which city|In what city} is the Eiffel Tower|Which city has the Eiffel Tower"),
    ("The first letter of the alphabet is A.", "{What|Which} is the first letter{| of the alphabet}|What letter comes first"),
    ("The last letter of the alphabet is Z.", "{What|Which} is the last letter{| of the alphabet}|What letter comes last"),
    ("The day has morning, noon, evening and night.", "{What are|Name} the parts of the day"),
    ("A triangle has three corners.", "How many corners {does a triangle have|has a triangle}"),
    ("Apples grow on trees.", "Where do apples {grow|come from}|What grows on {apple trees|an apple tree}|On what do apples grow"),
    ("An apple is a fruit.", "{What is an apple|Is an apple a fruit|What kind of food is an apple|Is an apple a vegetable}"),
    ("A dog is an animal.", "{What is a dog|Is a dog an animal|What kind of thing is a dog}"),
    ("A cat is an animal.", "{What is a cat|Is a cat an animal|What kind of thing is a cat}"),
    ("Lions eat meat.", "What do lions {eat|like to eat}"),
    ("Cows eat grass.", "What do cows {eat|like to eat}"),
    ("Cats like to eat fish and mice.", "What do cats {eat|like to eat}"),
    ("H2O is water.", "{What is|What's} {H2O|h2o}|What is the {formula of water|chemical formula of water}"),
    ("Fish live in water.", "Where do fish {live|swim}|What animals live in water"),
    ("A year with 366 days is a leap year.", "{What is|What's} a leap year"),
    ("People speak English in England.", "What {language do people speak|is the language} in England"),
    ("People speak French in France.", "What {language do people speak|is the language} in France"),
    ("People speak German in Germany.", "What {language do people speak|is the language} in Germany"),
    ("People speak Spanish in Spain.", "What {language do people speak|is the language} in Spain"),
]


def a(noun):
    return ("an " if noun[0] in "aeiou" else "a ") + noun


def capitalized(text):
    return text[0].upper() + text[1:]


def capital_pairs():
    for row in CAPITALS.replace("\n", "").split(","):
        country, city = row.split("=") if "=" in row else row.split(" ")
        yield country, city


def entries():
    """Yields (kind, answer, templates)."""
    for country, city in capital_pairs():
        yield "capital", f"The capital of {country} is {city}.", [
            f"{{What is|What's|Tell me|Name|Do you know|Give me|Which city is|What city is|Say}} the capital{{| city}} of {country}",
            f"{{What is|What's|Tell me|Name}} {country}'s capital{{| city}}", f"{{Which|What}} city is {country}'s capital",
            f"{country}'s capital{{| is what| city}}", f"{{capital|Capital}} of {country}", f"{{Do you know|Tell me|Can you tell me|I want to know}} what the capital of {country} is",
            f"{{Which|What}} city is the capital of {country}", f"What is the {{name of the|}} capital {{of|city of|in}} {country}", f"The capital of {country} is {{what|which city|called what}}",
            f"{country} has which capital", f"{{I need|I forgot|I want|I am looking for|I do not know}} the capital of {country}", f"{{Can|Could}} you {{name|tell me|give me|say}} the capital{{| city}} of {country}"]
        if country != "England":
            yield "city", f"{city} is the capital of {country}.", [
                f"{{Of which country is {city} the capital|{city} is the capital of which country|{city} is the capital of what|What country has {city} as its capital|Which country has the capital {city}|Which country's capital is {city}}}",
                f"{{What country|Which country|What land|Where}} is {city}{{| in}}" if " " not in city else f"Where is {city}"]
    for names, kind in ((DAYS, "day"), (MONTHS, "month")):
        for i, name in enumerate(names):
            after, before = names[(i + 1) % len(names)], names[i - 1]
            yield kind, f"{after} comes after {name}.", [f"{{What|Which {kind}|What {kind}}} {{comes|is|follows}} after {name}", f"{{What|Which {kind}|What {kind}}} follows {name}",
                                                       f"{{What|Which}} is the {{next {kind} after|{kind} after|{kind} following}} {name}", f"What comes next after {name}", f"The {kind} after {name}"]
            yield kind, f"{before} comes before {name}.", [f"{{What|Which {kind}|What {kind}}} {{comes|is}} before {name}", f"{{What|Which}} is the {kind} before {name}", f"The {kind} before {name}"]
    for i, name in enumerate(MONTHS):
        yield "month", f"{name} is the {ORDINALS[i]} month.", [f"{{What|Which}} is the {ORDINALS[i]} month{{| of the year}}", f"{{Which|What}} month is {{the|}} {ORDINALS[i]}", f"Name the {ORDINALS[i]} month"]
        yield "month", f"{name} has {MONTH_DAYS[name]} days.", [f"How many days {{does {name} have|are in {name}|has {name}|are there in {name}}}", f"How long is {name}"]
    for i, name in enumerate(PLANETS):
        yield "planet", f"{name} is the {ORDINALS[i]} planet.", [f"{{What|Which}} is the {ORDINALS[i]} planet{{| from the sun}}", f"{{Which|What}} planet is the {ORDINALS[i]}", f"Name the {ORDINALS[i]} planet"]
    for thing, colour in COLOURS.items():
        yield "colour", f"{capitalized(thing)} is {colour}.", [f"{{What|Which}} {{color|colour}} {{is|has}} {thing}", f"{{What|Which}} {{color|colour}} is {thing}", f"{{What is|What's|Tell me}} the {{color|colour}} of {thing}",
                                                               f"{{Do you know|Tell me|Can you tell me}} {{what|which}} {{color|colour}} {thing} is"]
    for (x, y), z in MIXES.items():
        for p, q in ((x, y), (y, x)):
            yield "colour", f"{capitalized(p)} and {q} make {z}.", [f"{{What|What color|What colour}} {{do|does}} {p} and {q} make", f"What {{do you get|happens}} if you mix {p} and {q}", f"{{Mix|mix}} {p} and {q}", f"What is {p} mixed with {q}"]
    for animal, sound in SOUNDS.items():
        yield "animal", f"{capitalized(a(animal))} {sound}.", [f"What sound does {a(animal)} make", f"{{What does|How does}} {a(animal)} {{say|sound}}", f"{{Which|What}} noise does {a(animal)} make", f"Which animal {sound}", f"What {sound}"]
    for animal, young in YOUNG.items():
        yield "animal", f"A young {animal} is called {a(young)}.", [f"{{What is|What's|What do you call|How do you call}} {{a young|a baby|the young of a|the baby of a}} {animal}{{| called}}", f"{{Name|What is the name of}} {{a baby|a young}} {animal}"]
    for animal, n in LEGS.items():
        yield "animal", f"{capitalized(a(animal))} has {n or 'no'} legs.", [f"How many legs {{does {a(animal)} have|has {a(animal)}|has {a(animal)} got}}", f"How many legs do {animal}s have", f"{{Number|The number}} of legs of {a(animal)}"]
    for row in OPPOSITES.replace("\n", "").split(","):
        x, y = row.split(" ")
        for p, q in (((x, y),) if x in ("new", "tall", "large", "heavy", "right") else ((x, y), (y, x))):
            yield "opposite", f"The opposite of {p} is {q}.", [f"{{What is|What's|Tell me|Name|Give me|Do you know|Say}} the opposite of {p}", f"{{opposite|Opposite}} of {p}", f"{{What is|What's}} {p}'s opposite", f"{{Which|What}} word is the opposite of {p}", f"{{Which|What}} is the contrary of {p}",
                                                               f"{{Which|What}} word means the opposite of {p}", f"{p} is the opposite of what", f"{{Do you know|Tell me|Can you tell me}} what the opposite of {p} is", f"What is {p} the opposite of"]
    for row in UNITS.replace("\n", "").split(","):
        what, n = row.split("=")
        unit, whole = what.split(" ", 1)
        yield "unit", f"{capitalized(whole)} has {n} {unit}.", [f"How many {unit} {{are|are there|do you find}} in {whole}", f"How many {unit} {{does|do}} {whole} have", f"How many {unit} {{make|make up}} {whole}", f"How many {unit} has {whole}",
                             f"{{Tell me|Do you know|Can you tell me}} how many {unit} are in {whole}", f"{{What is|Tell me}} the number of {unit} in {whole}"]
    for continent, countries in CONTINENTS.items():
        for country in countries.split(","):
            yield "continent", f"{capitalized(country)} is in {continent}.", [f"{{On what|Which|What|On which|In which|In what}} continent is {country}{{| on| in}}", f"Where is {country}", f"Where {{can I find|do I find}} {country}"]
    for answer, asks in SINGLE:
        yield "other", answer, split_outside(asks)


def split_outside(text):
    """Splits at each `|` that is not within braces."""
    parts, depth, start = [], 0, 0
    for i, c in enumerate(text):
        depth += (c == "{") - (c == "}")
        if c == "|" and depth == 0:
            parts.append(text[start:i])
            start = i + 1
    return parts + [text[start:]]
