// Swiftlet: language models, embeddings and speech recognition on the CPU.
//
//     swiftlet_error *error = NULL;
//     swiftlet_model *model = NULL;
//     swiftlet_embedder *embedder = NULL;
//     const char *strings[] = {"The cat sat on the mat.", "A feline rested on the rug."};
//     swiftlet_texts texts = {.struct_size = sizeof texts, .count = 2, .strings = strings};
//     float vectors[2 * 384];
//     if (swiftlet_model_open("all-MiniLM-L6-v2.gguf", NULL, &model, &error) != SWIFTLET_OK ||
//         swiftlet_embedder_open(model, NULL, &embedder, &error) != SWIFTLET_OK ||
//         swiftlet_embed(embedder, &texts, NULL, vectors, 2 * 384, NULL, &error) != SWIFTLET_OK)
//         fprintf(stderr, "%s\n", swiftlet_error_message(error));
//     swiftlet_error_release(error);
//     swiftlet_embedder_release(embedder);
//     swiftlet_model_release(model);
//
// Handles. What the functions give out is checked at every use: NULL, a handle of another kind and one that was
// released are errors (SWIFTLET_ERROR_HANDLE), not crashes. A handle is no address. Each holds what it needs: a model
// may be released before its sessions, and releasing NULL does nothing. All handles may be released from any thread;
// one that a call is using lives until that call returns.
//
// Threads. Each function says who may call it:
//   any          any thread at any time, on the same handle too;
//   serialised   any thread at any time; calls on one handle wait for each other;
//   one          one thread at a time for one handle; a second call at the same time is SWIFTLET_ERROR_BUSY and changes
//                nothing, so is a call on a handle from inside that handle's own callback.
// Callbacks run on the thread that called, before the call returns.
//
// Fork. A child process may use all handles, but one that a call was using during the fork: that is
// SWIFTLET_ERROR_FORKED.
//
// Options. A struct begins with its size as the caller knows it, and is given by pointer: `x = {.struct_size = sizeof x}`
// leaves all else zero, and zero is the default of every field. A library that knows more fields takes the missing ones as zero;
// one that knows fewer ignores the rest. NULL for the options means all defaults.
//
// Errors. A function that can fail returns a status. Where `error` is not NULL, it is set to NULL, or after a failure
// to an error object that the caller releases; nothing is ever read from it. Results are unchanged after a failure
// unless it says otherwise.
//
// Text is UTF-8: what is not is SWIFTLET_ERROR_UTF8. Texts with a size may hold zeros and need no zero at their end;
// those without end at a zero.
//
// Output buffers are the caller's. `needed` (may be NULL) gets the number of elements available; a buffer for
// fewer is SWIFTLET_ERROR_BUFFER, with nothing written but `needed`. NULL with a capacity of 0 asks for `needed` alone,
// which is SWIFTLET_OK. Text in such a buffer ends with a zero, which the capacity has to have room for and `needed`
// leaves out.
//
// The library writes nothing to standard output or error, changes no signal handler and no locale, and its files close
// on exec. A model file that another process cuts short while it is open ends the process with SIGBUS: replace model
// files by renaming, never by writing into them.
#ifndef SWIFTLET_H
#define SWIFTLET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define SWIFTLET_API __attribute__((visibility("default")))
#else
#define SWIFTLET_API
#endif

// The version of the interface that this header describes. Functions and fields are only added within one.
#define SWIFTLET_ABI_VERSION 0

// ---- Library

// SWIFTLET_ABI_VERSION of the library that runs. Threads: any.
SWIFTLET_API uint32_t swiftlet_abi_version(void);

// The library's version, such as "0.1.0"; constant. Threads: any.
SWIFTLET_API const char *swiftlet_version(void);

// Whether the library can do something: "embed", "similarity", "rerank", "classify", "zero_shot", "tag", "complete",
// "chat", "chat_tools", "chat_events", "translate", "transcribe", "word_times", "tokens", "state", "grammar",
// "json_schema", "drafting", "model_memory", "adapters", "kv_f32", "kv_f16", "kv_q8_0", "parse_special", "trace". False
// for any other name and NULL. Threads: any.
SWIFTLET_API bool swiftlet_has(const char *feature);

// ---- Status and errors

typedef int32_t swiftlet_status;
enum {
    SWIFTLET_OK = 0,
    // A value is out of range.
    SWIFTLET_ERROR_ARGUMENT = 1,
    // A handle is NULL, of another kind, or was released.
    SWIFTLET_ERROR_HANDLE = 2,
    // A text is not UTF-8.
    SWIFTLET_ERROR_UTF8 = 3,
    // The caller's buffer is too small.
    SWIFTLET_ERROR_BUFFER = 4,
    // Another call is using the handle.
    SWIFTLET_ERROR_BUSY = 5,
    // A call was using the handle when this process was forked off.
    SWIFTLET_ERROR_FORKED = 6,
    // The caller cancelled.
    SWIFTLET_ERROR_CANCELLED = 7,
    // A file cannot be read or written, or is not what it should be.
    SWIFTLET_ERROR_FILE = 8,
    // The model cannot be run, or cannot do this.
    SWIFTLET_ERROR_MODEL = 9,
    // The model's vocabulary cannot be used.
    SWIFTLET_ERROR_TOKENIZER = 10,
    // More tokens than the context holds.
    SWIFTLET_ERROR_CONTEXT_FULL = 11,
    // The system has no memory left for it.
    SWIFTLET_ERROR_OUT_OF_MEMORY = 12,
    // There is nothing of that name or number.
    SWIFTLET_ERROR_NOT_FOUND = 13,
    // Of a single text: its end was dropped. No failure.
    SWIFTLET_TRUNCATED = -1
};

typedef struct swiftlet_error swiftlet_error;

// A status in a word, such as "cancelled"; constant. Threads: any.
SWIFTLET_API const char *swiftlet_status_name(swiftlet_status status);

// The status of the call that failed; SWIFTLET_OK for NULL. Threads: any.
SWIFTLET_API swiftlet_status swiftlet_error_status(const swiftlet_error *error);

// The message: what is wrong and how to fix it; valid until the error is released. "" for NULL. Threads: any.
SWIFTLET_API const char *swiftlet_error_message(const swiftlet_error *error);

// Where it is wrong: an argument ("options.threads", "texts.offsets32"), a file's path, or "" where that is not known;
// valid until the error is released. Threads: any.
SWIFTLET_API const char *swiftlet_error_place(const swiftlet_error *error);

// Which text, token, sample, or byte of the file is wrong, from 0; -1 where that is not known. Threads: any.
SWIFTLET_API int64_t swiftlet_error_index(const swiftlet_error *error);

// Threads: any.
SWIFTLET_API void swiftlet_error_release(swiftlet_error *error);

// ---- Log

enum {
    // Information: a model was opened.
    SWIFTLET_LOG_INFO = 1,
    // A likely mistake: an invalid handle, a file with less sound than its header promises.
    SWIFTLET_LOG_WARNING = 2
};

// Gets a message. `category` ("model", "handle", "sound") and `message` are valid during the call.
typedef void (*swiftlet_on_log)(void *user, int32_t level, const char *category, const char *message);

// Sets the function that gets the library's messages; NULL, as at the start: none does. A message that another thread
// is about to give may still come to the old one. Threads: any; the hook is called on any thread that uses the library.
SWIFTLET_API void swiftlet_set_log(swiftlet_on_log hook, void *user);

// ---- Values that several structs share

// A question that an options struct answers: 0 is the default.
enum { SWIFTLET_DEFAULT = 0, SWIFTLET_YES = 1, SWIFTLET_NO = 2 };

// The result of a callback. Any number but 0 is SWIFTLET_STOP.
enum { SWIFTLET_CONTINUE = 0, SWIFTLET_STOP = 1 };

// The element type of a key/value cache. The default is float32 for models whose weights are all float32, else float16.
enum { SWIFTLET_CACHE_DEFAULT = 0, SWIFTLET_CACHE_F32 = 1, SWIFTLET_CACHE_F16 = 2, SWIFTLET_CACHE_Q8_0 = 3 };

