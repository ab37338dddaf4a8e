"""Steps Gymnasium's Ant-v4 and Hopper-v4, and our centipedes, in native MuJoCo and writes what happens.

    python3 -m venv venv            # outside the repository
    venv/bin/pip install mujoco==3.14.0 gymnasium==1.0.0 imageio numpy
    venv/bin/python bench/peers/gymnasium_transitions.py

It fills packages/envs/testdata/*.json, which packages/envs/src/golden.test.ts compares with our own environments.
The centipedes have no peer in Gymnasium: their models are packages/envs/testdata/*.xml, and their rewards, ends and
observations are written out here anew.

A case starts from (qpos, qvel) after mj_resetData, so that the solver's warm start is zero, then applies `actions`
one after the other until one ends the episode. `start` is the observation before the first of them. Two details of
Gymnasium 1.0.0 are worked around without touching its rules: its ant.xml says coordinate="local", which MuJoCo
3.14's compiler refuses (it is the only meaning left), and its set_state leaves contact forces to the next step, so
mj_rnePostConstraint is called to observe them.
"""

import json
import math
import tempfile
from pathlib import Path

import gymnasium
import mujoco
import numpy as np
from gymnasium.envs import mujoco as gymnasium_mujoco

TESTDATA = Path(__file__).parents[2] / "packages" / "envs" / "testdata"
TRAJECTORY = 20


class GymnasiumPeer:
    """One of Gymnasium's environments, without its wrappers."""

    def __init__(self, name, **options):
        self.env = gymnasium.make(name, **options).unwrapped
        self.model, self.data = self.env.model, self.env.data

    def start(self, qpos, qvel):
        mujoco.mj_resetData(self.model, self.data)
        self.env.set_state(qpos, qvel)
        mujoco.mj_rnePostConstraint(self.model, self.data)
        return self.env._get_obs()

    def step(self, action):
        observation, reward, terminated, _, _ = self.env.step(action)
        return observation, reward, bool(terminated)


class CentipedePeer:
    """A centipede by the rules of Wang et al. 2018 (NerveNet), scaled to its number of legs."""

    def __init__(self, name, legs):
        self.model = mujoco.MjModel.from_xml_path(str(TESTDATA / f"{name}.xml"))
        self.data = mujoco.MjData(self.model)
        self.legs = legs
        self.torsos = [self.model.body(f"torso_{i}").id for i in range(math.ceil(legs / 2))]

    def observe(self):
        self.forces = np.clip(self.data.cfrc_ext, -1, 1)
        return np.concatenate([self.data.qpos[2:], self.data.qvel, self.forces.ravel()])

    def start(self, qpos, qvel):
        mujoco.mj_resetData(self.model, self.data)
        self.data.qpos[:], self.data.qvel[:] = qpos, qvel
        mujoco.mj_forward(self.model, self.data)
        mujoco.mj_rnePostConstraint(self.model, self.data)
        return self.observe()

    def step(self, action):
        before = self.data.xpos[self.torsos[-1], 0]
        self.data.ctrl[:] = action
        for _ in range(5):
            mujoco.mj_step(self.model, self.data)
        mujoco.mj_rnePostConstraint(self.model, self.data)
        speed = (self.data.xpos[self.torsos[-1], 0] - before) / 0.05
        observation = self.observe()
        costs = 0.5 * np.square(action).sum() + 0.5e-3 * np.square(self.forces).sum()
        reward = speed - costs * 4 / self.legs + 1
        places = self.data.xpos[self.torsos]
        upright = np.all((places[:, 2] > 0.35) & (places[:, 2] < 1.15))
        straight = np.all(np.abs(np.diff(places[:, 1])) < 0.45)
        return observation, reward, not (upright and straight)


def case(kind, peer, qpos, qvel, actions):
    start = peer.start(qpos, qvel)
    steps = []
    for action in actions:
        observation, reward, terminated = peer.step(action)
        steps.append(
            {
                "action": numbers(action),
                "observation": numbers(observation),
                "reward": float(reward),
                "terminated": terminated,
            }
        )
        if terminated:
            break
    return {
        "kind": kind,
        "qpos": numbers(qpos),
        "qvel": numbers(qvel),
        "start": numbers(start),
        "steps": steps,
    }


def numbers(values):
    """Full precision; whole numbers, most of them zeros, without a point."""
    return [int(v) if v == int(v) else float(v) for v in np.asarray(values, dtype=float)]


