"""Both models from the corpus to www/model: `./build.sh train --data DIR`."""

import argparse
import logging
import subprocess
from pathlib import Path

import finetune
from export import export
from minilm import write_initial_model

PLOTLENS = Path("target/release/plotlens")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    finetune.arguments(parser)
    parser.add_argument("--model", type=Path, default=Path("www/model"), help="where models go")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    train, valid = (options.data / f"{part}.jsonl.gz" for part in ("train", "valid"))
    for path in (train, valid):
        if not path.exists():
            parser.error(f"{path} is not there; --data names the folder of the corpus")
    if options.init is None:
        options.init = options.out.parent / "minilm"
        write_initial_model(options.init)
    export(finetune.finetune(options), valid, options.model)
    # Trains the keyword model, then writes the manifest of all that is there.
    arguments = ["train", "keywords", train, "--valid", valid, "--out", options.model]
    subprocess.run([PLOTLENS, *arguments], check=True)


if __name__ == "__main__":
    main()
