"""Replays what mikt_physics.mjs recorded in native MuJoCo on one thread and times it.

    node bench/peers/mikt_physics.mjs --env Ant --steps 10000 --record recording.json
    venv/bin/python bench/peers/native_physics.py recording.json

The same model, starts, actions and frame skip: per environment step one call of mj_step for all of its physics steps
(a loop in C) and one of mj_rnePostConstraint; per episode mj_resetData, mj_forward and mj_rnePostConstraint. There is
neither observation nor reward. Before the time is taken, the first step of every episode is compared with the
recording. Prints one JSON object.
"""

import json
import sys
import time
from pathlib import Path

import mujoco
import numpy as np


def begin(model, data, episode):
    mujoco.mj_resetData(model, data)
    data.qpos[:], data.qvel[:] = episode["qpos"], episode["qvel"]
    mujoco.mj_forward(model, data)
    mujoco.mj_rnePostConstraint(model, data)


def step(model, data, action, frame_skip):
    data.ctrl[:] = action
    mujoco.mj_step(model, data, frame_skip)
    mujoco.mj_rnePostConstraint(model, data)


def main():
    recording = json.loads(Path(sys.argv[1]).read_text())
    model = mujoco.MjModel.from_xml_string(recording["mjcf"])
    data = mujoco.MjData(model)
    frame_skip, episodes = recording["frameSkip"], recording["episodes"]
    for episode in episodes:
        episode["actions"] = np.array(episode["actions"])
        begin(model, data, episode)
        step(model, data, episode["actions"][0], frame_skip)
        # Later steps drift apart: contacts turn differences of the last digit into visible ones.
        np.testing.assert_allclose(data.qpos, episode["qposAfterOne"], atol=1e-6)

    started = time.perf_counter()
    for episode in episodes:
        begin(model, data, episode)
        for action in episode["actions"]:
            step(model, data, action, frame_skip)
    seconds = time.perf_counter() - started

    settings = {"env": recording["env"], "frameSkip": frame_skip, "episodes": len(episodes)}
    steps = sum(len(episode["actions"]) for episode in episodes)
    versions = {"mujoco": mujoco.__version__}
    print(json.dumps({"settings": settings, "steps": steps, "seconds": seconds, "versions": versions}))


if __name__ == "__main__":
    main()