def visited(peer, rng, noise, scale, start_height=None):
    """States of one random run up to its end: (qpos, qvel, contacts, whether the action taken there ended it)."""
    qpos = peer.model.qpos0 + rng.uniform(-noise, noise, peer.model.nq)
    if start_height is not None:
        qpos[start_height[0]] = start_height[1]
    qvel = noise * rng.standard_normal(peer.model.nv)
    peer.start(qpos, qvel)
    found = []
    for _ in range(200):
        state = peer.data.qpos.copy(), peer.data.qvel.copy()
        contacts = peer.data.ncon
        action = rng.uniform(-scale, scale, peer.model.nu)
        _, _, terminated = peer.step(action)
        found.append((*state, contacts, action, terminated))
        if terminated:
            break
    return found


def cases(peer, rng, noise, height, tries, terminal):
    """Cases of every kind. `height` is (index in qpos, a height in the air); `terminal` lists states past the end."""
    picked = {"contact": [], "air": [], "last step": []}
    for _ in range(200):
        run = visited(peer, rng, noise, rng.choice([0.1, 0.5, 1.0]))
        for qpos, qvel, contacts, action, terminated in run:
            kind = "last step" if terminated else "contact" if contacts else "air"
            # A few per run, so that the cases come from many.
            if len(picked[kind]) < tries and (terminated or rng.random() < 0.1):
                picked[kind].append((qpos, qvel, action))
    for _ in range(tries - len(picked["air"])):
        qpos, qvel, _, action, _ = visited(peer, rng, noise, 0.5, height)[0]
        picked["air"].append((qpos, qvel, action))

    result = [case(kind, peer, q, v, [a]) for kind, states in picked.items() for q, v, a in states]
    for qpos, qvel, _ in picked["contact"][: tries // 2]:
        action = rng.uniform(-4, 4, peer.model.nu)
        result.append(case("action beyond its limits", peer, qpos, qvel, [action]))
    for qpos, qvel in terminal:
        action = rng.uniform(-1, 1, peer.model.nu)
        result.append(case("start past the end", peer, qpos, qvel, [action]))
    for scale in (0.1, 0.5):
        qpos, qvel, *_ = visited(peer, rng, noise, 0.1)[0]
        actions = rng.uniform(-scale, scale, (TRAJECTORY, peer.model.nu))
        result.append(case("trajectory", peer, qpos, qvel, actions))
    return result


def changed(model, index, values):
    """The initial position with one entry replaced, at rest."""
    for value in values:
        qpos = model.qpos0.copy()
        qpos[index] = value
        yield qpos, np.zeros(model.nv)


def write(name, peer, results):
    ends = sum(step["terminated"] for result in results for step in result["steps"])
    steps = sum(len(result["steps"]) for result in results)
    versions = {"mujoco": mujoco.__version__}
    if isinstance(peer, GymnasiumPeer):
        versions["gymnasium"] = gymnasium.__version__
    path = TESTDATA / f"{name}.json"
    lines = ",\n".join(json.dumps(result, separators=(",", ":")) for result in results)
    path.write_text(f'{{"env":"{name}","versions":{json.dumps(versions)},"cases":[\n{lines}\n]}}\n')
    mass = peer.model.body_mass.sum()
    print(f"{name}: {len(results)} cases, {steps} steps, {ends} ends, {path.stat().st_size} bytes, mass {mass:.4f} kg")


def main():
    assets = Path(gymnasium_mujoco.__file__).parent / "assets"
    with tempfile.TemporaryDirectory() as folder:
        ant_xml = Path(folder) / "ant.xml"
        ant_xml.write_text((assets / "ant.xml").read_text().replace('coordinate="local" ', ""))
        ant = GymnasiumPeer("Ant-v4", xml_file=str(ant_xml), use_contact_forces=True)
    rng = np.random.default_rng(1)
    write("Ant", ant, cases(ant, rng, 0.1, (2, 0.95), 8, changed(ant.model, 2, [0.15, 1.3])))

    hopper = GymnasiumPeer("Hopper-v4")
    terminal = [*changed(hopper.model, 1, [0.6]), *changed(hopper.model, 2, [0.3, -0.3])]
    fast = hopper.model.qpos0.copy(), np.array([0, 0, 0, 0, 120.0, 0])
    write("Hopper", hopper, cases(hopper, rng, 5e-3, (1, 1.6), 16, [*terminal, fast]))

    for name, legs in (("CentipedeFour", 4), ("CpCentipedeSix", 6)):
        centipede = CentipedePeer(name, legs)
        terminal = changed(centipede.model, 2, [0.3, 1.3])
        write(name, centipede, cases(centipede, rng, 0.1, (2, 1.0), 5, terminal))


if __name__ == "__main__":
    main()