// Some texts, in one of three forms: give exactly one of `strings`, `offsets32` and `offsets64` (any with a count of
// 0).
typedef struct swiftlet_texts {
    uint32_t struct_size;
    uint32_t reserved;
    uint64_t count;
    // [count] strings that end with a zero.
    const char *const *strings;
    // All texts one after the other (Arrow's string arrays lie so): text i is the bytes offsets[i] to offsets[i + 1] of
    // `data`, which has `data_size` bytes. [count + 1], rising.
    const char *data;
    uint64_t data_size;
    const int32_t *offsets32;
    const int64_t *offsets64;
} swiftlet_texts;

// Bytes that the library owns: a text, or a saved state.
typedef struct swiftlet_buffer swiftlet_buffer;

// The bytes, followed by a zero that the size leaves out; valid until the buffer is released. NULL for what is no
// buffer. Threads: any.
SWIFTLET_API const char *swiftlet_buffer_data(const swiftlet_buffer *buffer);

// The number of bytes; 0 for what is no buffer. Threads: any.
SWIFTLET_API size_t swiftlet_buffer_size(const swiftlet_buffer *buffer);

// Threads: any.
SWIFTLET_API void swiftlet_buffer_release(swiftlet_buffer *buffer);

// ---- Cancellation

// Stops calls that it was given to. A call that is stopped returns SWIFTLET_ERROR_CANCELLED within one layer of the
// model.
typedef struct swiftlet_cancellation swiftlet_cancellation;

// Threads: any.
SWIFTLET_API swiftlet_status swiftlet_cancellation_create(swiftlet_cancellation **out, swiftlet_error **error);

// Stops the calls that run with it, at most 16 at a time, and those that come, until it is reset. Threads: any, and
// signal handlers.
SWIFTLET_API void swiftlet_cancellation_cancel(swiftlet_cancellation *cancellation);

// Lets the calls run that come from here on. Threads: any.
SWIFTLET_API void swiftlet_cancellation_reset(swiftlet_cancellation *cancellation);

// Threads: any.
SWIFTLET_API void swiftlet_cancellation_release(swiftlet_cancellation *cancellation);

// ---- Models

// A model file, open and checked: of a decoder, an encoder, or Whisper. It never changes: any number of threads,
// sessions, embedders and so on share one, and processes share its memory.
typedef struct swiftlet_model swiftlet_model;

typedef struct swiftlet_model_options {
    uint32_t struct_size;
    uint32_t reserved;
    // Of a model in memory, stands for the path in messages. NULL: "model in memory".
    const char *name;
    // Another rotary position embedding than the file asks for, for longer contexts. Layers with a base of their own keep it, and
    // are not scaled.
    uint32_t rope_scaling;  // SWIFTLET_ROPE_NONE, ...; 0: the file's, or SWIFTLET_ROPE_LINEAR where a scale is given and the
                            // file has no scaling
    float rope_scale;  // the context by the one trained with at first, 1 or more; 0: the file's
    float rope_base;  // of frequencies, more than 1; 0: the file's
    uint32_t reserved2;
    uint64_t rope_original_length;  // the context trained with at first; 0: the file's
} swiftlet_model_options;

// How positions beyond the context that a model was trained with are told.
enum {
    SWIFTLET_ROPE_NONE = 1,  // as those before
    SWIFTLET_ROPE_LINEAR = 2,  // divided by the scale
    SWIFTLET_ROPE_YARN = 3,  // fast frequencies stay, slow ones are divided by the scale
    SWIFTLET_ROPE_DYNAMIC = 4  // by a base that grows with the length
};

// The kinds of models.
enum {
    SWIFTLET_MODEL_DECODER = 1,  // writes text: sessions, chats, embedders
    SWIFTLET_MODEL_ENCODER = 2,  // reads text: embedders, rerankers, classifiers
    SWIFTLET_MODEL_SPEECH = 3,   // reads speech: transcribers
    SWIFTLET_MODEL_TEXT_TO_TEXT = 4  // turns a text into another, as T5 does: translators, an embedder of its encoder
};

// Filled in as far as `struct_size`, which the caller sets, goes.
typedef struct swiftlet_model_info {
    uint32_t struct_size;
    uint32_t kind;  // SWIFTLET_MODEL_DECODER, ...
    uint64_t context_length;  // max tokens of a session or a text
    uint64_t vocabulary_size;
    uint64_t hidden_size;  // elements of a token's vector
    uint64_t tensor_bytes;  // of the weights
    uint64_t metadata_count;
    char architecture[32];  // "llama"; cut off where longer
} swiftlet_model_info;

// Opens a model: GGUF, plain, split (any part) or compressed with zstd, or whisper.cpp's ggml-*.bin. Takes
// milliseconds: the weights stay in the file. Threads: any.
SWIFTLET_API swiftlet_status swiftlet_model_open(
    const char *path, const swiftlet_model_options *options, swiftlet_model **out, swiftlet_error **error);

// Opens a GGUF file in memory. `data` begins at a multiple of 64, and stays valid and as it is until the model and all
// that was made from it are released. Threads: any.
SWIFTLET_API swiftlet_status swiftlet_model_open_memory(
    const void *data, size_t size, const swiftlet_model_options *options, swiftlet_model **out, swiftlet_error **error);

// Makes the handle need one more swiftlet_model_release. Threads: any.
SWIFTLET_API swiftlet_status swiftlet_model_retain(swiftlet_model *model, swiftlet_error **error);

// Threads: any.
SWIFTLET_API void swiftlet_model_release(swiftlet_model *model);

// Threads: any.
SWIFTLET_API swiftlet_status swiftlet_model_get_info(
    const swiftlet_model *model, swiftlet_model_info *info, swiftlet_error **error);

// A value of the file's metadata as text: strings as they are, numbers in decimal, arrays abbreviated.
// SWIFTLET_ERROR_NOT_FOUND where there is no such key. Threads: any.
SWIFTLET_API swiftlet_status swiftlet_model_metadata(
    const swiftlet_model *model, const char *key, char *buffer, size_t capacity, size_t *needed,
    swiftlet_error **error);

// The key of a pair of the metadata, from 0 to swiftlet_model_info.metadata_count. Threads: any.
SWIFTLET_API swiftlet_status swiftlet_model_metadata_key(
    const swiftlet_model *model, uint64_t index, char *buffer, size_t capacity, size_t *needed, swiftlet_error **error);

// ---- Adapters

// A LoRA adapter of a model, open and checked: it changes what the model computes, not the model's weights. It never
// changes; any number of sessions and so on use one, with others beside it. Options name those that something runs with.
typedef struct swiftlet_adapter swiftlet_adapter;

// Opens an adapter of a model: a GGUF file as llama.cpp has it. `swiftlet convert` makes one of a PEFT folder.
// SWIFTLET_ERROR_MODEL where it is not one of this model. Threads: any.
SWIFTLET_API swiftlet_status swiftlet_adapter_open(
    const swiftlet_model *model, const char *path, swiftlet_adapter **out, swiftlet_error **error);

// Threads: any.
SWIFTLET_API void swiftlet_adapter_release(swiftlet_adapter *adapter);

// ---- Tasks: vectors

// Makes vectors of texts.
typedef struct swiftlet_embedder swiftlet_embedder;

enum {
    SWIFTLET_POOLING_DEFAULT = 0,  // as the sidecar or the file says, else mean for encoders, last for decoders
    SWIFTLET_POOLING_MEAN = 1,
    SWIFTLET_POOLING_CLS = 2,  // the first token's
    SWIFTLET_POOLING_LAST = 3,
    SWIFTLET_POOLING_MAX = 4
};

// Handling of texts with more tokens than the model takes.
enum {
    SWIFTLET_OVERFLOW_DEFAULT = 0,  // SWIFTLET_OVERFLOW_ERROR
    SWIFTLET_OVERFLOW_ERROR = 1,
    SWIFTLET_OVERFLOW_TRUNCATE = 2  // its end is dropped
};

