"""Stable-Baselines3's PPO on Gymnasium's Ant-v4 with contact forces: environment steps per second, end to end.

    venv/bin/python bench/peers/stable_baselines3_ppo.py --envs 2 --torch-threads 1 --steps 61440

What to install, and what runs it in turn with the others: bench/peers/README.md. Prints one JSON object. As with
mikt and CleanRL, 2,048 transitions per update, 32 minibatches, 10 epochs, two hidden layers of 64 tanh units each for
policy and value, observations and rewards normalised. Stable-Baselines3's own defaults stay where they cost no time to
speak of: a constant learning rate, a value loss without clipping.
"""

import argparse
import json
import time

import gymnasium
import mujoco
import stable_baselines3
import torch
from gymnasium_ant import ANT
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import DummyVecEnv, SubprocVecEnv, VecNormalize

STEPS_PER_UPDATE = 2048


def make_ant():
    # In a process of its own, too, this module's imports have made the environment known.
    return gymnasium.make(ANT)


def measure(envs, processes, torch_threads, steps):
    torch.set_num_threads(torch_threads)
    kind = SubprocVecEnv if processes else DummyVecEnv
    env = VecNormalize(kind([make_ant] * envs))
    model = PPO("MlpPolicy", env, n_steps=STEPS_PER_UPDATE // envs, batch_size=64, n_epochs=10, device="cpu", seed=1)
    # The first update warms up.
    model.learn(STEPS_PER_UPDATE)
    before = model.num_timesteps
    started = time.perf_counter()
    model.learn(steps, reset_num_timesteps=False)
    seconds = time.perf_counter() - started
    env.close()
    return model.num_timesteps - before, seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--envs", type=int, default=1)
    parser.add_argument("--processes", action="store_true", help="each environment in a process of its own")
    parser.add_argument("--torch-threads", type=int, default=1)
    parser.add_argument("--steps", type=int, default=30 * STEPS_PER_UPDATE)
    settings = vars(parser.parse_args())
    steps, seconds = measure(**settings)
    versions = {
        "stable-baselines3": stable_baselines3.__version__,
        "torch": torch.__version__,
        "gymnasium": gymnasium.__version__,
        "mujoco": mujoco.__version__,
    }
    print(json.dumps({"settings": settings, "steps": steps, "seconds": seconds, "versions": versions}))


if __name__ == "__main__":
    main()
