"""Common words of English by kind, for the generated sentences: package descriptions lack most of them."""

PEOPLE = """man woman boy girl child kid baby infant toddler teenager adult mother mom father dad parent brother sister son daughter grandmother grandfather uncle aunt cousin nephew
husband wife bride groom neighbour friend guest stranger enemy lover teacher professor pupil student doctor physician surgeon nurse dentist patient lawyer judge farmer baker butcher
cook chef waiter barber tailor plumber carpenter electrician mechanic builder driver pilot sailor captain soldier general king queen prince princess emperor president minister mayor
senator policeman detective thief robber murderer prisoner artist painter musician singer dancer actor actress writer author poet journalist editor scientist engineer programmer
mathematician philosopher priest monk saint athlete runner swimmer coach goalkeeper boss manager employee worker colleague customer tourist traveller citizen immigrant witch giant""".split()
ANIMALS = """dog cat horse cow bull sheep lamb pig goat donkey chicken hen rooster duck goose turkey bird eagle hawk owl crow pigeon sparrow swan parrot penguin fish shark whale dolphin
salmon snake lizard turtle frog spider ant bee wasp fly mosquito butterfly worm snail crab lion tiger leopard bear wolf fox deer rabbit hare mouse rat squirrel bat elephant giraffe
zebra camel monkey gorilla kangaroo puppy kitten""".split()
PLACES = """house flat apartment cottage tent hut palace castle tower kitchen bathroom bedroom cellar attic garage garden yard park playground street road highway crossing bridge tunnel
station airport harbour shop store supermarket market bakery pharmacy bank school kindergarten university college classroom library museum gallery theatre cinema church mosque temple
cathedral cemetery hospital clinic hotel restaurant cafe pub kitchen office factory warehouse prison court parliament embassy stadium gym farm barn village city town capital suburb
country continent island beach coast river lake pond sea ocean waterfall mountain hill valley cave desert forest jungle meadow field border""".split()
OBJECTS = """roof door window wall floor ceiling stairs table desk chair bench sofa bed pillow blanket carpet curtain lamp candle mirror clock watch cup glass plate bowl knife fork spoon pot pan
bottle can box basket bag purse wallet suitcase umbrella coat jacket shirt sweater trousers jeans skirt dress suit tie sock shoe boot hat cap glove scarf belt ring necklace jewel crown car
automobile van lorry truck bus tram train plane aircraft helicopter rocket ship boat canoe bicycle bike motorcycle wheel tyre engine hammer saw nail screw needle thread rope chain ladder
bucket broom shovel axe key lock bell gun sword arrow bomb shield flag coin banknote cheque ticket passport stamp letter envelope parcel gift present card book novel dictionary magazine
newspaper map poster picture painting photo statue toy doll ball balloon kite game puzzle dice guitar violin piano drum trumpet flute pen pencil paper scissors glue phone telephone radio
television camera computer laptop keyboard screen printer battery cable robot fridge oven stove kettle toaster vacuum tap shower bathtub toilet soap towel toothbrush comb razor perfume
medicine pill bandage thermometer wheelchair tree flower rose tulip bush grass leaf root seed fruit stone rock sand mud brick wood metal iron steel copper gold silver diamond plastic
rubber leather cotton wool silk""".split()
FOODS = """bread toast roll cake pie biscuit cookie pancake cheese butter cream yoghurt egg milk coffee tea cocoa wine beer whisky juice lemonade soda apple pear banana orange lemon grape cherry
peach plum melon strawberry raspberry pineapple potato tomato onion garlic carrot cabbage lettuce cucumber pepper pumpkin bean pea corn mushroom rice noodle pasta pizza soup stew salad sandwich
hamburger sausage ham bacon beef pork steak chicken fish shrimp sauce mustard ketchup vinegar oil flour sugar honey jam salt spice chocolate candy nut peanut ice-cream breakfast lunch dinner
supper meal snack dessert""".split()
MATTERS = """weather rain snow ice hail fog wind storm thunder lightning cloud sunshine rainbow sky sun moon star planet comet earth universe fire smoke flame water steam flood earthquake volcano
drought wave tide winter spring summer autumn morning noon afternoon evening night midnight today tomorrow yesterday week month year century holiday vacation birthday anniversary wedding funeral
party festival concert symphony opera orchestra exhibition ceremony picnic journey trip flight voyage accident crash injury wound disease illness cold fever cough headache cancer virus infection
pain health diet sleep dream heart brain blood bone skin muscle stomach lung hand finger arm shoulder foot knee leg toe eye ear nose mouth lip tongue tooth head face hair beard neck back love hate
joy happiness sadness grief anger fear hope courage pride shame envy pity trust doubt surprise boredom hunger thirst money cash salary wage income profit debt loan credit price cost tax rent
insurance budget economy trade business company industry agriculture job career unemployment strike vacancy meeting contract law rule crime theft murder punishment justice freedom right duty
war battle army weapon peace treaty revolution government democracy election vote party politics religion god faith prayer history geography mathematics physics chemistry biology medicine
philosophy language grammar word sentence alphabet poem poetry story legend fairy-tale joke news rumour secret lie truth fact opinion idea plan reason cause result mistake problem solution question
answer advice help favour promise exam test lesson homework grade knowledge skill talent memory art music dance song melody sport football soccer tennis chess race victory defeat team prize
speed strength weight height length distance temperature noise silence light darkness shadow colour shape circle square line number amount half size age youth death birth life marriage divorce family
friendship education science experiment theory discovery invention technology electricity energy pollution climate nature environment traffic data file program software password website internet
network email message""".split()
QUALITIES = """big large huge enormous small tiny little old ancient new modern young good great excellent wonderful bad awful terrible beautiful pretty lovely ugly expensive costly cheap fast quick rapid
slow hot warm cool cold freezing wet damp dry clean tidy dirty heavy light dark bright loud noisy quiet silent calm strong powerful weak hard soft easy simple difficult complicated happy glad cheerful
sad unhappy angry furious afraid scared brave tired sleepy exhausted hungry thirsty sick ill healthy fit rich wealthy poor famous unknown dangerous risky safe empty full open closed shut broken lost
stolen missing red blue green yellow black white brown purple grey round square flat long short tall high low deep wide broad narrow thick thin slim fat sweet sour bitter salty spicy delicious fresh
rotten raw ripe busy lazy clever intelligent smart stupid foolish wise friendly kind polite rude cruel honest strange odd normal usual rare common interesting exciting boring dull funny serious
important useful useless necessary free dead alive pregnant married single lonely popular secret public private foreign native wild tame gentle sharp blunt smooth rough true false wrong correct
possible impossible early late sunny rainy cloudy windy foggy crowded comfortable nervous jealous proud ashamed grateful worried curious bored""".split()
DEEDS = """see/saw find/found lose/lost take/took bring/brought give/gave buy/bought sell/sold steal/stole hide/hid break/broke build/built draw/drew write/wrote read/read sing/sang eat/ate drink/drank
hold/held catch/caught throw/threw hit/hit cut/cut feed/fed ride/rode drive/drove fight/fought beat/beat win/won choose/chose forget/forgot know/knew understand/understood teach/taught
hear/heard tell/told meet/met leave/left keep/kept send/sent spend/spent bite/bit shoot/shot wear/wore sweep/swept dig/dug make/made do/did purchase order rent borrow lend/lent return replace repair fix
mend destroy damage burn paint clean wash polish cook bake fry boil peel pour mix taste smell/smelled touch push pull lift carry drop kick chase follow attack defend protect save rescue kill hunt
photograph film describe explain discuss mention answer ask call visit invite greet thank help love like adore hate fear admire miss remember expect imagine believe doubt study learn/learned examine
check measure count compare discover invent design create destroy collect open close lock fill empty cover wrap decorate pack unpack move turn stop start finish avoid ignore refuse accept allow
forbid/forbade punish forgive/forgave arrest accuse praise criticize deposit withdraw/withdrew pay/paid earn waste plant water harvest share cancel postpone celebrate enjoy watch""".split()
HAPPENINGS = """sleep/slept wake/woke run/ran walk jump climb swim/swam fly/flew fall/fell sit/sat stand/stood lie/lay rise/rose sink/sank float grow/grew shrink/shrank die live arrive leave/left depart
return come/came go/went wait hurry rest work play laugh smile cry weep/wept shout scream whisper talk speak/spoke argue sneeze cough bleed/bled breathe tremble dance sing/sang explode burn melt
freeze/froze boil shine/shone rain snow disappear appear vanish escape hide/hid surrender win/won fail succeed retire travel drown yawn snore dream blush""".split()
HOW = """quickly slowly carefully carelessly quietly loudly suddenly again often never always sometimes rarely today yesterday tonight early late together alone outside inside everywhere abroad
at~home at~work at~night in~the~morning every~day after~dinner before~sunrise in~winter last~year on~Monday without~help with~pleasure by~accident on~purpose for~hours""".replace("~", "_").split()