typedef struct swiftlet_embedder_options {
    uint32_t struct_size;
    uint32_t threads;  // 0: as many as the process may use
    uint32_t pooling;  // SWIFTLET_POOLING_DEFAULT, ...
    uint32_t normalize;  // whether vectors have the length 1; by default they do
    uint64_t dimensions;  // truncates vectors to this many elements; 0: all
    uint64_t max_tokens;  // of a text; 0: what the sidecar says, else the model's context
    uint32_t overflow;  // SWIFTLET_OVERFLOW_DEFAULT, ...
    uint32_t batch_tokens;  // computed together; 0: 512
    const char *query_prefix;  // stands before queries; NULL: what the sidecar says
    const char *passage_prefix;  // stands before passages; NULL: what the sidecar says
    const char *sidecar;  // a directory in the layout of sentence-transformers; NULL: none
    const char *instruction_set;  // "scalar", "avx2", "avxvnni", "avx512", "neon", "i8mm"; NULL: the fastest
    // Special tokens of an encoder that a text spells ([SEP], <mask>) become these tokens, as in sentence-transformers.
    // SWIFTLET_NO: they are text, which to a decoder they always are.
    uint32_t parse_special;
    uint32_t reserved;
    // Of the model: what it runs with, and what multiplies each; NULL: 1.
    swiftlet_adapter *const *adapters;  // [adapter_count]
    const float *adapter_scales;  // [adapter_count]
    uint64_t adapter_count;
} swiftlet_embedder_options;

typedef struct swiftlet_embedder_info {
    uint32_t struct_size;
    uint32_t threads;
    uint64_t dimensions;
    uint64_t max_tokens;
    char instruction_set[16];
} swiftlet_embedder_info;

// The role of a text; it selects the prefix.
enum { SWIFTLET_ROLE_PLAIN = 0, SWIFTLET_ROLE_QUERY = 1, SWIFTLET_ROLE_PASSAGE = 2 };

typedef struct swiftlet_embed_options {
    uint32_t struct_size;
    uint32_t role;  // which prefix stands before every text; SWIFTLET_ROLE_PLAIN: none
    // [count] or NULL: gets the number of tokens of each text that were computed.
    int32_t *token_counts;
    // [count] or NULL: gets SWIFTLET_OK, SWIFTLET_TRUNCATED or an error of each text. A text with an error
    // (SWIFTLET_ERROR_UTF8, SWIFTLET_ERROR_CONTEXT_FULL) has then a vector of zeros; without this array it fails the
    // call.
    int32_t *statuses;
    swiftlet_cancellation *cancellation;
} swiftlet_embed_options;

// Threads: any.
SWIFTLET_API swiftlet_status swiftlet_embedder_open(
    const swiftlet_model *model, const swiftlet_embedder_options *options, swiftlet_embedder **out,
    swiftlet_error **error);

// Threads: any.
SWIFTLET_API void swiftlet_embedder_release(swiftlet_embedder *embedder);

// Threads: any.
SWIFTLET_API swiftlet_status swiftlet_embedder_get_info(
    const swiftlet_embedder *embedder, swiftlet_embedder_info *info, swiftlet_error **error);

// The vectors of some texts, [count, dimensions], one after the other. `capacity` and `needed` count floats. A text's
// vector is bit-identical alone and in a batch, for any number of threads. After a failure the contents of `vectors`
// and of the arrays in the options are undefined. Threads: serialised.
SWIFTLET_API swiftlet_status swiftlet_embed(
    swiftlet_embedder *embedder, const swiftlet_texts *texts, const swiftlet_embed_options *options, float *vectors,
    size_t capacity, size_t *needed, swiftlet_error **error);

// The cosines of a text's vector with those of some others, [count of others]. The role of the options is the others';
// the text is a query where that is SWIFTLET_ROLE_PASSAGE, else it has the same role. Their arrays are of the others,
// too. Threads: serialised.
SWIFTLET_API swiftlet_status swiftlet_similarity(
    swiftlet_embedder *embedder, const char *text, size_t size, const swiftlet_texts *others,
    const swiftlet_embed_options *options, float *cosines, size_t capacity, size_t *needed, swiftlet_error **error);

// ---- Tasks: order by relevance

// Tells how well documents answer a query, by a cross-encoder.
typedef struct swiftlet_reranker swiftlet_reranker;

typedef struct swiftlet_reranker_options {
    uint32_t struct_size;
    uint32_t threads;  // 0: as many as the process may use
    uint64_t max_tokens;  // of a query with a document; 0: the model's context
    uint32_t overflow;  // SWIFTLET_OVERFLOW_DEFAULT, ...
    uint32_t batch_tokens;  // computed together; 0: 512
    const char *instruction_set;  // as an embedder's
    uint32_t parse_special;  // as an embedder's
    uint32_t reserved;
    // Of the model: what it runs with, and what multiplies each; NULL: 1.
    swiftlet_adapter *const *adapters;  // [adapter_count]
    const float *adapter_scales;  // [adapter_count]
    uint64_t adapter_count;
} swiftlet_reranker_options;

// Threads: any.
SWIFTLET_API swiftlet_status swiftlet_reranker_open(
    const swiftlet_model *model, const swiftlet_reranker_options *options, swiftlet_reranker **out,
    swiftlet_error **error);

// Threads: any.
SWIFTLET_API void swiftlet_reranker_release(swiftlet_reranker *reranker);

// A score for each document, [count]: the greater, the better. 1 / (1 + exp(-score)) lies between 0 and 1.
// `cancellation` may be NULL. Threads: serialised.
SWIFTLET_API swiftlet_status swiftlet_rerank(
    swiftlet_reranker *reranker, const char *query, size_t size, const swiftlet_texts *documents,
    swiftlet_cancellation *cancellation, float *scores, size_t capacity, size_t *needed, swiftlet_error **error);

// ---- Tasks: classification

// Tells which class a text, a pair of texts or a token is of, by an encoder or a decoder with a classifier.
typedef struct swiftlet_classifier swiftlet_classifier;

typedef struct swiftlet_classifier_options {
    uint32_t struct_size;
    uint32_t threads;  // 0: as many as the process may use
    uint64_t max_tokens;  // of a text or a pair; 0: the model's context
    uint32_t overflow;  // SWIFTLET_OVERFLOW_DEFAULT, ...
    uint32_t batch_tokens;  // computed together; 0: 512
    const char *instruction_set;  // as an embedder's
    uint32_t parse_special;  // as an embedder's
    uint32_t reserved;
    // Of the model: what it runs with, and what multiplies each; NULL: 1.
    swiftlet_adapter *const *adapters;  // [adapter_count]
    const float *adapter_scales;  // [adapter_count]
    uint64_t adapter_count;
} swiftlet_classifier_options;

// Threads: any.
SWIFTLET_API swiftlet_status swiftlet_classifier_open(
    const swiftlet_model *model, const swiftlet_classifier_options *options, swiftlet_classifier **out,
    swiftlet_error **error);

// Threads: any.
SWIFTLET_API void swiftlet_classifier_release(swiftlet_classifier *classifier);

// The number of classes. Threads: any.
SWIFTLET_API swiftlet_status swiftlet_classifier_count(
    const swiftlet_classifier *classifier, uint64_t *count, swiftlet_error **error);

// The name of a class from 0 on: the file's, or "LABEL_0" and so on. Threads: any.
SWIFTLET_API swiftlet_status swiftlet_classifier_label(
    const swiftlet_classifier *classifier, uint64_t index, char *buffer, size_t capacity, size_t *needed,
    swiftlet_error **error);

// The logits of each text, [count, classes], one after the other, and their softmax, of one class the logistic
// function; either may be NULL. `capacity`, of each, and `needed` count floats. `seconds`, NULL or as many texts:
// text i is read with second i, as a premise with its hypothesis. `cancellation` may be NULL. Threads: serialised.
SWIFTLET_API swiftlet_status swiftlet_classify(
    swiftlet_classifier *classifier, const swiftlet_texts *texts, const swiftlet_texts *seconds,
    swiftlet_cancellation *cancellation, float *logits, float *probabilities, size_t capacity, size_t *needed,
    swiftlet_error **error);

