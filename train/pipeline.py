"""Both models from the corpus to www/model: `./build.sh train --data DIR`."""

import argparse
import json
import logging
import subprocess
from pathlib import Path

import finetune
import minilm
import vocabulary
from export import export

PLOTLENS = Path("target/release/plotlens")
WORK = Path("target/train")
VOCABULARY = 16_000

# The two runs of DistilBERT that are shipped, by the options of finetune.py.
# The first learns the genres; the second goes on from it with the pruned
# vocabulary, titles, more mapped and long texts, and rare genres three times.
FIRST = ["--steps", "4200", "--seed", "1"]
SECOND = """
    --first-epoch 2 --steps 3200 --seed 2 --batch-size 64 --max-length 80 --compile
    --title-fraction 0.5 --rare-repeats 3 --mapped-fraction 0.25 0.05 --long-fraction 0.15
    --learning-rate 2e-4
""".split()


def fine_tune(data: Path, init: Path, out: Path, options: list[str]) -> Path:
    """One run; a killed one goes on where it was. Returns the model folder."""
    parser = argparse.ArgumentParser()
    finetune.arguments(parser)
    given = ["--data", str(data), "--init", str(init), "--out", str(out), *options]
    return finetune.finetune(parser.parse_args(given))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with train.jsonl.gz")
    parser.add_argument("--init", type=Path, help="a Hugging Face DistilBERT folder; else MiniLM")
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
    first = fine_tune(options.data, init, WORK / "first", FIRST)
    pruned = WORK / "pruned"
    vocabulary.prune(first, pruned, train, VOCABULARY)
    second = fine_tune(options.data, pruned, WORK / "second", SECOND)
    runs = [json.loads((folder / "training.json").read_text()) for folder in (first, second)]
    export(second, valid, options.model, {"vocabulary": VOCABULARY, "runs": runs})
    # Trains the keyword model, then tunes and writes the manifest of all that is there.
    arguments = ["train", "keywords", train, "--valid", valid, "--out", options.model]
    subprocess.run([PLOTLENS, *arguments], check=True)


if __name__ == "__main__":
    main()
