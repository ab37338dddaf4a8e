"""CleanRL's PPO on Gymnasium's Ant-v4 with contact forces: environment steps per second, end to end.

    venv/bin/python bench/peers/cleanrl_ppo.py --envs 2 --torch-threads 1 --steps 61440

What to install, and what runs it in turn with the others: bench/peers/README.md. Prints one JSON object.

cleanrl/ppo_continuous_action.py of the release on PyPI (1.2.0) runs as it is, in a process of its own, with
arguments. It was written for Gymnasium before 1.0, so that it gets 0.29.1; both lie in a folder apart from the other
packages. Time is taken between the lines that it prints after its first update, which warms up, and after its last.
Its defaults are 2,048 transitions per update with one environment, 32 minibatches, 10 epochs, two hidden layers of
64 tanh units, observations and rewards normalised.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).parent
STEPS_PER_UPDATE = 2048
END_OF_UPDATE = "SPS:"


def measure(folder, envs, torch_threads, steps):
    updates = steps // STEPS_PER_UPDATE
    command = [sys.executable, "-u", str(folder / "cleanrl" / "ppo_continuous_action.py")]
    command += ["--env-id", "gymnasium_ant:AntWithContacts-v4", "--cuda", "false", "--num-envs", str(envs)]
    command += ["--num-steps", str(STEPS_PER_UPDATE // envs)]
    command += ["--total-timesteps", str((updates + 1) * STEPS_PER_UPDATE)]
    path = os.pathsep.join([str(folder), str(HERE)])
    environment = os.environ | {"PYTHONPATH": path, "OMP_NUM_THREADS": str(torch_threads)}
    ends, last_lines = [], []
    with tempfile.TemporaryDirectory() as runs, subprocess.Popen(
        command, cwd=runs, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        for line in process.stdout:
            last_lines = [*last_lines[-20:], line]
            if line.startswith(END_OF_UPDATE):
                ends.append(time.perf_counter())
    if process.returncode != 0 or len(ends) != updates + 1:
        sys.exit(f"CleanRL ended with status {process.returncode} after {len(ends)} updates:\n{''.join(last_lines)}")
    return updates * STEPS_PER_UPDATE, ends[-1] - ends[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=Path(sys.prefix) / "cleanrl", help="what pip --target filled")
    parser.add_argument("--envs", type=int, default=1)
    parser.add_argument("--torch-threads", type=int, default=1)
    parser.add_argument("--steps", type=int, default=30 * STEPS_PER_UPDATE)
    arguments = vars(parser.parse_args())
    steps, seconds = measure(**arguments)
    folder = arguments.pop("folder")
    apart = {found.name: found.version for found in metadata.distributions(path=[str(folder)])}
    versions = {**apart, "torch": metadata.version("torch"), "mujoco": metadata.version("mujoco")}
    print(json.dumps({"settings": arguments, "steps": steps, "seconds": seconds, "versions": versions}))


if __name__ == "__main__":
    main()