// The tokens of a text, the special ones counted in, and for each the logits and probabilities, [tokens, classes]: any
// of the three may be NULL. `capacity` and `needed` count tokens. `cancellation` may be NULL. Threads: serialised.
SWIFTLET_API swiftlet_status swiftlet_classify_tokens(
    swiftlet_classifier *classifier, const char *text, size_t size, swiftlet_cancellation *cancellation,
    int32_t *tokens, float *logits, float *probabilities, size_t capacity, size_t *needed, swiftlet_error **error);

// Tells which of any labels a text is about, by a model for inference (NLI): a label is as likely as a sentence with it
// follows from the text. The rules are those of transformers' zero-shot classification.
typedef struct swiftlet_zero_shot swiftlet_zero_shot;

// `max_tokens` are of a text with its sentence. Threads: any.
SWIFTLET_API swiftlet_status swiftlet_zero_shot_open(
    const swiftlet_model *model, const swiftlet_classifier_options *options, swiftlet_zero_shot **out,
    swiftlet_error **error);

// Threads: any.
SWIFTLET_API void swiftlet_zero_shot_release(swiftlet_zero_shot *zero_shot);

typedef struct swiftlet_zero_shot_options {
    uint32_t struct_size;
    uint32_t multi_label;  // SWIFTLET_YES: each label holds or does not; else one of them holds
    const char *hypothesis_template;  // the sentence, with {} for the label; NULL: "This example is {}."
    swiftlet_cancellation *cancellation;
} swiftlet_zero_shot_options;

// The probability of each label for each text, [count, labels], one text after the other, in the labels' order. Threads:
// serialised.
SWIFTLET_API swiftlet_status swiftlet_zero_shot_classify(
    swiftlet_zero_shot *zero_shot, const swiftlet_texts *texts, const swiftlet_texts *labels,
    const swiftlet_zero_shot_options *options, float *probabilities, size_t capacity, size_t *needed,
    swiftlet_error **error);

// ---- Tasks: names in texts

// Finds names and other spans in texts, by a model with a classifier of tokens. The rules are those of transformers' token
// classification.
typedef struct swiftlet_tagger swiftlet_tagger;

// How the classes of tokens become those of spans.
enum {
    SWIFTLET_AGGREGATION_DEFAULT = 0,  // SWIFTLET_AGGREGATION_SIMPLE
    SWIFTLET_AGGREGATION_NONE = 1,     // each token by itself
    SWIFTLET_AGGREGATION_SIMPLE = 2,   // neighbours of one class, by each token's best
    SWIFTLET_AGGREGATION_FIRST = 3,    // neighbours of one class, by the first token of each word
    SWIFTLET_AGGREGATION_AVERAGE = 4,  // by the mean of a word's tokens
    SWIFTLET_AGGREGATION_MAX = 5       // by the token of a word that is surest
};

typedef struct swiftlet_tagger_options {
    uint32_t struct_size;
    uint32_t threads;  // 0: as many as the process may use
    uint64_t max_tokens;  // of a text; 0: the model's context
    uint32_t overflow;  // SWIFTLET_OVERFLOW_DEFAULT, ...
    uint32_t batch_tokens;  // computed together; 0: 512
    const char *instruction_set;  // as an embedder's
    uint32_t parse_special;  // as an embedder's
    uint32_t aggregation;  // SWIFTLET_AGGREGATION_DEFAULT, ...
    // Of the model: what it runs with, and what multiplies each; NULL: 1.
    swiftlet_adapter *const *adapters;  // [adapter_count]
    const float *adapter_scales;  // [adapter_count]
    uint64_t adapter_count;
    const swiftlet_texts *ignored_labels;  // classes that are no spans; NULL: "O"
} swiftlet_tagger_options;

// A part of a text and its class. `struct_size` is the library's: fields behind it are not there.
typedef struct swiftlet_span {
    uint32_t struct_size;
    float score;  // the probability of the class, the mean over joined tokens or words
    uint64_t index;  // of the text
    uint64_t start;  // in characters (Unicode code points)
    uint64_t end;
    uint64_t start_byte;
    uint64_t end_byte;
    int64_t token;  // of a token by itself, its number among the text's, the special ones counted in; else -1
    const char *label;  // ends with a zero; of joined tokens without "B-" and "I-"
} swiftlet_span;

// Gets the spans text by text, those of one text in order. It and all it points at are valid during the call. Returns
// SWIFTLET_CONTINUE or SWIFTLET_STOP.
typedef int32_t (*swiftlet_on_span)(void *user, const swiftlet_span *span);

// Threads: any.
SWIFTLET_API swiftlet_status swiftlet_tagger_open(
    const swiftlet_model *model, const swiftlet_tagger_options *options, swiftlet_tagger **out, swiftlet_error **error);

// Threads: any.
SWIFTLET_API void swiftlet_tagger_release(swiftlet_tagger *tagger);

// Gives the caller the spans of some texts; those that came before a failure are valid. `cancellation` may be NULL. Threads:
// serialised.
SWIFTLET_API swiftlet_status swiftlet_tag(
    swiftlet_tagger *tagger, const swiftlet_texts *texts, swiftlet_cancellation *cancellation, swiftlet_on_span on_span,
    void *user, swiftlet_error **error);

// ---- Tasks: text to text

// A decoder at work: tokens go in, logits come out. Its memory is the key/value cache.
typedef struct swiftlet_session swiftlet_session;

typedef struct swiftlet_session_options {
    uint32_t struct_size;
    uint32_t threads;  // 0: as many as the process may use
    uint64_t context_length;  // tokens that it can hold; 0: what the model was made for
    uint32_t cache_type;  // SWIFTLET_CACHE_DEFAULT, ...
    uint32_t step_tokens;  // max tokens that are computed together; 0: 512
    const char *instruction_set;  // as an embedder's
    // Of the model: what it runs with, and what multiplies each; NULL: 1.
    swiftlet_adapter *const *adapters;  // [adapter_count]
    const float *adapter_scales;  // [adapter_count]
    uint64_t adapter_count;
} swiftlet_session_options;

// How tokens are chosen, in this order: bias, penalties, top-k, typical-p, top-p, min-p, temperature.
typedef struct swiftlet_sampling_options {
    uint32_t struct_size;
    uint32_t greedy;  // SWIFTLET_YES: the most probable token always; temperature and what cuts off have no effect
    float temperature;  // 0: 0.8
    int32_t top_k;  // 0: 40; -1: all tokens
    float top_p;  // 0: 0.95; 1: all
    float min_p;  // 0: 0.05; negative: all
    float typical_p;  // 0 and 1: all
    float repetition_penalty;  // 0 and 1: none
    float frequency_penalty;  // 0: none
    float presence_penalty;  // 0: none
    int32_t penalty_window;  // tokens that penalties look at; 0: 64, -1: all
    uint32_t recommended;  // SWIFTLET_YES: the model file's recommendations are the defaults
    uint64_t seed;  // the same gives the same text; 0: a new one every time
    const int32_t *bias_tokens;  // [bias_count] or NULL
    const float *bias_values;  // [bias_count] or NULL: added to the logits of these tokens
    uint64_t bias_count;
} swiftlet_sampling_options;

// White space in JSON that a schema describes: what printers write (nothing, a space, or a line break and an indent), or
// any.
enum { SWIFTLET_WHITESPACE_PRINTED = 0, SWIFTLET_WHITESPACE_ANY = 1 };

