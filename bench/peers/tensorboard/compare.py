"""Compares what TensorBoard shows of runs with their metrics.csv, every scalar, to the last bit of a 32-bit float.

    python3 -m venv venv            # outside the repository
    venv/bin/pip install tensorboard
    venv/bin/python bench/peers/tensorboard/compare.py RUN...

TensorBoard is asked twice, reading with its data server (what it does by default where there is one) and in Python.
The tags are those of the table in docs/run-folder.md. Exits with 1 where anything differs.
"""

import sys
from importlib.metadata import version
from pathlib import Path

from tensorboard_scalars import TensorBoard, differences, expected_scalars


def main():
    if len(sys.argv) < 2:
        sys.exit("usage: compare.py RUN...")
    print(f"tensorboard {version('tensorboard')}, tensorboard-data-server {version('tensorboard-data-server')}")
    differing = 0
    for run in map(Path, sys.argv[1:]):
        expected = expected_scalars(run)
        points = sum(map(len, expected.values()))
        files = len(list(run.glob("events.out.tfevents.*")))
        for reader in ["data server", "python"]:
            with TensorBoard(run, reader) as board:
                problems = differences(expected, board.wait_for(expected))
                texts = board.texts()
            if len(texts.get("configuration", [])) != 1 or "<table>" not in texts["configuration"][0]:
                problems.append("configuration: is not shown as one table")
            differing += len(problems)
            print(f"{run} ({files} event file{'s' * (files != 1)}), {reader}: {len(expected)} tags, {points} points:", end=" ")
            print("; ".join(problems) if problems else "the same")
    sys.exit(1 if differing else 0)


main()
