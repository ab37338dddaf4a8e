"""Gymnasium's Ant-v4 with contact forces as `AntWithContacts-v4`, for whoever imports this module.

Gymnasium's ant.xml says coordinate="local", which MuJoCo 3.14's compiler refuses; it is the only meaning left, so the
words are taken out and nothing else is changed.
"""

import os
import tempfile
from pathlib import Path

import gymnasium
from gymnasium.envs import mujoco as gymnasium_mujoco

ANT = "AntWithContacts-v4"


def ant_model():
    """The path of Gymnasium's ant.xml without coordinate="local"."""
    text = (Path(gymnasium_mujoco.__file__).parent / "assets" / "ant.xml").read_text()
    path = Path(tempfile.gettempdir()) / f"gymnasium-{gymnasium.__version__}-ant.xml"
    # Other processes may read it at this moment: it is there whole or not at all.
    handle, whole = tempfile.mkstemp(suffix=".xml")
    with os.fdopen(handle, "w") as file:
        file.write(text.replace(' coordinate="local"', ""))
    os.replace(whole, path)
    return str(path)


gymnasium.register(
    ANT,
    entry_point="gymnasium.envs.mujoco.ant_v4:AntEnv",
    max_episode_steps=1000,
    kwargs={"xml_file": ant_model(), "use_contact_forces": True},
)
