"""Kernel SHAP of our engine's DistilBERT, for `plotlens explain-eval --scores`.

A word's value is its part of the logit of the text's top genre; words are taken
away by `plotlens occlude`, so that the model and the words are the page's own.
Needs `pip install shap==0.51.0`. A second call goes on where the first ended.
"""

import argparse
import json
import subprocess
import threading
from pathlib import Path

import numpy as np
import shap

import corpus as corpora


class Engine:
    """`plotlens occlude`, asked line by line."""

    def __init__(self, plotlens: Path, model: Path):
        command = [plotlens, "occlude", "--model", model]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
        self.passes = 0

    def ask(self, text: str, without):
        self.passes += len(without)
        request = json.dumps({"text": text, "without": without})
        self.process.stdin.write(request + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


def scores(engine: Engine, text: str, samples: int):
    """`[words]` of a text for its top genre, and in how many passes they were found."""
    before = engine.passes
    reply = engine.ask(text, [[]])
    words = len(reply["words"])
    genre = int(np.argmax(reply["logits"][0]["distilbert"]))

    def value(kept):
        without = [np.flatnonzero(row == 0).tolist() for row in kept]
        return np.array([x["distilbert"][genre] for x in engine.ask(text, without)["logits"]])

    explainer = shap.KernelExplainer(value, np.zeros((1, words)))
    # The default keeps ten words of a text; all are wanted.
    found = explainer.shap_values(np.ones((1, words)), nsamples=samples, l1_reg=0, silent=True)
    return np.asarray(found).reshape(words).tolist(), engine.passes - before


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, help="test.jsonl.gz")
    parser.add_argument("--out", type=Path, required=True, help="a JSON object a line")
    parser.add_argument("--rows", type=int, default=500)
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--model", type=Path, default=Path("www/model"))
    parser.add_argument("--plotlens", type=Path, default=Path("target/release/plotlens"))
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()

    done = set()
    if options.out.exists():
        done = {json.loads(line)["line"] for line in options.out.read_text().splitlines()}
    rows = list(enumerate(corpora.read_rows(options.file), 1))[: options.rows]
    waiting = iter([(line, row["text"]) for line, row in rows if line not in done])
    lock = threading.Lock()

    def work():
        engine = Engine(options.plotlens, options.model)
        while True:
            with lock:
                line, text = next(waiting, (0, ""))
            if line == 0:
                return
            np.random.seed(line)
            found, passes = scores(engine, text, options.samples)
            with lock, options.out.open("a") as out:
                out.write(json.dumps({"line": line, "scores": found, "passes": passes}) + "\n")

    threads = [threading.Thread(target=work) for _ in range(options.threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