typedef struct swiftlet_generation_options {
    uint32_t struct_size;
    uint32_t ignore_end;  // SWIFTLET_YES: goes on when the model ends its text
    uint64_t max_tokens;  // 0: until the text ends or the context is full
    uint64_t min_tokens;  // the model cannot end its text before
    const swiftlet_sampling_options *sampling;  // NULL: the defaults
    const swiftlet_texts *stop;  // strings that end the text and are not part of it, none empty; NULL: none
    const char *grammar;  // GBNF that the text keeps to; NULL: none
    const char *json_schema;  // the text is JSON that this schema describes; NULL: any
    swiftlet_cancellation *cancellation;
    uint32_t drafting;  // SWIFTLET_YES: guesses tokens ahead by what came before; it changes the time alone
    uint32_t continues_prompt;  // SWIFTLET_YES: keeps the space that the text may begin with
    uint32_t json_whitespace;  // between the tokens of JSON: SWIFTLET_WHITESPACE_PRINTED, ...
    uint32_t reserved;
} swiftlet_generation_options;

// Why a text ended.
enum {
    SWIFTLET_END_NONE = 0,  // it did not: the call failed
    SWIFTLET_END_MODEL = 1,  // the model ended it
    SWIFTLET_END_STOP = 2,  // one of the stop strings came
    SWIFTLET_END_LENGTH = 3,  // max_tokens were generated
    SWIFTLET_END_CALLBACK = 4,  // the callback wanted no more
    SWIFTLET_END_CONTEXT = 5,  // the context is full
    SWIFTLET_END_GRAMMAR = 6  // the text is whole by its grammar or schema, which allows nothing more
};

// Whether a text is whole by its grammar or schema.
enum {
    SWIFTLET_GRAMMAR_NONE = 0,  // there is none
    SWIFTLET_GRAMMAR_COMPLETE = 1,
    SWIFTLET_GRAMMAR_UNFINISHED = 2  // it was cut
};

// Filled in as far as `struct_size`, which the caller sets, goes; also after SWIFTLET_ERROR_CANCELLED.
typedef struct swiftlet_generation {
    uint32_t struct_size;
    uint32_t end;  // SWIFTLET_END_NONE, ...
    uint64_t prompt_tokens;
    uint64_t computed_tokens;  // of the prompt: the others were there from before
    uint64_t generated_tokens;
    double prompt_seconds;
    double generation_seconds;
    uint32_t grammar;  // SWIFTLET_GRAMMAR_NONE, ...
    uint32_t reserved;
    // Of an unfinished text: tokens that the shortest text of its grammar needs, or a number below that, where the limits
    // left fewer; else 0.
    uint64_t grammar_tokens;
} swiftlet_generation;

// Gets each generated token and the text that it makes certain: whole characters, no part of a stop string, `size`
// bytes and a zero, often none at all; `token` is -1 for what was held back until the end. Returns SWIFTLET_CONTINUE or
// SWIFTLET_STOP. The text is valid during the call.
typedef int32_t (*swiftlet_on_text)(void *user, const char *text, size_t size, int32_t token);

// Threads: any.
SWIFTLET_API swiftlet_status swiftlet_session_open(
    const swiftlet_model *model, const swiftlet_session_options *options, swiftlet_session **out,
    swiftlet_error **error);

// Threads: any.
SWIFTLET_API void swiftlet_session_release(swiftlet_session *session);

// Completes a prompt. The session then holds only the prompt and the completion; the common prefix of what it held
// before and the prompt is not computed again. `on_text`, `result` and `text` may be NULL; `*text` gets the
// whole completion, also after SWIFTLET_ERROR_CANCELLED. Threads: one.
SWIFTLET_API swiftlet_status swiftlet_complete(
    swiftlet_session *session, const char *prompt, size_t size, const swiftlet_generation_options *options,
    swiftlet_on_text on_text, void *user, swiftlet_generation *result, swiftlet_buffer **text, swiftlet_error **error);

// A conversation with a decoder that has a chat template.
typedef struct swiftlet_chat swiftlet_chat;

// Handling of conversations that do not fit the context.
enum {
    SWIFTLET_CHAT_OVERFLOW_DEFAULT = 0,  // SWIFTLET_CHAT_OVERFLOW_ERROR
    SWIFTLET_CHAT_OVERFLOW_ERROR = 1,
    SWIFTLET_CHAT_OVERFLOW_SHIFT = 2  // the model no longer sees the oldest messages after the system's
};

typedef struct swiftlet_chat_options {
    uint32_t struct_size;
    uint32_t overflow;  // SWIFTLET_CHAT_OVERFLOW_DEFAULT, ...
    const swiftlet_session_options *session;  // NULL: the defaults
    const char *chat_template;  // Jinja, instead of the file's own; NULL: that
    const char *tools;  // the tools that the model may call, a JSON array as its template wants it; NULL: none
    uint32_t thinking;  // what the templates of reasoning models are told; by default nothing
    uint32_t reserved;
    // One of the file's named templates (tokenizer.chat_templates); NULL: "tool_use" where there is one and tools are given,
    // else the file's own. Not with chat_template.
    const char *template_name;
    // "auto" (the model decides), "none" (it is not told of the tools), "required" (answers are calls), or the name of the tool
    // that answers call; NULL: "auto".
    const char *tool_choice;
} swiftlet_chat_options;

// Who speaks.
enum {
    SWIFTLET_SPEAKER_SYSTEM = 1,
    SWIFTLET_SPEAKER_USER = 2,
    SWIFTLET_SPEAKER_ASSISTANT = 3,
    SWIFTLET_SPEAKER_TOOL = 4
};

typedef struct swiftlet_message {
    uint32_t struct_size;
    uint32_t speaker;  // SWIFTLET_SPEAKER_SYSTEM, ...
    const char *text;  // nothing in it becomes a control token of the model
    uint64_t size;
    const char *tool_calls;  // of an assistant: the calls that it made, a JSON array; NULL: none
    const char *name;  // of a tool; NULL: none
    const char *tool_call_id;  // of a tool: which call it answers; NULL: none
    const char *reasoning;  // of an assistant: what it reasoned before the text; NULL: nothing
} swiftlet_message;

// A part of an answer.
enum {
    SWIFTLET_EVENT_CONTENT = 1,  // the next piece of the text that is meant for the reader
    SWIFTLET_EVENT_REASONING = 2,  // the next piece of the model's reasoning
    SWIFTLET_EVENT_TOOL_CALL = 3  // a whole call of a tool
};

typedef struct swiftlet_chat_event {
    uint32_t struct_size;
    uint32_t kind;  // SWIFTLET_EVENT_CONTENT, ...
    const char *text;  // the piece, whole characters, and a zero; of a call: its arguments, a JSON object
    uint64_t size;  // of the text in bytes
    const char *name;  // of a call: the tool; else NULL
    const char *id;  // of a call: tells it from others, for tool_call_id of its result; else NULL
} swiftlet_chat_event;

// Gets each part of an answer as soon as it is certain. Returns SWIFTLET_CONTINUE or SWIFTLET_STOP. The event is valid during
// the call.
typedef int32_t (*swiftlet_on_event)(void *user, const swiftlet_chat_event *event);

// Threads: any.
SWIFTLET_API swiftlet_status swiftlet_chat_open(
    const swiftlet_model *model, const swiftlet_chat_options *options, swiftlet_chat **out, swiftlet_error **error);

// Threads: any.
SWIFTLET_API void swiftlet_chat_release(swiftlet_chat *chat);

// Adds a message to the conversation's end. Threads: one.
SWIFTLET_API swiftlet_status swiftlet_chat_add(
    swiftlet_chat *chat, const swiftlet_message *message, swiftlet_error **error);

// Adds a message of the user, unless `message` is NULL, and the model's answer. `on_text`, `result` and `text` may be
// NULL; `*text` gets the answer. An answer that is cancelled or stopped is added as far as it came; after any other
// failure nothing is added. Threads: one.
SWIFTLET_API swiftlet_status swiftlet_chat_respond(
    swiftlet_chat *chat, const char *message, size_t size, const swiftlet_generation_options *options,
    swiftlet_on_text on_text, void *user, swiftlet_generation *result, swiftlet_buffer **text, swiftlet_error **error);

