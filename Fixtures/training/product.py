"""What the model knows of Swiftlet: its commands, options and nature, each with many ways to ask."""

# Each command: the answer to "how do I", the answer to "what does it do", verb phrases, nouns.
COMMANDS = {
    "run": ("Use swiftlet run -m model.gguf -p with your prompt. It completes the text.",
            "swiftlet run completes a prompt with a decoder model and prints the text.",
            "complete a prompt|generate text|continue a text|complete a sentence|finish a sentence|run a prompt|write some text with a model|"
            "run a model|run a language model|generate some words|produce text|let the model write|run an LLM|start generating|"
            "extend a piece of text|generate a completion|get a completion|run inference on a prompt|try a prompt|create text from a prompt|"
            "run a decoder|make the model write something|continue my text|run a GGUF model|generate text from a prompt|autocomplete a text",
            "text generation|completion|a completion|text completion|generated text|generation|prompt completion"),
    "chat": ("Use swiftlet chat -m model.gguf. It starts a chat in the terminal.",
             "swiftlet chat starts a conversation with a model in the terminal.",
             "chat with a model|talk to a model|have a conversation|start a chat|speak with a model|hold a conversation with a model|"
             "chat|open a chat session|talk with the model|use the REPL|start the chat REPL|ask a model questions interactively|"
             "converse with a model|start an interactive session|have a dialogue|chat in the terminal|talk to an LLM|chat with a bot|"
             "have a chat|begin a conversation|ask questions in a dialogue|use it as a chatbot|open an interactive chat",
             "a chat|a conversation|the REPL|an interactive session|a dialogue|interactive chat|a chatbot|chatting"),
    "embed": ("Use swiftlet embed -m model.gguf. It prints a vector for each text.",
              "swiftlet embed computes embeddings: it turns each text into a vector.",
              "compute embeddings|get embeddings|embed a sentence|embed text|turn text into vectors|make embeddings|create embeddings|"
              "get a vector for a sentence|convert text to a vector|encode a sentence as a vector|calculate an embedding|"
              "generate embeddings|obtain sentence embeddings|compute a text embedding|produce sentence vectors|embed my documents|"
              "get the embedding of a text|vectorize text|map a sentence to a vector|extract embeddings|run an embedding model|"
              "represent text as numbers|encode text|embed a paragraph|compute vectors for my texts|transform sentences into vectors",
              "embeddings|an embedding|sentence vectors|text vectors|sentence embeddings|text embeddings|vectors for my texts|vectors"),
    "similarity": ("Use swiftlet similarity -m model.gguf with two texts. It prints how alike they are.",
                   "swiftlet similarity compares two texts and prints how alike they are.",
                   "compare two sentences|compare two texts|measure similarity|see how similar two texts are|compare the meaning of two sentences|"
                   "check whether two sentences mean the same|find out how close two texts are|compute cosine similarity|"
                   "compute the similarity of two texts|score the similarity of two sentences|see if two texts are alike|"
                   "tell how alike two sentences are|get a similarity score|measure how close two sentences are|compare texts|"
                   "calculate the cosine of two texts|check the similarity between two strings|test if two phrases mean the same thing",
                   "similarity|text similarity|cosine similarity|a similarity score|semantic similarity|comparing two texts"),
    "search": ("Use swiftlet search -m model.gguf. It finds the texts closest to a query.",
               "swiftlet search finds the texts that are closest in meaning to a query.",
               "search my documents|search a text file|find the closest text|do semantic search|search by meaning|find similar documents|"
               "look something up in my files|find matching texts|search through texts|find lines close to a query|query my documents|"
               "find the best matching passage|search a collection|find relevant documents|find related texts|search my notes|"
               "look through many texts|find the nearest texts|find a passage by its meaning|run a semantic search|search files",
               "search|semantic search|document search|searching my files|search by meaning|retrieval|vector search"),
    "rerank": ("Use swiftlet rerank -m model.gguf. It sorts texts by how well they answer a query.",
               "swiftlet rerank sorts texts by how well they answer a query.",
               "rerank results|rerank documents|reorder search results|sort passages by relevance|rank texts for a query|"
               "order documents by relevance|use a cross-encoder|score documents against a query|rank candidates|sort results by relevance|"
               "improve the order of search results|put the best answers first|re-rank a list of passages|rank my documents|"
               "score passages for a question|sort answers by how good they are|rank search hits|run a reranker",
               "reranking|a reranker|a cross-encoder|relevance scores|ranking|relevance ranking|a ranking of documents"),
    "fill-mask": ("Use swiftlet fill-mask -m model.gguf. It guesses the word behind [MASK].",
                  "swiftlet fill-mask guesses the word behind [MASK] with an encoder such as BERT.",
                  "fill in a masked word|predict a masked word|guess a missing word|fill a mask|fill in the blank|guess the hidden word|"
                  "predict the [MASK] token|use a masked language model|complete a sentence with [MASK]|find the missing word|"
                  "fill in a missing word|predict a blank word|guess what stands behind [MASK]|replace [MASK] with a word|"
                  "use BERT to guess a word|fill a gap in a sentence|predict the word in a gap|fill in masked tokens|fill gaps",
                  "masked words|mask filling|masked language models|[MASK]|missing words|a masked word|the missing word|cloze tests"),
    "transcribe": ("Use swiftlet transcribe -m model.gguf with a WAV file. It prints the spoken words.",
                   "swiftlet transcribe turns speech in a WAV file into text with Whisper.",
                   "transcribe audio|transcribe speech|turn speech into text|convert audio to text|write down a recording|use Whisper|"
                   "get text from a WAV file|transcribe a recording|recognize speech|turn a voice memo into text|convert speech to text|"
                   "transcribe a WAV file|get a transcript|make a transcript of an interview|write out what someone says|"
                   "transcribe a podcast|convert a recording to text|do speech recognition|run Whisper|transcribe my meeting|"
                   "get the words out of an audio file|turn audio into text|make subtitles from audio|dictate|understand an audio file|"
                   "change spoken words to text|transcribe an audio file|transcribe a voice message|get text from sound",
                   "speech to text|speech recognition|a transcript|transcription|Whisper|audio transcription|dictation|"
                   "a transcript of my audio|voice recognition|audio|speech"),
    "tokenize": ("Use swiftlet tokenize -m model.gguf. It prints the tokens of a text.",
                 "swiftlet tokenize splits a text into tokens and prints them.",
                 "tokenize text|see the tokens of a text|split text into tokens|count tokens|get token ids|count the tokens in a text|"
                 "show how a text is split|find out how many tokens a text has|see token numbers|list the tokens|use the tokenizer|"
                 "turn text into tokens|convert text to token ids|print the tokens of a sentence|look at the tokens|check the tokenizer|"
                 "see how a sentence is tokenized|break text into tokens|get the tokens of a string|know the number of tokens",
                 "tokens|tokenization|token ids|the tokenizer|the token count|the number of tokens|a list of tokens"),
    "logits": ("Use swiftlet logits -m model.gguf -o out.npy. It writes the scores of every next token.",
               "swiftlet logits writes the scores a model gives to every next token to a file.",
               "see the logits|get the logits|print logits|see the scores of the next token|get next token scores|dump the logits|"
               "see which tokens are likely next|look at the raw outputs|get raw model outputs|show the top next tokens|inspect the logits|"
               "see the raw scores|get the output scores of a model|list the most likely next tokens|print next token probabilities|"
               "see the probabilities of the next token|view raw scores|compare logits",
               "logits|next token scores|raw scores|the raw outputs|next token probabilities|output scores|the scores of the next token"),
    "perplexity": ("Use swiftlet perplexity -m model.gguf with a text. A lower number is better.",
                   "swiftlet perplexity measures how well a model predicts a text. Lower is better.",
                   "measure perplexity|compute perplexity|see how well a model predicts a text|measure the quality of a model|"
                   "calculate the perplexity of a text|check the quality of a quantized model|evaluate a model on a text|get the perplexity|"
                   "test how good a model is|score a model on a text|find the perplexity|evaluate a language model|measure model quality|"
                   "see how much quality quantization costs|check how well a model fits a text|judge a model's quality",
                   "perplexity|model quality|a quality measure|the quality of a model|the perplexity of a text|a model evaluation"),
    "inspect": ("Use swiftlet inspect -m model.gguf. It lists the metadata and the tensors.",
                "swiftlet inspect lists the metadata and the tensors of a GGUF file.",
                "inspect a model|see the metadata|list the tensors|look inside a GGUF file|see what is in a model file|show model info|"
                "read the metadata of a model|print the metadata|view tensor shapes|find out the architecture of a model|"
                "examine a GGUF file|check what a file contains|show the tensors of a model|get information about a model|"
                "see the details of a model|look at the metadata|dump the metadata|see the layers of a model|look into a model|"
                "find out which type a model has|check the context length of a model|see the contents of a GGUF file|show the header",
                "metadata|model info|tensors|the metadata of a model|the list of tensors|model details|the contents of a GGUF file|"
                "information about a model|tensor shapes"),
    "bench": ("Use swiftlet bench -m model.gguf. It prints the speed in tokens per second.",
              "swiftlet bench measures the speed of a model in tokens per second.",
              "measure speed|benchmark a model|see how fast a model is|test the speed|measure tokens per second|run a benchmark|"
              "time a model|check performance|measure the performance of a model|find out how fast my machine is|get tokens per second|"
              "compare the speed of two models|know how fast it runs|measure how quickly a model runs|test performance|"
              "do a speed test|benchmark my computer|see how many tokens per second I get|measure throughput|profile the speed of a model",
              "speed|benchmarks|a benchmark|performance|tokens per second|timing|throughput|a speed test|benchmarking"),
    "quantize": ("Use swiftlet quantize. It makes a model smaller, for example as Q8_0 or Q4_0.",
                 "swiftlet quantize makes a model file smaller, for example as Q8_0 or Q4_0.",
                 "quantize a model|make a model smaller|shrink a model|reduce the size of a model|compress a model|turn a model into Q4_0|"
                 "convert weights to Q8_0|make a model file smaller|get a smaller model|lower the memory a model needs|make a Q4_0 file|"
                 "make a Q8_0 model|store weights in 4 bits|reduce the precision of the weights|shrink my GGUF file|"
                 "make my model take less space|save memory with 8-bit weights|squeeze a model|change a model to Q4_0|cut the size of a model",
                 "quantization|a smaller model|a Q4_0 model|a Q8_0 file|8-bit weights|4-bit weights|model compression|quantizing|"
                 "a smaller file"),
    "convert": ("Use swiftlet convert. It turns a model from another format into a GGUF file.",
                "swiftlet convert turns a model from another format into a GGUF file.",
                "convert a model|make a GGUF file|convert safetensors to GGUF|turn a Hugging Face model into GGUF|create a GGUF file|"
                "import a model|convert a checkpoint|change a model to GGUF|get a GGUF file from a checkpoint|import a Hugging Face model|"
                "convert a model to GGUF|use a safetensors model|produce a GGUF file|build a GGUF from a model|export a model to GGUF|"
                "transform a PyTorch model into GGUF|translate a model to the GGUF format|load safetensors",
                "conversion|model conversion|safetensors|converting to GGUF|a GGUF of my model|converting models|importing models"),
}

