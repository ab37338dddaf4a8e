"""Kills a run twice and resumes it, with TensorBoards open all the while, and compares what they show with metrics.csv.

    python3 -m venv venv            # outside the repository
    venv/bin/pip install tensorboard
    npm run setup
    venv/bin/python bench/peers/tensorboard/interrupted.py FOLDER

Trains Hopper in FOLDER, which must not exist. Some minutes at most. Exits with 1 where TensorBoard shows something else
than docs/run-folder.md says.
"""

import subprocess
import sys
import time
from pathlib import Path

from tensorboard_scalars import TensorBoard, differences, expected_scalars

MIKT = ["node", str(Path(__file__).parents[3] / "apps/cli/bin/mikt.js")]
READERS = ["data server", "python"]


def start(*arguments):
    return subprocess.Popen([*MIKT, *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def kill_when(process, condition):
    while not condition():
        if process.poll() is not None:
            sys.exit(f"mikt ended with status {process.returncode} before it could be killed.")
        time.sleep(0.01)
    # Between two rows: while one is written, metrics.csv has it a moment before the event file does.
    time.sleep(0.2)
    process.kill()
    process.wait()


def rows(run):
    file = run / "metrics.csv"
    return file.read_text().count("\n") - 1 if file.exists() else 0


def event_files(run):
    return list(run.glob("events.out.tfevents.*"))


def check(title, run, boards, seconds=30):
    """One line per TensorBoard. Returns the names of those that show something else than metrics.csv."""
    print(f"{title}: {rows(run)} rows, {len(event_files(run))} event files")
    expected = expected_scalars(run)
    differing = set()
    for name, board in boards.items():
        problems = differences(expected, board.wait_for(expected, seconds))
        print(f"  {name}: {problems[0] if problems else 'the same'}" + (", and so on" if len(problems) > 1 else ""))
        if problems:
            differing.add(name)
    return differing


def check_fresh(title, run):
    with TensorBoard(run, READERS[0]) as server, TensorBoard(run, READERS[1]) as python:
        return check(title, run, {f"{READERS[0]}, just started": server, f"{READERS[1]}, just started": python})


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: interrupted.py FOLDER")
    run = Path(sys.argv[1])
    wrong = []
    settings = ["--steps", 61440, "--seed", 1, "--set", "checkpointEvery=5", "--set", "epochs=1"]
    process = start("train", "Hopper", *settings, "--out", run)
    kill_when(process, lambda: rows(run) == 9)
    with TensorBoard(run, READERS[0]) as server, TensorBoard(run, READERS[1]) as python:
        open_boards = {f"{READERS[0]}, open": server, f"{READERS[1]}, open": python}
        wrong += check("Killed", run, open_boards)

        kill_when(start("resume", run), lambda: len(event_files(run)) == 2)
        # The data server forgets a point only when the run has come past it again.
        differing = check("Killed again right after its resume", run, open_boards, seconds=10)
        wrong += differing - {f"{READERS[0]}, open"}
        wrong += check_fresh("Killed again right after its resume", run)

        if start("resume", run).wait() != 0:
            sys.exit("The run could not be resumed.")
        wrong += check("Resumed to its end", run, open_boards)
        wrong += check_fresh("Resumed to its end", run)
    sys.exit(1 if wrong else 0)


main()
