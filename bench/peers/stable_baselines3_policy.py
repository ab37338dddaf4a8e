"""A small policy of Stable-Baselines3 with what it answers, for the test of `mikt import`.

    python3 -m venv venv            # outside the repository
    venv/bin/pip install torch stable-baselines3 safetensors onnx onnxscript
    venv/bin/python bench/peers/stable_baselines3_policy.py

Trains PPO for a few updates on a toy task of Hopper's dimensions (11 observations of different scales, 3 actions) with
normalised observations, and writes to packages/algos/src/interchange/testdata/:

    stable-baselines3.safetensors   the policy's state_dict and VecNormalize's statistics, as docs/interchange.md says
    torch.onnx                      actor and critic without the normaliser, by torch.onnx.export
    torch-dynamo.onnx               the same by PyTorch's newer exporter
    stable-baselines3.json          raw observations, and the actions and values that Stable-Baselines3 gives for them
"""

import json
from pathlib import Path

import gymnasium
import numpy as np
import onnx
import stable_baselines3
import torch
from safetensors.torch import save_file
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize

FOLDER = Path(__file__).parents[2] / "packages/algos/src/interchange/testdata"
OBSERVATIONS, ACTIONS = 11, 3


class Follow(gymnasium.Env):
    """The reward is higher the nearer the action is to the first entries of the observation."""

    observation_space = gymnasium.spaces.Box(-np.inf, np.inf, (OBSERVATIONS,))
    action_space = gymnasium.spaces.Box(-1, 1, (ACTIONS,))

    def _draw(self):
        scale = np.geomspace(0.1, 20, OBSERVATIONS)
        self.observation = (1 + scale * self.np_random.normal(size=OBSERVATIONS)).astype(np.float32)
        return self.observation

    def reset(self, seed=None, options=None):
        super().reset(seed=seed)
        self.steps = 0
        return self._draw(), {}

    def step(self, action):
        reward = -float(np.sum((action - self.observation[:ACTIONS]) ** 2))
        self.steps += 1
        return self._draw(), reward, False, self.steps == 20, {}


class ActorCritic(torch.nn.Module):
    def __init__(self, policy):
        super().__init__()
        self.policy = policy

    def forward(self, observation):
        actor, critic = self.policy.mlp_extractor(observation)
        return self.policy.action_net(actor), self.policy.value_net(critic)


def without_traces(path):
    """The exporters write where in the Python source, by its path on this machine, each node comes from."""
    model = onnx.load(path)
    graph = model.graph
    for item in [model, graph, *graph.node, *graph.input, *graph.output, *graph.value_info, *graph.initializer]:
        item.ClearField("doc_string")
        item.ClearField("metadata_props")
    onnx.save(model, path)


def main():
    torch.manual_seed(1)
    env = VecNormalize(DummyVecEnv([Follow]), clip_obs=5.0, epsilon=1e-6)
    model = PPO("MlpPolicy", env, n_steps=512, seed=1, device="cpu")
    model.learn(4096)

    # What docs/interchange.md tells people to run.
    tensors = {name: tensor.contiguous() for name, tensor in model.policy.state_dict().items()}
    tensors["obs_rms.mean"] = torch.from_numpy(env.obs_rms.mean)
    tensors["obs_rms.var"] = torch.from_numpy(env.obs_rms.var)
    metadata = {
        "activation": model.policy.activation_fn.__name__,
        "clip_obs": str(env.clip_obs),
        "epsilon": str(env.epsilon),
        "steps": str(model.num_timesteps),
    }
    FOLDER.mkdir(parents=True, exist_ok=True)
    save_file(tensors, FOLDER / "stable-baselines3.safetensors", metadata)

    network = ActorCritic(model.policy).eval()
    example = torch.zeros(1, OBSERVATIONS)
    names = {"input_names": ["observation"], "output_names": ["action", "value"]}
    torch.onnx.export(
        network,
        (example,),
        FOLDER / "torch.onnx",
        dynamo=False,
        dynamic_axes={name: {0: "batch"} for name in ["observation", "action", "value"]},
        **names,
    )
    torch.onnx.export(
        network,
        (example,),
        FOLDER / "torch-dynamo.onnx",
        dynamo=True,
        external_data=False,
        dynamic_shapes=({0: torch.export.Dim("batch")},),
        **names,
    )

    for name in ["torch.onnx", "torch-dynamo.onnx"]:
        without_traces(FOLDER / name)

    rng = np.random.default_rng(2)
    # Some beyond the clip.
    raw = 1 + np.geomspace(0.1, 20, OBSERVATIONS) * 2.5 * rng.normal(size=(16, OBSERVATIONS))
    normalised = env.normalize_obs(raw)
    # predict() clips actions to the space's bounds, as the environment would; the policy's mean is compared.
    with torch.no_grad():
        tensor = torch.as_tensor(normalised, dtype=torch.float32)
        actions = model.policy.get_distribution(tensor).mode()
        values = model.policy.predict_values(tensor)
    record = {
        "stable_baselines3": stable_baselines3.__version__,
        "torch": torch.__version__,
        "observations": raw.tolist(),
        "actions": actions.tolist(),
        "values": values.flatten().tolist(),
    }
    (FOLDER / "stable-baselines3.json").write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
