"""A small sparse problem and its optimum by scikit-learn -> logistic.json."""

import json
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

ROWS, COLUMNS, C = 400, 60, 3.0

rng = np.random.default_rng(1)
dense = rng.random((ROWS, COLUMNS)) * (rng.random((ROWS, COLUMNS)) < 0.1)
dense /= np.maximum(np.linalg.norm(dense, axis=1, keepdims=True), 1e-9)
dense = dense.astype(np.float32)
truth = rng.normal(size=COLUMNS) * 3
positive = dense @ truth - 0.5 + rng.logistic(size=ROWS) > 0
model = LogisticRegression(C=C, tol=1e-10, max_iter=10_000, solver="lbfgs")
model.fit(csr_matrix(dense.astype(np.float64)), positive)
rows = [[[int(c), float(row[c])] for c in np.flatnonzero(row)] for row in dense]
data = {
    "columns": COLUMNS,
    "c": C,
    "rows": rows,
    "positive": positive.tolist(),
    "weights": model.coef_[0].tolist(),
    "bias": float(model.intercept_[0]),
}
Path(__file__).with_name("logistic.json").write_text(json.dumps(data) + "\n")
