"""What TensorBoard shows of a run folder, over HTTP as its page asks for it, and what metrics.csv says it should show."""

import csv
import json
import math
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import numpy as np

PAGE = Path(__file__).parents[3] / "docs/run-folder.md"


class TensorBoard:
    """TensorBoard on one run folder, for a `with` statement. `reader`: "data server" (the default there is) or "python"."""

    def __init__(self, run, reader):
        fast = {"data server": "true", "python": "false"}[reader]
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process = subprocess.Popen(
            [
                *[sys.executable, "-m", "tensorboard.main", "--logdir", str(run), "--load_fast", fast],
                *["--host", "127.0.0.1", "--port", str(self.port), "--reload_interval", "1"],
                *["--samples_per_plugin", "scalars=1000000000"],
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def _get(self, path, **parameters):
        url = f"http://127.0.0.1:{self.port}/data/plugin/{path}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=60) as answer:
            return json.load(answer)

    def scalars(self):
        """Tag -> [(step, value)]."""
        tags = self._get("scalars/tags").get(".", {})
        series = {tag: self._get("scalars/scalars", run=".", tag=tag) for tag in tags}
        return {
            tag: [(step, np.float32(value)) for _, step, value in points] for tag, points in series.items() if points
        }

    def texts(self):
        """Tag -> HTML of its texts."""
        tags = self._get("text/tags").get(".", [])
        return {tag: [text["text"] for text in self._get("text/text", run=".", tag=tag)] for tag in tags}

    def wait_for(self, expected, seconds=60):
        """The scalars, once they are the expected ones or the time is up."""
        end = time.monotonic() + seconds
        shown = {}
        while time.monotonic() < end:
            if self.process.poll() is not None:
                sys.exit(f"TensorBoard ended with status {self.process.returncode}.")
            try:
                shown = self.scalars()
            except (urllib.error.URLError, ConnectionError):
                pass  # Not listening yet, or a tag without data yet.
            if not differences(expected, shown):
                break
            time.sleep(0.5)
        return shown


def tag_patterns():
    """The table of tags in docs/run-folder.md: [(expression for the column, template of the tag)]."""
    rows = re.findall(r"^\| `([\w/<>-]+)`\s*\| `([\w/<>-]+)`\s*\|", PAGE.read_text(), re.MULTILINE)
    return [
        (re.compile(re.sub(r"<(\w+)>", r"(?P<\1>[^/]+)", column)), re.sub(r"<(\w+)>", r"\\g<\1>", tag))
        for tag, column in rows
    ]


def expected_scalars(run):
    """Tag -> [(step, value)] of metrics.csv, by the documented table."""
    if not (run / "metrics.csv").is_file():
        sys.exit(f"{run} is not a run folder (it has no metrics.csv).")
    patterns = tag_patterns()
    with open(run / "metrics.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    series = {}
    for column in rows[0] if rows else []:
        if column in ("update", "steps"):
            continue
        tags = [match.expand(tag) for expression, tag in patterns if (match := expression.fullmatch(column))]
        if not tags:
            sys.exit(f"The column {column} is not in the table of {PAGE.name}.")
        with np.errstate(over="ignore"):
            points = [(int(row["steps"]), np.float32(float(row[column]))) for row in rows if row[column] != ""]
        if points:
            series[tags[0]] = points
    return series


def differences(expected, shown):
    """Sentences, one per tag that differs."""
    sentences = []
    for tag in sorted(expected.keys() | shown.keys()):
        wanted, got = dict(expected.get(tag, [])), dict(shown.get(tag, []))
        if len(got) != len(shown.get(tag, [])):
            sentences.append(f"{tag}: a step is shown twice")
        missing, foreign = wanted.keys() - got.keys(), got.keys() - wanted.keys()
        other = [step for step in wanted.keys() & got.keys() if not same(wanted[step], got[step])]
        if missing or foreign or other:
            sentences.append(
                f"{tag}: {len(missing)} points missing, {len(foreign)} too many, {len(other)} of another value"
            )
    return sentences


def same(a, b):
    return a == b or (math.isnan(a) and math.isnan(b))
