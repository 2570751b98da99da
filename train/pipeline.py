"""Both models from the corpus to www/model: `./build.sh train --data DIR`."""

import argparse
import json
import logging
import subprocess
from pathlib import Path

import corpus as corpora
import distill
import finetune
import minilm
import model as models
import mpnet
import vocabulary
from batches import Mix
from export import export
from run import SETTINGS, Rates

PLOTLENS = Path("target/release/plotlens")
WORK = Path("target/train")
VOCABULARY = 16_000

# What is shipped was trained with these settings, in two runs. The first learns the
# genres; the second goes on from it with the pruned vocabulary, titles, more mapped and
# long texts, and rare genres three times.
FIRST = finetune.Settings(
    Rates(encoder=1.5e-4, head=1e-3, warmup=150 / 4200),
    mixes=(Mix(0.15, 0.1), Mix(0.15, 0.1)),
    batch_size=48,
    seed=1,
    size=96,
    title_fraction=0.0,
    steps=4200,
)
SECOND = finetune.Settings(
    Rates(encoder=2e-4, head=1e-3, warmup=150 / 3200),
    mixes=(Mix(0.25, 0.15, 3), Mix(0.05, 0.15, 3)),
    batch_size=64,
    seed=2,
    first_turn=2,
    size=80,
    steps=3200,
    compiled=True,
)

# With a teacher: a large encoder learns the genres, and DistilBERT from what it makes of
# the texts.
TEACHER = finetune.Settings(
    Rates(encoder=5e-5, head=1e-3),
    mixes=(Mix(0.05, 0.05, 2),),
    batch_size=48,
    seed=1,
    size=96,
    dropout=0.0,
    frozen=4,
    reports=2,
)
STUDENT = distill.Settings(
    Rates(encoder=5e-4, head=1e-3),
    Mix(0.1, 0.1, 2, full=0.5),
    variants=2,
    passes=5,
    batch_size=128,
    seed=1,
    size=96,
)


def packed(path: Path, folder: Path, out: Path) -> corpora.Corpus:
    """A file of the corpus in the word pieces of a model folder; `out` keeps them."""
    if not corpora.is_newer(out, path, folder / "tokenizer.json"):
        out.parent.mkdir(parents=True, exist_ok=True)
        corpora.save_packed(corpora.load(path, models.load_tokenizer(folder)), out)
    return corpora.load_packed(out)


def both_packed(data: Path, folder: Path, kept: Path):
    """`train` and `valid` in the word pieces of a model folder."""
    parts = ("train", "valid")
    return [packed(data / f"{part}.jsonl.gz", folder, kept / f"{part}.npz") for part in parts]


def settings_of(*folders: Path) -> list[dict]:
    """What made each of these models."""
    return [json.loads((folder / SETTINGS).read_text()) for folder in folders]


def alone(data: Path, work: Path, init: Path):
    """The two runs; the folder of the model, and what made it."""
    first, pruned, second = work / "first", work / "pruned", work / "second"
    train, valid = both_packed(data, init, work / "whole-corpus")
    finetune.finetune("first", init, first, train, valid, FIRST)
    vocabulary.prune(first, pruned, data / "train.jsonl.gz", VOCABULARY)
    train, valid = both_packed(data, pruned, work / "pruned-corpus")
    finetune.finetune("second", pruned, second, train, valid, SECOND)
    return second, settings_of(first, second)


def taught(data: Path, work: Path, init: Path):
    """The teacher and its student; the student's folder, and what made it."""
    start, large = work / "start", work / "mpnet"
    teacher, student = work / "teacher", work / "student"
    vocabulary.prune(init, start, data / "train.jsonl.gz", VOCABULARY)
    mpnet.write_teacher(start, large)
    train, valid = both_packed(data, start, work / "start-corpus")
    finetune.finetune("teacher", large, teacher, train, valid, TEACHER)
    distill.distill("student", start, [teacher], student, train, valid, STUDENT)
    return student, settings_of(teacher, student)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with train.jsonl.gz")
    parser.add_argument("--init", type=Path, help="a Hugging Face DistilBERT folder; else MiniLM")
    parser.add_argument("--taught", action="store_true", help="by a teacher, a larger encoder")
    parser.add_argument("--model", type=Path, default=Path("www/model"), help="where models go")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    train, valid = (options.data / f"{part}.jsonl.gz" for part in ("train", "valid"))
    for path in (train, valid):
        if not path.exists():
            parser.error(f"{path} is not there; --data names the folder of the corpus")
    init = options.init
    if init is None:
        init = WORK / "minilm"
        minilm.write_initial_model(init)
    recipe = taught if options.taught else alone
    folder, runs = recipe(options.data, WORK, init)
    export(folder, valid, options.model, {"vocabulary": VOCABULARY, "runs": runs})
    # Trains the keyword model, then tunes and writes the manifest of all that is there.
    arguments = ["train", "keywords", train, "--valid", valid, "--out", options.model]
    subprocess.run([PLOTLENS, *arguments], check=True)


if __name__ == "__main__":
    main()
