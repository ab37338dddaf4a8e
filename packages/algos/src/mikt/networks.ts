import type { EnvSpaces } from '@mikt/core';
import { add, reshape, slice, softmax, stopGradient, type Tensor } from '@mikt/graph';
import {
  LateralActorCritic,
  type LateralMlp,
  type MixedLayer,
  mixedLayers,
  ParameterLayout,
  type Parameters,
} from '@mikt/nets';
import { type Agent, addLosses, type Loss } from '../agent.js';
import { ppoLoss } from '../ppo/loss.js';
import { actorCriticSizes, createPpoAgent } from '../ppo/networks.js';
import { type Teacher, teacherLabels } from '../teacher.js';
import { copyMiddleLayers, matchActions, matchInputs } from '../teacher-start.js';
import { createBranch, type LateralSources, lateralSources, teacherValues } from './branch.js';
import type { MiktConfig } from './config.js';
import { couplingLoss, klLoss, mutualInformationLoss, regressionLoss } from './loss.js';

/** Name of the scalar by which the coupling coefficients rise from 0 to their final values. */
export const COUPLING_RISE = 'couplingRise';

/**
 * The student with its teachers (Figure 1): for each, an encoder φ turns the student's observation into an
 * embedding, the frozen teacher reads it, and its hidden layers are mixed into the student's. The loss is PPO's, plus
 * L_MI, L_coupling and L_KL; its gradient reaches φ through the teacher.
 */
export function createCoupledAgent(
  config: MiktConfig & { readonly seed: number },
  spaces: EnvSpaces,
  teachers: readonly Teacher[],
): Agent {
  const labels = teacherLabels(teachers);
  const branches = teachers.map((teacher, k) => createBranch(config, spaces, teacher, k));
  const student = new LateralActorCritic(
    actorCriticSizes(config, spaces),
    createSources(config, teachers),
    config.mixingStart,
  );
  const mixed = student.policy.mixed.length + student.value.mixed.length > 0;

  const embed = (parameters: Parameters, observations: Tensor) =>
    branches.map((branch) => branch.embed(parameters, observations));
  const forward = (parameters: Parameters, observations: Tensor, embeddings: readonly Tensor[]) =>
    student.forward(
      parameters,
      observations,
      config.teacherWeights === 'absent'
        ? []
        : branches.map((branch, k) => branch.layers(parameters, embeddings[k]!)),
    );

  const layout = new ParameterLayout([...student.specs, ...branches.flatMap(({ specs }) => specs)]);

  return {
    layout,
    initialise(rng) {
      const [first] = teachers as [Teacher];
      const teacher = { ...first, parameters: teacherValues(config, first, 0) };
      let values = layout.unpack(layout.initialise(rng));
      if (config.studentStart === 'matched') {
        values = copyMiddleLayers(values, config, spaces, teacher);
        values = matchInputs(values, config, spaces, teacher, 'studentStart');
      }
      if (config.actionStart === 'matched') values = matchActions(values, config, spaces, teacher);
      return layout.pack(values);
    },
    frozen: Object.assign({}, ...branches.map(({ frozen }) => frozen)),
    teachers,
    coefficients: mixed ? [COUPLING_RISE] : [],
    act: (parameters, observations) => forward(parameters, observations, embed(parameters, observations)),
    loss(parameters, batch, coefficients) {
      const { observations } = batch;
      const embeddings = embed(parameters, observations);
      const lent = config.rlGradients ? embeddings : embeddings.map(stopGradient);
      const result = forward(parameters, observations, lent);
      const ppo = ppoLoss(result, batch, config);
      const likelihoods = branches.map((branch, k) =>
        branch.negativeLogLikelihood(parameters, embeddings[k]!, observations),
      );
      const { policyMixingLogits, valueMixingLogits } = result;
      const loss = addLosses(
        ppo,
        config.miCoefficient > 0
          ? mutualInformationLoss(
              likelihoods.reduce((a, b) => add(a, b)),
              config,
            )
          : undefined,
        mixed
          ? couplingLoss(policyMixingLogits, valueMixingLogits, coefficients[COUPLING_RISE]!, config)
          : undefined,
        mixed && config.regressionCoefficient > 0
          ? regressionLoss([result.policyFeatures, result.valueFeatures], config)
          : undefined,
        klPart(ppo, config),
      );
      return {
        ...loss,
        terms: {
          ...loss.terms,
          ...byTeacher(
            'embedding_scale',
            labels,
            branches.map((branch, k) => branch.scale(embeddings[k]!)),
          ),
          ...(labels.length > 1 && config.miCoefficient > 0 ? byTeacher('mi_loss', labels, likelihoods) : {}),
        },
      };
    },
    metrics: (parameters) => ({
      ...mixingMetrics(student.policy, parameters, labels),
      ...mixingMetrics(student.value, parameters, labels),
    }),
  };
}

