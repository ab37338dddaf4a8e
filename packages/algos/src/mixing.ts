import { type Engine, variable } from '@mikt/graph';
import type { DecodedCheckpoint } from '@mikt/runs';
import { readTrainingState } from './checkpoint.js';
import { isPolicyFile } from './interchange/policy-file.js';
import { findMethod } from './methods.js';

const MIXING = 'mixing/';

/**
 * Weights of the lateral connections that a checkpoint's policy acts with, by the names of their columns:
 * `mixing/policy/1` is that on the student's own first layer. Empty where it acts without teachers.
 * @param source names the file in errors
 * @throws FileError where something is missing or not what it should be
 */
export function mixingWeights(
  checkpoint: DecodedCheckpoint,
  engine: Engine,
  source: string,
): Record<string, number> {
  if (isPolicyFile(checkpoint)) return {};
  const { agent: name, config, spaces, learner, teachers } = readTrainingState(checkpoint, source);
  const agent = findMethod(config.algo).createAgent(name, config, spaces, teachers);
  const { layout } = agent;
  const metrics = Object.entries(agent.metrics(layout.bind(variable('parameters', [layout.size]))));
  const mixing = metrics.filter(([column]) => column.startsWith(MIXING));
  if (mixing.length === 0) return {};
  const variables = engine.createVariables({ parameters: [layout.size] });
  variables.write('parameters', layout.pack(learner.parameters));
  const program = engine.compile({ outputs: Object.fromEntries(mixing) }, variables);
  program.run();
  const weights = Object.fromEntries(mixing.map(([column]) => [column, program.outputs[column]![0]!]));
  program.dispose();
  variables.dispose();
  return weights;
}