def third(verb):
    """walk: walks"""
    if verb.endswith(("s", "sh", "ch", "x", "z", "o")):
        return verb + "es"
    return verb[:-1] + "ies" if verb.endswith("y") and verb[-2] not in "aeiou" else verb + "s"


PLURALS = dict(pair.split("/") for pair in """man/men woman/women child/children policeman/policemen wife/wives thief/thieves wolf/wolves mouse/mice goose/geese sheep/sheep deer/deer
fish/fish salmon/salmon""".split())


def plural(noun):
    """fox: foxes"""
    return PLURALS.get(noun) or third(noun)


def ongoing(verb):
    """bake: baking"""
    if verb in ("lie", "die"):
        return verb[:-2] + "ying"
    if verb.endswith("e") and not verb.endswith(("ee", "oe")):
        return verb[:-1] + "ing"
    return verb + verb[-1] + "ing" if doubled(verb) else verb + "ing"


def past(verb):
    """hurry: hurried"""
    if verb.endswith("e"):
        return verb + "d"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb[:-1] + "ied"
    return verb + verb[-1] + "ed" if doubled(verb) else verb + "ed"


def doubled(verb):
    short = len(verb) < 5 or verb in ("forget", "forbid")
    return short and verb[-1] in "bdgmnprt" and verb[-2] in "aeiou" and (len(verb) < 3 or verb[-3] not in "aeiou")


def forms(verbs):
    """(base, third person, past, -ing) of every verb; irregular ones are written base/past."""
    for verb in verbs:
        base, _, irregular = verb.partition("/")
        yield base, third(base), irregular or past(base), ongoing(base)
