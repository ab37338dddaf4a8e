import { listSome } from './kinematics.js';
import type { RobotFinding } from './model-findings.js';
import type { RobotTask } from './task-keys.js';
import type { TrialRuns } from './trial-runs.js';

/** Steps of doing nothing below which an episode leaves no time to learn anything. */
const SHORT = 10;
/** Magnitude from which an entry of an observation stands out. */
const LARGE = 1000;

/** What episodes with zero actions and with random ones show. */
export function findInTrials(
  task: RobotTask,
  trials: TrialRuns,
  { dt, restHeight }: { readonly dt: number; readonly restHeight: number },
): RobotFinding[] {
  const findings: RobotFinding[] = [];
  const report = (severity: RobotFinding['severity'], text: string) => void findings.push({ severity, text });
  const { idle, random, rewardParts, largest } = trials;
  const seconds = Number((idle.steps * dt).toPrecision(2));
  if (idle.diverged) {
    report(
      'problem',
      `the simulation diverges after ${idle.steps} steps of zero actions; make the timestep smaller, or look for shapes ` +
        'that overlap, and for joints without armature or damping.',
    );
  } else if (idle.terminated && idle.steps < SHORT) {
    report(
      idle.steps < 3 ? 'problem' : 'warning',
      `doing nothing, the robot is unhealthy after ${idle.steps} ${idle.steps === 1 ? 'step' : 'steps'} (${seconds} s). Left alone it comes to ` +
        `rest at a height of ${Number(restHeight.toFixed(3))} m; healthyZRange is ${JSON.stringify(task.healthyZRange)}. Widen the ` +
        'range, or start it as it stands (a keyframe, and start).',
    );
  }
  const diverged = random.filter((episode) => episode.diverged).length;
  if (diverged > 0) {
    report(
      diverged > random.length / 10 ? 'problem' : 'warning',
      `the simulation diverges in ${diverged} of ${random.length} episodes under random actions; make the timestep or the ` +
        'gears smaller, or give the joints armature and damping.',
    );
  }
  const longest = Math.max(...random.map(({ steps }) => steps));
  if (diverged === 0 && longest < 3) {
    report(
      'problem',
      `under random actions no episode lasts longer than ${longest} ${longest === 1 ? 'step' : 'steps'}, which leaves nothing to learn from; ` +
        'widen what counts as healthy, or make the gears smaller.',
    );
  }
  if (!trials.touched && Math.max(longest, idle.steps) >= SHORT) {
    report(
      'warning',
      'nothing ever touched anything: is there a floor (<geom type="plane" size="40 40 1"/> in the worldbody), and do ' +
        'contype and conaffinity let the robot touch it?',
    );
  } else if (trials.largestForce === 0 && usesContacts(task)) {
    report('warning', 'contact forces were always zero, and the task uses them.');
  }
  const control = Math.abs(rewardParts.control ?? 0);
  if (control > 2 * Math.max(Math.abs(task.healthyReward), 0.5)) {
    report(
      'warning',
      `random actions cost ${Number(control.toPrecision(2))} per step, more than all that a beginner can earn: it learns to ` +
        'keep still. Make ctrlCostWeight smaller.',
    );
  }
  if (largest.value > LARGE) {
    report(
      'warning',
      `the observation ${largest.name} came to ${Number(largest.value.toPrecision(2))} in magnitude; velocityRange clips velocities.`,
    );
  }
  if (trials.constant.length > 0) {
    report(
      'warning',
      `observed, and never changing: ${listSome(trials.constant, 8)}; they tell a policy nothing.`,
    );
  }
  return findings;
}

function usesContacts({ contactCostWeight, observation }: RobotTask): boolean {
  return contactCostWeight > 0 || observation.some((item) => item.startsWith('contact'));
}
