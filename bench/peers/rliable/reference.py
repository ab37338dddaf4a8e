"""What rliable says of small fixed scores, for the tests of the statistics in packages/eval.

    python3 -m venv venv            # outside the repository
    venv/bin/pip install rliable==1.2.0 "pandas<3"
    venv/bin/python bench/peers/rliable/reference.py

Writes packages/eval/src/statistics/testdata/rliable.json, which rliable.test.ts beside it compares with ours; about
four minutes. (arch 7.2, which rliable bootstraps with, does not import with pandas 3.)

rliable's arrays are [run, task] and [run, task, step]; the file has them as scores[task][run] and curves[task][run][step],
like our own.

Each bound of a bootstrap interval is given as its mean and standard deviation over BATCHES intervals of RESAMPLES
samples each: the deviation is the sampling error of one such interval. rliable draws from NumPy's global generator
whatever random_state it is given, hence np.random.seed.
"""

import importlib.metadata
import json
from pathlib import Path

import numpy as np
from rliable import library, metrics

FILE = Path(__file__).parents[3] / "packages/eval/src/statistics/testdata/rliable.json"
BATCHES, RESAMPLES = 40, 2000

TASKS = ["Ant", "CentipedeEight", "Hopper"]
# [run, task]. X has 5 runs and Y has 6: of 15 scores the interquartile mean leaves out 3.75, that is 3, at each end, of
# 18 it leaves out 4. Ties within a method, between the methods, and with thresholds.
X = np.array(
    [
        [0.10, 1.30, 0.75],
        [0.55, 0.90, 0.75],
        [0.80, 1.00, 0.20],
        [-0.25, 2.50, 0.60],
        [0.35, 1.15, 0.95],
    ]
)
Y = np.array(
    [
        [0.05, 0.90, 0.75],
        [0.35, 0.70, 0.10],
        [0.35, 1.20, 0.80],
        [-0.40, 0.95, 0.30],
        [0.60, 0.40, 0.75],
        [0.15, 1.00, -0.10],
    ]
)
# Four tasks, for the median of an even number, with 4 runs; [run, task].
EVEN = np.array([[3.0, 7.5, -2.0, 11.0], [4.5, 6.0, 0.5, 30.0], [2.0, 9.0, 1.5, 12.5], [5.5, 5.0, -1.0, 8.0]])
THRESHOLDS = [-0.25, 0.0, 0.35, 0.5, 0.75, 0.9, 1.0, 1.5, 2.5]
STEPS = [1000, 2000, 3000, 4000]
# [run, task, step]: X approached from zero at a rate of each run.
CURVES = X[:, :, None] * (1 - np.exp(-np.outer(np.linspace(0.5, 1.3, 5), [1, 2, 3, 4])))[:, None, :]


def deterministic(scores):
    return {
        "mean": metrics.aggregate_mean(scores),
        "median": metrics.aggregate_median(scores),
        "interquartileMean": metrics.aggregate_iqm(scores),
        "optimalityGap": metrics.aggregate_optimality_gap(scores),
        "optimalityGapHalf": metrics.aggregate_optimality_gap(scores, gamma=0.5),
    }


def interval(scores, statistic, batches=BATCHES, level=0.95):
    """Of one array, or of a list of arrays that are drawn apart."""
    bounds = []
    for _ in range(batches):
        _, intervals = library.get_interval_estimates(
            {"": scores}, statistic, reps=RESAMPLES, confidence_interval_size=level
        )
        bounds.append(intervals[""])
    mean, deviation = np.mean(bounds, axis=0), np.std(bounds, axis=0, ddof=1)
    return {
        "low": mean[0].tolist(),
        "high": mean[1].tolist(),
        "lowDeviation": deviation[0].tolist(),
        "highDeviation": deviation[1].tolist(),
    }


def iqm_by_step(curves):
    return np.array([metrics.aggregate_iqm(curves[..., step]) for step in range(curves.shape[-1])])


def profile(use_score_distribution):
    """library.create_performance_profile, whose intervals are get_interval_estimates' of these functions."""
    distribution = (
        library.score_distributions if use_score_distribution else library.average_score_distributions
    )
    estimates, _ = library.create_performance_profile(
        {"": X}, np.array(THRESHOLDS), use_score_distribution=use_score_distribution, reps=2
    )
    return {"estimate": estimates[""].tolist(), **interval(X, lambda scores: distribution(scores, THRESHOLDS))}


np.random.seed(0)
aggregates = lambda scores: np.array(list(deterministic(scores).values()))
reference = {
    "versions": {name: importlib.metadata.version(name) for name in ["rliable", "arch", "numpy", "scipy"]},
    "batches": BATCHES,
    "resamples": RESAMPLES,
    "scores": {
        "x": dict(zip(TASKS, X.T.tolist())),
        "y": dict(zip(TASKS, Y.T.tolist())),
        "even": {f"task {task}": EVEN[:, task].tolist() for task in range(EVEN.shape[1])},
    },
    "aggregates": {
        "names": list(deterministic(X)),
        "x": list(deterministic(X).values()),
        "y": list(deterministic(Y).values()),
        "even": list(deterministic(EVEN).values()),
    },
    "aggregateIntervals": {"x": interval(X, aggregates), "even": interval(EVEN, aggregates)},
    "aggregateIntervals80": {"x": interval(X, aggregates, level=0.8)},
    "improvement": {
        "xOverY": metrics.probability_of_improvement(X, Y),
        "yOverX": metrics.probability_of_improvement(Y, X),
        "xOverX": metrics.probability_of_improvement(X, X),
    },
    "improvementInterval": {
        "xOverY": interval([X, Y], lambda x, y: np.array([metrics.probability_of_improvement(x, y)]))
    },
    "thresholds": THRESHOLDS,
    "profiles": {"runs": profile(True), "tasks": profile(False)},
    "steps": STEPS,
    "curves": dict(zip(TASKS, CURVES.transpose(1, 0, 2).tolist())),
    "sampleEfficiency": {"estimate": iqm_by_step(CURVES).tolist(), **interval(CURVES, iqm_by_step)},
}
FILE.parent.mkdir(exist_ok=True)
FILE.write_text(json.dumps(reference, indent=1) + "\n")
