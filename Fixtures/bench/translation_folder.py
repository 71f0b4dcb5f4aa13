"""A random Marian model as transformers saves it, for measuring speed: that does not depend on what weights are."""
import json

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors


def words(count):
    """The vocabulary's words: a text of n of them has n tokens and the end."""
    return [f"w{number}" for number in range(count)]


def write(folder, shape):
    """Writes the model's folder, unless it is there.

    shape: width, layers of each half, heads, feed-forward width, pieces.
    """
    if (folder / "model.safetensors").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    pieces = [("</s>", 0.0), ("<unk>", 0.0)]
    pieces += [("▁" + word, -8.0) for word in words(shape["pieces"] - 3)] + [("<pad>", 0.0)]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=1))
    tokenizer.add_special_tokens(["</s>", "<unk>", "<pad>"])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 0)])
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="</s>", unk_token="<unk>", pad_token="<pad>").save_pretrained(folder)
    torch.manual_seed(1)
    pad = shape["pieces"] - 1
    config = transformers.MarianConfig(
        vocab_size=shape["pieces"], d_model=shape["width"], encoder_layers=shape["layers"],
        decoder_layers=shape["layers"], encoder_attention_heads=shape["heads"],
        decoder_attention_heads=shape["heads"], encoder_ffn_dim=shape["feed_forward"],
        decoder_ffn_dim=shape["feed_forward"], max_position_embeddings=512, activation_function="swish",
        scale_embedding=True, pad_token_id=pad, decoder_start_token_id=pad, eos_token_id=0, forced_eos_token_id=None)
    model = transformers.MarianMTModel(config).eval()
    model.generation_config = transformers.GenerationConfig(
        pad_token_id=pad, decoder_start_token_id=pad, eos_token_id=0)
    model.save_pretrained(folder)
    # CTranslate2 looks for the class of Marian's tokenizer by its files; this one is in tokenizer.json.
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    settings["tokenizer_class"] = "PreTrainedTokenizerFast"
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