// As swiftlet_chat_respond, with the content, the reasoning and the calls of the answer apart; `on_event` may be NULL. `*text`
// gets all that the model wrote. Calls are looked for where the chat has tools. Threads: one.
SWIFTLET_API swiftlet_status swiftlet_chat_answer(
    swiftlet_chat *chat, const char *message, size_t size, const swiftlet_generation_options *options,
    swiftlet_on_event on_event, void *user, swiftlet_generation *result, swiftlet_buffer **text, swiftlet_error **error);

// How many messages there are. Threads: one.
SWIFTLET_API swiftlet_status swiftlet_chat_count(swiftlet_chat *chat, uint64_t *count, swiftlet_error **error);

// Who speaks in a message (`speaker` may be NULL), and its text. Threads: one.
SWIFTLET_API swiftlet_status swiftlet_chat_message(
    swiftlet_chat *chat, uint64_t index, uint32_t *speaker, char *buffer, size_t capacity, size_t *needed,
    swiftlet_error **error);

// A message as a JSON object: "role", "content" and, where it has them, "reasoning", "tool_calls", "name", "tool_call_id".
// Threads: one.
SWIFTLET_API swiftlet_status swiftlet_chat_message_json(
    swiftlet_chat *chat, uint64_t index, char *buffer, size_t capacity, size_t *needed, swiftlet_error **error);

// Forgets all messages but the first `count`. Threads: one.
SWIFTLET_API swiftlet_status swiftlet_chat_truncate(swiftlet_chat *chat, uint64_t count, swiftlet_error **error);

// The conversation with all that was computed of it, compressed with zstd, in a new buffer. Threads: one.
SWIFTLET_API swiftlet_status swiftlet_chat_save(swiftlet_chat *chat, swiftlet_buffer **state, swiftlet_error **error);

// The same to a file, which is replaced once all is written; not one that a model is open from. Threads: one.
SWIFTLET_API swiftlet_status swiftlet_chat_save_file(swiftlet_chat *chat, const char *path, swiftlet_error **error);

// Goes on with a saved conversation. SWIFTLET_ERROR_FILE for a state that is damaged, no chat's, or of another model or
// cache type: messages are then as before. Threads: one.
SWIFTLET_API swiftlet_status swiftlet_chat_restore(
    swiftlet_chat *chat, const void *state, size_t size, swiftlet_error **error);

// Threads: one.
SWIFTLET_API swiftlet_status swiftlet_chat_restore_file(
    swiftlet_chat *chat, const char *path, swiftlet_error **error);

// ---- Tasks: texts to other texts

// Turns texts into others by an encoder-decoder (SWIFTLET_MODEL_TEXT_TO_TEXT): translations, summaries.
typedef struct swiftlet_translator swiftlet_translator;

// What is done with texts.
enum {
    SWIFTLET_TASK_TRANSLATE = 0,
    SWIFTLET_TASK_SUMMARIZE = 1,
    SWIFTLET_TASK_PLAIN = 2  // they go in as they are
};

typedef struct swiftlet_translator_options {
    uint32_t struct_size;
    uint32_t threads;  // 0: as many as the process may use
    // A language: a code ("de"), the model's own ("deu_Latn"), or an English name. NULL: the model has no choice, or makes
    // its own. One that it does not know is SWIFTLET_ERROR_ARGUMENT, whose message names those that it knows.
    const char *from;
    const char *to;
    uint32_t task;  // SWIFTLET_TASK_TRANSLATE, ...
    uint32_t beams;  // hypotheses of a search, 1 to 64; 1: greedy; 0: as the model's file recommends, else 1
    uint32_t batch;  // texts that are computed side by side, 1 to 1024; 1 answers a single text soonest; 0: 32
    uint32_t cache_type;  // SWIFTLET_CACHE_DEFAULT, ...
    uint32_t recommended;  // whether the model file's recommendations are the defaults; by default they are
    uint32_t reserved;
    const char *instruction_set;  // as an embedder's
    // Of the model: what it runs with, and what multiplies each; NULL: 1.
    swiftlet_adapter *const *adapters;  // [adapter_count]
    const float *adapter_scales;  // [adapter_count]
    uint64_t adapter_count;
} swiftlet_translator_options;

// When a search with several beams ends: once there are as many finished hypotheses as beams (TRUE), once none can score
// better at its present length (FALSE), or none at any length (NEVER).
enum {
    SWIFTLET_EARLY_STOPPING_DEFAULT = 0,  // the model's, else SWIFTLET_EARLY_STOPPING_FALSE
    SWIFTLET_EARLY_STOPPING_TRUE = 1,
    SWIFTLET_EARLY_STOPPING_FALSE = 2,
    SWIFTLET_EARLY_STOPPING_NEVER = 3
};

// In each field, 0 is what the translator's model recommends, else the default that is named.
typedef struct swiftlet_translate_options {
    uint32_t struct_size;
    uint32_t n_best;  // translations of each text, up to the number of beams; 1
    uint64_t max_tokens;  // of a piece's translation; what the model was made for
    uint64_t min_tokens;  // before which a translation does not end; 0
    // Max tokens of a text that goes in at once: longer ones are cut behind ends of sentences, and what becomes of the
    // pieces is joined with a space; what the model takes.
    uint64_t piece_tokens;
    double length_penalty;  // the power of the length that scores are divided by; 1
    float repetition_penalty;  // 1: none
    uint32_t no_repeat_ngram;  // no n-gram of this length comes twice; 0: any may
    uint32_t early_stopping;  // SWIFTLET_EARLY_STOPPING_DEFAULT, ...
    uint32_t reserved;
    swiftlet_cancellation *cancellation;
} swiftlet_translate_options;

// A translation of a text. `struct_size` is the library's: fields behind it are not there.
typedef struct swiftlet_translation {
    uint32_t struct_size;
    uint32_t rank;  // 0: the best
    uint64_t index;  // of the text
    const char *text;  // ends with a zero; "" of a text of white space
    uint64_t size;
    double score;  // the sum of its tokens' log-probabilities, divided by a power of their number
    const int32_t *tokens;  // [token_count], with the end of each piece
    uint64_t token_count;
    uint64_t piece_count;  // pieces that the text was cut into
} swiftlet_translation;

// Gets a translation as soon as all of its text are found: those of one text in order, texts in any order. It and all it
// points at are valid during the call. Returns SWIFTLET_CONTINUE or SWIFTLET_STOP.
typedef int32_t (*swiftlet_on_translation)(void *user, const swiftlet_translation *translation);

// Threads: any.
SWIFTLET_API swiftlet_status swiftlet_translator_open(
    const swiftlet_model *model, const swiftlet_translator_options *options, swiftlet_translator **out,
    swiftlet_error **error);

// Threads: any.
SWIFTLET_API void swiftlet_translator_release(swiftlet_translator *translator);

// Does the translator's task with some texts, many side by side. What becomes of a text does not depend on the others.
// Translations that came before a failure are valid. Threads: serialised.
SWIFTLET_API swiftlet_status swiftlet_translate(
    swiftlet_translator *translator, const swiftlet_texts *texts, const swiftlet_translate_options *options,
    swiftlet_on_translation on_translation, void *user, swiftlet_error **error);

// ---- Tasks: speech to text

typedef struct swiftlet_transcriber swiftlet_transcriber;

typedef struct swiftlet_transcriber_options {
    uint32_t struct_size;
    uint32_t threads;  // 0: as many as the process may use
    const char *language;  // a code ("en") or an English name, in any case; NULL, "auto": found in the first window
    const char *prompt;  // a text that the sound could have behind it: names, spelling; NULL: none
    uint32_t translate;  // SWIFTLET_YES: the text is English, whatever is spoken
    uint32_t times;  // whether the model is asked where segments begin and end; by default it is
    uint32_t words;  // SWIFTLET_YES: finds when each word is said
    uint32_t beams;  // hypotheses of a beam search; 0 and 1: greedy
    uint32_t fallback;  // whether bad results are tried again at higher temperatures; by default they are
    uint32_t condition_on_previous;  // SWIFTLET_YES: shows the model what it said before
    uint32_t skip_silence;  // SWIFTLET_YES: leaves out what is no speech by its energy
    uint32_t cache_type;  // SWIFTLET_CACHE_DEFAULT, ...
    uint64_t seed;  // of what is drawn at higher temperatures
    const char *instruction_set;  // as an embedder's
    // Of the model: what it runs with, and what multiplies each; NULL: 1.
    swiftlet_adapter *const *adapters;  // [adapter_count]
    const float *adapter_scales;  // [adapter_count]
    uint64_t adapter_count;
} swiftlet_transcriber_options;

