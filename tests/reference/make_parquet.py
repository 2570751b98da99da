"""Writes films.parquet, and the same rows as films.jsonl, with pyarrow 26:

    python tests/reference/make_parquet.py
"""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

FOLDER = Path(__file__).parent

ROWS = [
    {
        "id": "tt1",
        "title": "High Noon",
        "plot": "A sheriff, an outlaw and a stolen horse: a duel at noon on the frontier.",
        "genres": ["Western", "Drama"],
        "year": 1952,
        "capped": False,
    },
    {
        "id": "tt2",
        "title": None,
        "plot": "🎬 A demon possesses the haunted nurse; a priest performs an exorcism.\nThe end.",
        "genres": ["Horror"],
        "year": 1973,
        "capped": True,
    },
    {"id": "tt3", "title": "Nothing", "plot": None, "genres": ["War"], "year": None, "capped": False},
    {"id": None, "title": "Marks", "plot": "!?", "genres": ["Comedy"], "year": 2001, "capped": False},
    {
        "id": "tt5",
        "title": "Ardennes",
        "plot": "A platoon of soldiers is cut off behind enemy lines and holds a bridge in the battle.",
        "genres": ["War"],
        "year": 1961,
        "capped": False,
    },
]

SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        # Some programs do not say which bytes are text.
        ("title", pa.binary()),
        ("plot", pa.large_string()),
        ("genres", pa.list_(pa.string())),
        ("year", pa.int32()),
        ("capped", pa.bool_()),
    ]
)


def main() -> None:
    """Writes both files."""
    encoded = [row | {"title": row["title"] and row["title"].encode()} for row in ROWS]
    table = pa.Table.from_pylist(encoded, schema=SCHEMA)
    # Without the schema of its own that only its author reads; in several groups.
    pq.write_table(
        table,
        FOLDER / "films.parquet",
        row_group_size=2,
        compression={"plot": "zstd", "title": "snappy"},
        store_schema=False,
    )
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS)
    (FOLDER / "films.jsonl").write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
