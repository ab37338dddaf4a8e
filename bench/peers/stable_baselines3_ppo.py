"""Stable-Baselines3's PPO beside ours on Ant: environment steps per second, end to end, in turn on one machine.

    python3 -m venv venv            # outside the repository
    venv/bin/pip install torch stable-baselines3 gymnasium==1.0.0 mujoco==3.14.0 imageio
    npm run setup
    venv/bin/python bench/peers/stable_baselines3_ppo.py [ROUNDS]

Both run 2,048 transitions per update, 32 minibatches, 10 epochs, two hidden layers of 64 tanh units each for policy
and value, normalised observations and rewards, on Gymnasium's Ant-v4 with contact forces and on our Ant: the same
physics (see gymnasium_transitions.py), native there and in WebAssembly here. Stable-Baselines3 is tried with one and
with two environments, in this process and in processes of their own, and with one and two threads of PyTorch.
"""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import gymnasium
import stable_baselines3
import torch
from gymnasium.envs import mujoco as gymnasium_mujoco
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import DummyVecEnv, SubprocVecEnv, VecNormalize

ROOT = Path(__file__).parents[2]
STEPS = 5 * 2048
SETTINGS = [(1, DummyVecEnv, 1), (1, DummyVecEnv, 2), (2, DummyVecEnv, 1), (2, SubprocVecEnv, 1), (2, SubprocVecEnv, 2)]


def ant_model():
    """ant.xml without coordinate="local", which the 3.14 compiler refuses (it is the only meaning left)."""
    text = (Path(gymnasium_mujoco.__file__).parent / "assets" / "ant.xml").read_text()
    path = Path(tempfile.gettempdir()) / "ant-without-coordinate.xml"
    path.write_text(text.replace(' coordinate="local"', ""))
    return str(path)


def make_ant(path):
    return lambda: gymnasium.make("Ant-v4", xml_file=path, use_contact_forces=True)


def measure_stable_baselines3(path, envs, kind, threads):
    torch.set_num_threads(threads)
    env = VecNormalize(kind([make_ant(path)] * envs))
    model = PPO("MlpPolicy", env, n_steps=2048 // envs, batch_size=64, n_epochs=10, device="cpu", seed=1)
    # The first update warms up.
    model.learn(2048)
    started = time.perf_counter()
    model.learn(STEPS, reset_num_timesteps=False)
    seconds = time.perf_counter() - started
    env.close()
    return STEPS / seconds


def measure_mikt(threads):
    out = tempfile.mkdtemp()
    command = ["node", str(ROOT / "apps/cli/bin/mikt.js"), "train", "Ant", "--steps", str(STEPS + 2048)]
    command += ["--threads", str(threads), "--out", f"{out}/run", "--json"]
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    rows = (Path(out) / "run" / "metrics.csv").read_text().splitlines()
    columns = rows[0].split(",")
    # The first row is the pass that only fills the normaliser.
    seconds = [float(row.split(",")[columns.index("seconds")]) for row in rows[1:]]
    shutil.rmtree(out)
    assert json.loads(result.stdout)["status"] == "finished"
    return STEPS / (seconds[-1] - seconds[0])


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    path = ant_model()
    speeds = {}
    for _ in range(rounds):
        for envs, kind, threads in SETTINGS:
            name = f"Stable-Baselines3, {envs} x {kind.__name__}, {threads} torch threads"
            speeds.setdefault(name, []).append(measure_stable_baselines3(path, envs, kind, threads))
        for threads in (1, 2):
            speeds.setdefault(f"mikt, {threads} threads", []).append(measure_mikt(threads))
    print(f"stable-baselines3 {stable_baselines3.__version__}, torch {torch.__version__}, {rounds} rounds in turn")
    for name, values in speeds.items():
        print(f"{name}: {statistics.median(values):,.0f} ({min(values):,.0f} to {max(values):,.0f}) steps/s")


if __name__ == "__main__":
    main()