// A word with the space and the punctuation around it. This struct never changes.
typedef struct swiftlet_word {
    const char *text;  // ends with a zero
    uint64_t size;
    double start;  // seconds from the start of the sound
    double end;
    double probability;
} swiftlet_word;

// A stretch of speech. `struct_size` is the library's: fields behind it are not there.
typedef struct swiftlet_segment {
    uint32_t struct_size;
    uint32_t reserved;
    double start;  // seconds from the start of the sound
    double end;
    const char *text;  // as the model gave it, mostly with a space in front; ends with a zero
    uint64_t size;
    const swiftlet_word *words;  // [word_count]; NULL unless words were asked for
    uint64_t word_count;
    const int32_t *tokens;  // [token_count], with those that tell times
    uint64_t token_count;
    double mean_log_probability;  // of its window's tokens
    double no_speech_probability;  // of its window
} swiftlet_segment;

// Gets a segment as soon as its window is done; it and all it points at are valid during the call. Returns
// SWIFTLET_CONTINUE or SWIFTLET_STOP.
typedef int32_t (*swiftlet_on_segment)(void *user, const swiftlet_segment *segment);

// Filled in as far as `struct_size`, which the caller sets, goes.
typedef struct swiftlet_transcription {
    uint32_t struct_size;
    uint32_t is_complete;  // 0 when the callback wanted no more
    double duration;  // seconds of sound that were taken in
    double language_probability;  // 0 where the language was given
    uint64_t window_count;
    char language[16];  // "" if there was no speech
} swiftlet_transcription;

// Threads: any.
SWIFTLET_API swiftlet_status swiftlet_transcriber_open(
    const swiftlet_model *model, const swiftlet_transcriber_options *options, swiftlet_transcriber **out,
    swiftlet_error **error);

// Threads: any.
SWIFTLET_API void swiftlet_transcriber_release(swiftlet_transcriber *transcriber);

// The text of sound: `samples` of one channel, full scale being 1, `sample_rate` a second (0: 16,000, which is what
// models take; others, 1,000 to 768,000, are converted). `cancellation`, `on_segment`, `result` and `text` may be NULL;
// `*text` gets the texts of all segments. Segments that came before a failure are valid. Threads: serialised.
SWIFTLET_API swiftlet_status swiftlet_transcribe(
    swiftlet_transcriber *transcriber, const float *samples, size_t count, uint32_t sample_rate,
    swiftlet_cancellation *cancellation, swiftlet_on_segment on_segment, void *user, swiftlet_transcription *result,
    swiftlet_buffer **text, swiftlet_error **error);

// The text of a WAV file of any rate and up to 64 channels; otherwise as swiftlet_transcribe. A file with less sound
// than its header promises, or none, is read as far as it goes, and told to the log. Threads: serialised.
SWIFTLET_API swiftlet_status swiftlet_transcribe_file(
    swiftlet_transcriber *transcriber, const char *path, swiftlet_cancellation *cancellation,
    swiftlet_on_segment on_segment, void *user, swiftlet_transcription *result, swiftlet_buffer **text,
    swiftlet_error **error);

// ---- Tokens

enum {
    SWIFTLET_TOKENIZE_NO_SPECIAL = 1,  // leaves out the tokens that the model expects around a text
    // Control tokens that are spelt out in the text become these tokens. Not for what others write to a decoder.
    SWIFTLET_TOKENIZE_PARSE_SPECIAL = 2,
    SWIFTLET_DETOKENIZE_SPECIAL = 1  // spells out control tokens
};

// The tokens of a text. `flags`: SWIFTLET_TOKENIZE_..., or 0. Threads: any.
SWIFTLET_API swiftlet_status swiftlet_tokenize(
    const swiftlet_model *model, const char *text, size_t size, uint32_t flags, int32_t *tokens, size_t capacity,
    size_t *needed, swiftlet_error **error);

// The text of some tokens; bytes that are no UTF-8 become U+FFFD. `flags`: SWIFTLET_DETOKENIZE_..., or 0. Threads: any.
SWIFTLET_API swiftlet_status swiftlet_detokenize(
    const swiftlet_model *model, const int32_t *tokens, size_t count, uint32_t flags, char *buffer, size_t capacity,
    size_t *needed, swiftlet_error **error);

// Whether a model that gives this token has nothing more to say; false for what is no token. Threads: any.
SWIFTLET_API bool swiftlet_token_is_end(const swiftlet_model *model, int32_t token);

// Filled in as far as `struct_size`, which the caller sets, goes.
typedef struct swiftlet_session_info {
    uint32_t struct_size;
    uint32_t threads;
    uint64_t position;  // tokens that it holds
    uint64_t context_length;
    uint64_t vocabulary_size;  // the number of logits
    uint64_t cache_bytes;  // of the key/value cache once the whole context is used
    uint32_t cache_type;  // SWIFTLET_CACHE_F32, ...
    uint32_t has_logits;  // 1 after tokens were taken in
    char instruction_set[16];
} swiftlet_session_info;

// Threads: one.
SWIFTLET_API swiftlet_status swiftlet_session_get_info(
    swiftlet_session *session, swiftlet_session_info *info, swiftlet_error **error);

// The tokens that it holds. Threads: one.
SWIFTLET_API swiftlet_status swiftlet_session_tokens(
    swiftlet_session *session, int32_t *tokens, size_t capacity, size_t *needed, swiftlet_error **error);

// Takes in tokens after those that it holds, and leaves the logits of the last one behind. After a cancellation it
// holds some of them; swiftlet_session_get_info tells how many. `cancellation` may be NULL. Threads: one.
SWIFTLET_API swiftlet_status swiftlet_session_prefill(
    swiftlet_session *session, const int32_t *tokens, size_t count, swiftlet_cancellation *cancellation,
    swiftlet_error **error);

// Takes in one token. Threads: one.
SWIFTLET_API swiftlet_status swiftlet_session_step(swiftlet_session *session, int32_t token, swiftlet_error **error);

// The logits after the last token, [vocabulary_size]. SWIFTLET_ERROR_NOT_FOUND where there are none: before the first
// token and after a rewind. Threads: one.
SWIFTLET_API swiftlet_status swiftlet_session_logits(
    swiftlet_session *session, float *logits, size_t capacity, size_t *needed, swiftlet_error **error);

// Sets how swiftlet_session_sample chooses, and restarts its random numbers. Threads: one.
SWIFTLET_API swiftlet_status swiftlet_session_set_sampling(
    swiftlet_session *session, const swiftlet_sampling_options *options, swiftlet_error **error);

// Chooses the next token by the logits; it is not taken in. SWIFTLET_ERROR_NOT_FOUND where there are none. Threads:
// one.
SWIFTLET_API swiftlet_status swiftlet_session_sample(
    swiftlet_session *session, int32_t *token, swiftlet_error **error);

// Generates text after the tokens that it holds and `count` more, 0 where there are logits; otherwise as
// swiftlet_complete. Threads: one.
SWIFTLET_API swiftlet_status swiftlet_session_generate(
    swiftlet_session *session, const int32_t *tokens, size_t count, const swiftlet_generation_options *options,
    swiftlet_on_text on_text, void *user, swiftlet_generation *result, swiftlet_buffer **text, swiftlet_error **error);

// Goes on with other adapters, or other scales of the same; a count of 0: with the model alone. NULL for `scales`: 1 for each. The
// session keeps its tokens, but what they computed is computed again before the next ones, by the new adapters. Logits are gone
// until then. Threads: one.
SWIFTLET_API swiftlet_status swiftlet_session_set_adapters(
    swiftlet_session *session, swiftlet_adapter *const *adapters, const float *scales, size_t count,
    swiftlet_error **error);