/** The student after the hand-over: its own weights only, PPO's agent with the KL term. */
export function createStudentAgent(config: MiktConfig, spaces: EnvSpaces): Agent {
  const ppo = createPpoAgent(config, spaces);
  return {
    ...ppo,
    loss(...inputs) {
      const loss = ppo.loss(...inputs);
      return addLosses(loss, klPart(loss, config));
    },
  };
}

/** Columns of what the coupled agent logs beyond PPO's terms. */
export function coupledColumns(config: MiktConfig, teachers: readonly Teacher[]): string[] {
  const labels = teacherLabels(teachers);
  const sources = createSources(config, teachers);
  return [
    'mi_loss',
    ...(labels.length > 1 ? teacherColumns('mi_loss', labels) : []),
    'coupling_loss',
    'coupling_coefficient',
    'regression_loss',
    ...['mi', 'coupling', 'regression', 'kl'].map((loss) => `gradient_norm/${loss}`),
    ...teacherColumns('embedding_scale', labels),
    ...(['policy', 'value'] as const).flatMap((network) =>
      mixedLayers(
        config[`${network}Hidden`],
        sources.map((source) => source[network]),
      ).flatMap((mixed) => mixingColumns(network, mixed, labels)),
    ),
  ];
}

function createSources(config: MiktConfig, teachers: readonly Teacher[]): LateralSources[] {
  return config.teacherWeights === 'absent' ? [] : teachers.map((teacher) => lateralSources(config, teacher));
}

function klPart({ terms }: Loss, config: MiktConfig): Loss | undefined {
  return config.klCoefficient > 0 ? klLoss(terms.kl!, config) : undefined;
}

/** The weights of each mixed layer, counted from 1, by the names they are logged under. */
function mixingMetrics(
  network: LateralMlp,
  parameters: Parameters,
  labels: readonly string[],
): Record<string, Tensor> {
  const logits = network.mixingLogits(parameters);
  return Object.fromEntries(
    network.mixed.flatMap((mixed, i) => {
      const weights = softmax(logits[i]!);
      return mixingColumns(network.student.name, mixed, labels).map((column, k) => [
        column,
        reshape(slice(weights, [k], [1]), []),
      ]);
    }),
  );
}

/** `mixing/policy/1` is p^1, the weight on the student; where there are several teachers, each has its own besides. */
function mixingColumns(
  network: string,
  { layer, teachers }: MixedLayer,
  labels: readonly string[],
): string[] {
  const column = `mixing/${network}/${layer + 1}`;
  return [column, ...(labels.length > 1 ? teachers.map((k) => `${column}/${labels[k]}`) : [])];
}

function teacherColumns(name: string, labels: readonly string[]): string[] {
  return labels.length === 1 ? [name] : labels.map((label) => `${name}/${label}`);
}

function byTeacher(
  name: string,
  labels: readonly string[],
  tensors: readonly Tensor[],
): Record<string, Tensor> {
  return Object.fromEntries(teacherColumns(name, labels).map((column, k) => [column, tensors[k]!]));
}