# Options and topics: an answer and the questions, alternatives in {a|b|c}.
TOPICS = {
    "what": ("Swiftlet is a small inference runtime in Swift. It runs GGUF models on the CPU, inside your program.",
             ["{What is|What's|What exactly is|Explain|Describe|Define|So what is} {Swiftlet|swiftlet|this Swiftlet|the Swiftlet project}",
              "{Tell me|Say something|I want to know|I'd like to hear|Talk|Give me some information} about {Swiftlet|swiftlet|the Swiftlet project|this project}",
              "{What does|What can} Swiftlet do", "What is {Swiftlet for|Swiftlet good for|the purpose of Swiftlet|the point of Swiftlet|Swiftlet used for}",
              "What kind of {software|program|tool|project|thing} is Swiftlet", "{Can|Could} you {explain|describe|introduce} Swiftlet{| to me| briefly}",
              "{Why would I use|Why should I use|What do people use} Swiftlet{| for}", "I have never heard of Swiftlet",
              "{What does|Please tell me what does} the name Swiftlet {mean|stand for}", "Who or what is Swiftlet", "Swiftlet"]),
    "language": ("Swiftlet is written in Swift. Its kernels are written in C.",
                 ["{What|Which} {programming language|language} is Swiftlet {written in|made in|coded in|built in|programmed in}",
                  "{What|Which} {programming language|language} does Swiftlet use", "Is Swiftlet written in {Swift|C|Rust|C++|Python}",
                  "{How|In which language|In what language} is Swiftlet {written|implemented|programmed|built}",
                  "What is Swiftlet {written|made|built|coded} in", "What are the kernels written in", "Which language are the kernels in"]),
    "gpu": ("No. Swiftlet runs on the CPU only, so it works without a GPU.",
            ["{Does Swiftlet need|Do I need|Must I have|Does it need|Does Swiftlet require|Does it require} a {GPU|graphics card|video card}{| for Swiftlet| to run Swiftlet|}",
             "{Can|Does|Will} Swiftlet {use|run on} {the GPU|a GPU|my graphics card|CUDA|Metal}", "Is there {GPU support|CUDA support}{| in Swiftlet}",
             "Is a {GPU|graphics card} {needed|required|necessary}"]),
    "cpu": ("Yes. Swiftlet is made for the CPU. It uses fast C kernels and all your threads.",
            ["{Does|Can|Will} Swiftlet {run|work} on {the CPU|a CPU|my CPU|an ordinary processor|a laptop|a normal computer}",
             "{Is Swiftlet|Is it} made for the CPU", "Can I run it on {a CPU|my laptop|my computer}"]),
    "hardware": ("Swiftlet runs on the CPU, with kernels for x86-64 and ARM.",
                 ["{What|Which} {hardware|processors|CPUs|machines|processor|computer} does Swiftlet {run on|support|need}",
                  "{What|Which} hardware do I need{| for Swiftlet}", "Where does Swiftlet run", "On what does Swiftlet run",
                  "Does Swiftlet run on {ARM|x86|Apple silicon|Intel|AMD}"]),
    "network": ("No. Swiftlet works offline. It needs no network and no server.",
                ["{Does|Will} {Swiftlet|it} {need|use|require} {the internet|a network|an internet connection|a server|the cloud|a connection}",
                 "{Do I need|Must I have|Must I run} {the internet|a network|an internet connection|a server|the cloud|to be online}{| for Swiftlet| to use Swiftlet}",
                 "Does Swiftlet {send my data anywhere|send data to the cloud|phone home|upload my data|talk to a server|go online}",
                 "Is there a server{| in Swiftlet| involved}", "Is {a server|the internet|a network} {needed|required|necessary}"]),
    "offline": ("Yes. Swiftlet works offline. It needs no network and no server.",
                ["{Does|Can|Will} {Swiftlet|it} {work|run|be used} {offline|without internet|without a network|without the internet|without a server}",
                 "Is {Swiftlet|it} {offline|private|local}", "{Does|Do} my {data|texts|files} stay on my {machine|computer|device}",
                 "Can I use {Swiftlet|it} {on a plane|without the internet|offline|with no network}"]),
    "python": ("No. Swiftlet needs no Python. It is one native program.",
               ["{Does|Will} {Swiftlet|it} {need|use|require|depend on} {Python|PyTorch|a Python installation}",
                "{Do I need|Must I install|Should I install|Do I have to install} {Python|PyTorch}{| for Swiftlet| to use Swiftlet| first}",
                "Is {Python|PyTorch} {needed|required|necessary}{| for Swiftlet}"]),
    "license": ("Swiftlet is under the Apache 2.0 license.",
                ["{What|Which} {license|licence} {does Swiftlet have|does Swiftlet use|is Swiftlet under|applies to Swiftlet|covers Swiftlet}",
                 "{What is|What's|Tell me} the {license|licence} of Swiftlet", "How is Swiftlet {licensed|licenced}",
                 "Under {what|which} {license|licence} is Swiftlet{| released| published| available}", "What about the {license|licence}"]),
    "free": ("Yes. Swiftlet is open source under the Apache 2.0 license, so you may use it freely.",
             ["Is Swiftlet {open source|free|free software|open|free to use}", "{Can|May} I use Swiftlet {for free|in a commercial product|commercially|at work|in my product}",
              "Does Swiftlet cost {anything|money|something}", "{Can|May} I {change|modify|share|see|read} the {source|source code|code}{| of Swiftlet}"]),
    "models": ("Swiftlet runs GGUF models: decoders such as Llama, encoders such as BERT, and Whisper.",
               ["{What|Which} {models|kinds of models|types of models|architectures|model families} {does Swiftlet support|can Swiftlet run|work with Swiftlet|are supported|can I use|can I run|does it run}",
                "{What|Which} {models|architectures} does Swiftlet {run|load|know|handle}",
                "{Does|Can|Will} Swiftlet {run|support|load} {Llama|BERT|Whisper|decoders|encoders|transformers|GGUF models}",
                "{Give me a|I want a|Show me the} list of {supported models|models|architectures}"]),
    "gguf": ("GGUF is a file format for models. It holds the metadata, the tokenizer and the weights.",
             ["{What is|What's|Explain|Describe|Define|What does it mean,} {GGUF|a GGUF file|the GGUF format|a .gguf file|gguf}",
              "{Tell me about|What do you know about} {GGUF|GGUF files|the GGUF format}", "What {is in|is inside|does} a GGUF file{| contain| hold}",
              "What does GGUF mean", "{What|Which} {file format|format|model format|kind of files|files} does Swiftlet {use|read|load|need|support|open}"]),
    "mmap": ("Swiftlet maps the model file into memory, so it opens in milliseconds and copies nothing.",
             ["How does Swiftlet {load|open|read} {a model|models|model files|the weights|a file}",
              "{Does|Why does} Swiftlet {use mmap|map files into memory|memory-map files|use memory mapping|map the file}",
              "Why {does Swiftlet start so fast|is loading so fast|does it load so fast|do models open so quickly}",
              "How fast does a model {load|open}", "What does memory-mapped mean", "{How|Why} are models memory-mapped"]),
    "quantization": ("Quantization stores weights with fewer bits. The model gets smaller and faster, and loses a little quality.",
                     ["{What is|What's|Explain|Define|Describe} {quantization|quantisation|a quantized model|weight quantization}",
                      "What does {quantization|quantizing|quantized} {mean|do}", "Why {should I quantize|quantize|would I quantize} {a model|models|weights}",
                      "{Tell me about|What do you know about} quantization", "How does quantization work"]),
    "q8": ("Q8_0 stores each weight in 8 bits. It is nearly as exact as the original.",
           ["{What is|What's|Explain|What does it mean,|Describe|Tell me about} {Q8_0|q8_0|the Q8_0 format|Q8}", "What does Q8_0 mean",
            "How {good|exact|precise|big} is Q8_0", "How many bits {does Q8_0 use|has Q8_0}"]),
    "q4": ("Q4_0 stores each weight in 4 bits. It is about half the size of Q8_0, but less exact.",
           ["{What is|What's|Explain|What does it mean,|Describe|Tell me about} {Q4_0|q4_0|the Q4_0 format|Q4}", "What does Q4_0 mean",
            "How {good|exact|precise|big} is Q4_0", "How many bits {does Q4_0 use|has Q4_0}"]),
    "q4q8": ("Q8_0 is more exact and Q4_0 is smaller. Take Q4_0 when memory is short.",
             ["{Which is better,|Should I use|Should I take|Is it better to use} {Q8_0 or Q4_0|Q4_0 or Q8_0}",
              "What is the difference between {Q8_0 and Q4_0|Q4_0 and Q8_0}", "{Which|What} quantization should I {use|take|choose}",
              "{Compare|Explain} Q8_0 and Q4_0"]),
    "model-flag": ("Give the model file with -m or --model, for example -m model.gguf.",
                   ["{How do I|How can I|How to} {choose|select|give|pass|set|specify|name} {the model|a model|the model file|which model to use}",
                    "{What is|What's|What does} the {-m|--model} {flag|option|switch}{| for| do}", "What does {-m|--model} {mean|do}",
                    "{What|Which} {flag|option|switch} {selects|sets|gives|chooses|is for} the model{| file}", "How do I use my own model"]),
    "threads": ("Use -t or --threads, for example -t 2.",
                ["{How do I|How can I|How to} {set|choose|change|limit|control} {the number of threads|the threads|how many threads it uses|the thread count|the number of cores}",
                 "{What is|What's|What does} the {-t|--threads} {flag|option|switch}{| for| do}", "What does {-t|--threads} {mean|do}",
                 "{What|Which} {flag|option|switch} {sets|controls|changes|is for} the {number of threads|threads|thread count}",
                 "{Can|How can} I use {more threads|fewer threads|two threads|4 threads|all cores|only one core|more cores}",
                 "How many threads does Swiftlet use"]),
    "kv": ("Use --kv-type f32 or --kv-type f16. With f16 the cache takes half the memory.",
           ["{How do I|How can I|How to} {set|choose|change} {the type of the KV cache|the KV type|the KV cache type|the cache type|the precision of the KV cache}",
            "{What is|What's|What does} {--kv-type|the --kv-type flag|the --kv-type option}{| for| do}", "What does --kv-type {mean|do}",
            "{What|Which} {flag|option} {sets|changes|controls} the {KV cache|cache type|KV type}",
            "How {do I|can I} make the {KV cache|cache} {smaller|half as big|take less memory}", "Can the {KV cache|cache} be {f16|half precision|smaller}"]),
    "prompt-flag": ("Give the prompt with -p, for example swiftlet run -m model.gguf -p \"Once\".",
                    ["{How do I|How can I|How to} {give|pass|set|enter|specify} {a prompt|the prompt|my prompt}", "{What is|What's|What does} the -p {flag|option|switch}{| for| do}",
                     "What does -p {mean|do}", "{What|Which} {flag|option|switch} {sets|gives|is for|takes} the prompt"]),
    "n-flag": ("Use -n with the number of tokens, for example -n 64.",
               ["{How do I|How can I|How to} {limit|set|change|control} {the number of tokens|the length of the answer|how many tokens it writes|the output length|the length of the output}",
                "{What is|What's|What does} the -n {flag|option|switch}{| for| do}", "What does -n {mean|do}",
                "{What|Which} {flag|option|switch} {sets|limits|controls|is for} the {number of tokens|output length|length}",
                "How {do I|can I} make the {answer|output|text} {shorter|longer}"]),
    "temperature": ("Use --temperature. Zero always takes the best token; higher values give more varied text.",
                    ["{How do I|How can I|How to} {set|change|control|lower|raise|choose} {the temperature|the randomness|the sampling temperature|the creativity}",
                     "{What is|What's|What does} {--temperature|the --temperature flag|the temperature option|the temperature|temperature}{| for| do}", "What does {--temperature|temperature} {mean|do}",
                     "{What|Which} {flag|option} {sets|controls} the {temperature|randomness}", "How {do I|can I} {get|make} {more random|less random|more creative|more varied} {text|output|answers}"]),
    "seed": ("Use --seed with a number. The same seed gives the same text again.",
             ["{How do I|How can I|How to} {set|choose|change|fix} the {seed|random seed}", "{What is|What's|What does} {--seed|the --seed flag|the seed option|the seed}{| for| do}",
              "What does --seed {mean|do}", "{What|Which} {flag|option} {sets|fixes} the {seed|random seed}",
              "How {do I|can I} {get the same text again|get the same answer twice|make the output repeatable|reproduce an output|get reproducible results|make sampling deterministic}"]),
    "isa": ("Set the environment variable SWIFTLET_ISA, for example SWIFTLET_ISA=scalar.",
            ["{How do I|How can I|How to} {choose|select|force|change|set} {the kernels|the instruction set|the ISA|the SIMD level|another instruction set|scalar kernels|AVX2|a CPU kernel}",
             "{What is|What's|What does|Explain} SWIFTLET_ISA{| for| do| mean}", "{What|Which} environment variable {sets|selects|chooses|changes} the {instruction set|kernels|ISA}",
             "{What|Which} environment {variable|variables} does Swiftlet {read|use|have|know}"]),
    "c-api": ("Use libswiftlet, the C library. Include swiftlet.h and link it.",
              ["{Can|How can|How do} I use Swiftlet {from C|in C|in a C program|from C++|in my C project|from another language|from Rust|from Go}",
               "{What is|What's|Explain|Tell me about} {libswiftlet|the C library|the C API|swiftlet.h}", "{Is there|Does Swiftlet have} a {C API|C library|C interface|C header}"]),
    "swift-api": ("Add the Swiftlet package to your project and import Swiftlet.",
                  ["{Can|How can|How do} I use Swiftlet {from Swift|in Swift|in a Swift program|in my app|in my Swift project|in an iOS app|as a library|in a Swift package}",
                   "{Is there|Does Swiftlet have} a {Swift API|Swift library|Swift package|library}", "How {do I|can I} {add|embed|include} Swiftlet {in|to|into} my {app|project|program|code}",
                   "{What is|Tell me about|Explain} the Swift API"]),
    "interfaces": ("You can use Swiftlet as a Swift library, as the C library libswiftlet, or from the command line.",
                   ["{How|In what ways|In which ways} can {I|one|you} use Swiftlet", "{What|Which} {interfaces|APIs|bindings} does Swiftlet {have|offer|provide}",
                    "How {do I|can I} call Swiftlet", "{What|Which} parts does Swiftlet have"]),
    "commands": ("The commands are run, chat, embed, similarity, search, rerank, fill-mask, transcribe, tokenize, logits, perplexity, inspect, bench, quantize and convert.",
                 ["{What|Which} commands {does Swiftlet have|are there|exist|can I use|does swiftlet offer|do you know|are available}",
                  "{List|Show|Show me|Give me|Tell me|Name} {all commands|the commands|all the commands|the list of commands|every command}{| of Swiftlet| of swiftlet}",
                  "{What is|What's} the list of commands", "What can I do with {the swiftlet command|the command line|swiftlet on the command line}", "How many commands are there", "{I need help with the commands|Help with the commands}"]),
    "llamacpp": ("Both run GGUF models. Swiftlet is written in Swift and is made to be embedded in programs.",
                 ["{What is the difference between|Compare} {Swiftlet and llama.cpp|llama.cpp and Swiftlet}", "{How does|How is} Swiftlet {compare to|different from|differ from} {llama.cpp|other runtimes|Ollama}",
                  "Is Swiftlet {like|the same as|based on} {llama.cpp|Ollama}"]),
    "token": ("A token is a piece of text, often a word or a part of a word. Models read and write tokens.",
              ["{What is|What's|Explain|Define} {a token|tokens}", "What does {token|a token} mean", "What are tokens"]),
    "embedding": ("An embedding is a vector that stands for the meaning of a text. You get one with swiftlet embed.",
                  ["{What is|What's|Explain|Define} {an embedding|a text embedding|a sentence embedding}", "What are embeddings", "What does embedding mean"]),
    "kvcache": ("The KV cache keeps the keys and values of earlier tokens, so they need not be computed again.",
                ["{What is|What's|Explain|Define|Why is there} {the KV cache|a KV cache|KV cache}", "What does the KV cache do", "Why does {a model|a decoder} need a KV cache"]),
    "whisper": ("Whisper is a model for speech recognition. You can run it with swiftlet transcribe.",
                ["{What is|What's|Explain|Define|Tell me about} {Whisper|the Whisper model}", "What does Whisper do"]),
    "decoder": ("A decoder is a model that writes text, one token after another. Llama is one.",
                ["{What is|What's|Explain|Define} {a decoder|a decoder model|the decoder}", "What does a decoder do", "What are decoders"]),
    "encoder": ("An encoder is a model that reads a text and turns it into vectors. BERT is one.",
                ["{What is|What's|Explain|Define} {an encoder|an encoder model|the encoder}", "What does an encoder do", "What are encoders"]),
    "install": ("Build it with swift build -c release. Then you have the program swiftlet.",
                ["{How do I|How can I|How to} {install|build|compile|get|set up} {Swiftlet|swiftlet|it}", "{How is|Where can I get} Swiftlet{| built| installed}"]),
    "start": ("Get a GGUF model and run swiftlet chat -m model.gguf.",
              ["{How do I|How can I|How to} {start|get started|begin|use Swiftlet|use it|start with Swiftlet|get started with Swiftlet}", "Where do I {start|begin}", "What {should I do|do I do} first",
               "{What do I need|What is needed} to {start|begin}", "{How do I|How can I} use Swiftlet"]),
    "memory": ("About the size of the model file, and some for the KV cache. A smaller quantization needs less.",
               ["How much {memory|RAM} does {Swiftlet|it|a model} {need|use|take}", "{Does Swiftlet need|Do I need} {much|a lot of} {memory|RAM}",
                "How {do I|can I} use less {memory|RAM}"]),
    "fast": ("Swiftlet is quick: its C kernels use the vector instructions of your CPU. Try swiftlet bench.",
             ["{Is Swiftlet|How fast is Swiftlet|Is it} {fast|quick}", "How {fast|quick} is {Swiftlet|it}", "Why is Swiftlet fast", "{What makes|Why is} Swiftlet {fast|so fast|quick}"]),
    "help": ("Type swiftlet --help to see all commands and options.",
             ["{How do I|How can I|Where can I} {get help|see the help|find help|see all options|find the documentation}{| for Swiftlet| in Swiftlet}", "Is there {a help page|documentation|a manual|help}{| for Swiftlet}",
              "{What|Which} options are there"]),
    "training": ("No. Swiftlet only runs models. It does not train them.",
                 ["{Can|Does|Will} Swiftlet {train|fine-tune|finetune} {a model|models|my model|my own model}", "{Can|How can} I {train|fine-tune} a model with Swiftlet", "Is Swiftlet for training"]),
    "images": ("No. Swiftlet works with text and speech, not with pictures.",
               ["{Can|Does|Will} Swiftlet {make|generate|draw|create|understand|support|see|read} {images|pictures|photos|an image|a picture|videos}", "{Can|Could} you {draw|paint|make} {me a picture|a picture|an image|something}"]),
}