// Forgets all tokens but the first `position`; the logits are gone. Threads: one.
SWIFTLET_API swiftlet_status swiftlet_session_rewind(
    swiftlet_session *session, uint64_t position, swiftlet_error **error);

// The tokens and the key/value cache, compressed with zstd, in a new buffer. Logits are not part of it. Threads: one.
SWIFTLET_API swiftlet_status swiftlet_session_save(
    swiftlet_session *session, swiftlet_buffer **state, swiftlet_error **error);

// The same to a file, which is replaced once all is written; not one that a model is open from. Threads: one.
SWIFTLET_API swiftlet_status swiftlet_session_save_file(
    swiftlet_session *session, const char *path, swiftlet_error **error);

// Goes on with a saved state. SWIFTLET_ERROR_FILE for one that is damaged, no session's, or of another model or cache
// type: the session then holds what it held, or nothing. Threads: one.
SWIFTLET_API swiftlet_status swiftlet_session_restore(
    swiftlet_session *session, const void *state, size_t size, swiftlet_error **error);

// Threads: one.
SWIFTLET_API swiftlet_status swiftlet_session_restore_file(
    swiftlet_session *session, const char *path, swiftlet_error **error);

// ---- Looking inside

// What a model computed on a text: attention weights, hidden states, what its layers would predict. It never changes.
typedef struct swiftlet_trace swiftlet_trace;

typedef struct swiftlet_trace_options {
    uint32_t struct_size;
    uint32_t threads;  // 0: as many as the process may use
    uint32_t attention;  // whether attention weights are kept; by default they are
    uint32_t cache_type;  // SWIFTLET_CACHE_DEFAULT, ...
    // Layers and heads whose attention weights are kept, from 0 on, in any order; NULL: all.
    const uint32_t *layers;  // [layer_count]
    uint64_t layer_count;
    const uint32_t *heads;  // [head_count]
    uint64_t head_count;
    uint64_t max_attention_bytes;  // more is SWIFTLET_ERROR_ARGUMENT; 0: 4 GB
    const char *ablate;  // heads and layers that the model goes without, as "L3H5,L4"; NULL: none
    // Of an encoder-decoder, the text that its decoder reads; NULL: the one that it writes, by one beam. Or its tokens,
    // from the decoder's start token on.
    const char *target;
    const int32_t *target_tokens;  // [target_token_count]
    uint64_t target_token_count;
    const char *from;  // languages, as a translator's
    const char *to;
    const char *instruction_set;  // as an embedder's
    swiftlet_cancellation *cancellation;
} swiftlet_trace_options;

// A transformer that a trace went through. Filled in as far as `struct_size`, which the caller sets, goes.
typedef struct swiftlet_trace_stage {
    uint32_t struct_size;
    uint32_t stage_count;  // 2 of an encoder-decoder, whose encoder is stage 0; else 1
    uint32_t is_decoder;  // 1 where it predicts the next token
    uint32_t reserved;
    uint64_t position_count;
    uint64_t layer_count;
    uint64_t hidden_size;
    uint64_t attention_count;  // self-attentions and cross-attentions whose weights were kept, by layer
} swiftlet_trace_stage;

// An attention whose weights were kept. Filled in as far as `struct_size`, which the caller sets, goes.
typedef struct swiftlet_trace_attention {
    uint32_t struct_size;
    uint32_t is_cross;  // 1: its columns are the encoder's positions
    uint32_t layer;
    uint32_t head_count;  // heads that were kept, in rising order
    uint32_t layer_head_count;  // heads of the layer
    uint32_t key_value_head_count;
    uint32_t is_causal;  // 1 where no position attends to those behind it
    uint32_t has_sinks;  // 1 where some of the weight is on no position: rows sum to less than 1
    uint64_t row_count;  // positions that attend
    uint64_t column_count;  // positions that are attended to
} swiftlet_trace_attention;

// The arrays of a trace.
enum {
    SWIFTLET_TRACE_ATTENTION = 1,  // [heads, rows, columns]: weights of attention `index` of the stage
    SWIFTLET_TRACE_HIDDEN_STATES = 2,  // [positions, hidden_size]: the residual stream behind `index` layers
    SWIFTLET_TRACE_LOGITS = 3,  // [vocabulary]: behind the last token, of a decoder
    // [heads, 8], of each head of the self-attentions: layer, head, mean entropy of a row in nats, mean distance in
    // positions, mean weight on the first position, on the one before, on earlier ones with the same token, and on
    // those behind them (induction). The last two are NaN where no token is there twice.
    SWIFTLET_TRACE_HEAD_MEASURES = 4,
    SWIFTLET_TRACE_ROLLOUT = 5,  // [positions, positions]: attention rollout, arXiv:2005.00928
    SWIFTLET_TRACE_FLOW = 6,  // [positions, positions]: attention flow, same paper; SWIFTLET_ERROR_ARGUMENT if too long
    // [positions], of the last stage: the logarithm of each token's probability; of a decoder's first token NaN.
    SWIFTLET_TRACE_LOG_PROBABILITIES = 7
};

// Runs a decoder, an encoder or an encoder-decoder on a text, the tokens around it counted in. Values are those of any
// other run of the model. Threads: any.
SWIFTLET_API swiftlet_status swiftlet_trace_open(
    const swiftlet_model *model, const char *text, size_t size, const swiftlet_trace_options *options,
    swiftlet_trace **out, swiftlet_error **error);

// The same of tokens; an encoder-decoder then needs target_tokens. Threads: any.
SWIFTLET_API swiftlet_status swiftlet_trace_open_tokens(
    const swiftlet_model *model, const int32_t *tokens, size_t count, const swiftlet_trace_options *options,
    swiftlet_trace **out, swiftlet_error **error);

// Threads: any.
SWIFTLET_API void swiftlet_trace_release(swiftlet_trace *trace);

// A stage, from 0 on. Threads: any.
SWIFTLET_API swiftlet_status swiftlet_trace_get_stage(
    const swiftlet_trace *trace, uint32_t stage, swiftlet_trace_stage *info, swiftlet_error **error);

// An attention of a stage, from 0 on. Threads: any.
SWIFTLET_API swiftlet_status swiftlet_trace_get_attention(
    const swiftlet_trace *trace, uint32_t stage, uint64_t index, swiftlet_trace_attention *info,
    swiftlet_error **error);

// The tokens of a stage. Threads: any.
SWIFTLET_API swiftlet_status swiftlet_trace_tokens(
    const swiftlet_trace *trace, uint32_t stage, int32_t *tokens, size_t capacity, size_t *needed,
    swiftlet_error **error);

// An array of a stage: SWIFTLET_TRACE_...; `index` is 0 but where it says otherwise. `shape`, NULL or [3], gets its
// dimensions, 0 behind the last one. SWIFTLET_ERROR_NOT_FOUND where it is not there. Threads: any.
SWIFTLET_API swiftlet_status swiftlet_trace_read(
    const swiftlet_trace *trace, uint32_t array, uint32_t stage, uint64_t index, float *values, size_t capacity,
    size_t *needed, uint64_t *shape, swiftlet_error **error);

// What the last stage would predict behind each position if a layer were its last (logit lens). `layers`, [layer_count],
// are numbers of layers that the stream went through, from 0 on; NULL: all. The `top` most probable tokens and the
// logarithms of their probabilities are [layers, positions, top]; the entropy of all probabilities in nats, and their
// Kullback-Leibler divergence from the model's own, [layers, positions]. Any of the four may be NULL. `capacity` and
// `needed` count layers times positions. `cancellation` may be NULL. Threads: any.
SWIFTLET_API swiftlet_status swiftlet_trace_lens(
    const swiftlet_trace *trace, const uint32_t *layers, size_t layer_count, size_t top,
    swiftlet_cancellation *cancellation, int32_t *tokens, float *log_probabilities, float *entropies,
    float *divergences, size_t capacity, size_t *needed, swiftlet_error **error);

#ifdef __cplusplus
}
#endif
#endif
