import { add, logSoftmax, mul, slice, sum, type Tensor } from '@mikt/graph';
import { type Loss, lossOf } from '../agent.js';
import type { MiktConfig } from './config.js';

/**
 * L_MI (Section 3.2, Equation 4): the weighted negative log-likelihood of the student's states given their
 * embeddings. Minimising it over φ and ω raises a lower bound of the mutual information of the two.
 * @param negativeLogLikelihood −E log q_ω(s | φ(s)), summed over the teachers' encoders. Scalar
 */
export function mutualInformationLoss(
  negativeLogLikelihood: Tensor,
  config: Pick<MiktConfig, 'miCoefficient'>,
): Loss {
  return lossOf({ mi: mul(negativeLogLikelihood, config.miCoefficient) }, { mi_loss: negativeLogLikelihood });
}

/**
 * L_coupling (Section 3.1, Equation 3): −(1/N) Σ_j log p^j for each network, which drives the student's mixing
 * weights towards 1.
 * @param policyLogits mixing logits of the policy's layers, student first. [1 + teachers] each; N of them
 * @param valueLogits the same for the value network; one of the two networks may be without
 * @param rise scalar from 0 to 1: the share of the final coefficients in force
 */
export function couplingLoss(
  policyLogits: readonly Tensor[],
  valueLogits: readonly Tensor[],
  rise: Tensor,
  config: Pick<MiktConfig, 'policyCouplingCoefficient' | 'valueCouplingCoefficient'>,
): Loss {
  const networks = [
    { logits: policyLogits, coefficient: config.policyCouplingCoefficient },
    { logits: valueLogits, coefficient: config.valueCouplingCoefficient },
  ]
    .filter(({ logits }) => logits.length > 0)
    .map(({ logits, coefficient }) => ({ loss: meanNegativeLogWeight(logits), coefficient }));
  const weighted = networks
    .map(({ loss, coefficient }) => mul(loss, coefficient))
    .reduce((a, b) => add(a, b));
  return lossOf(
    { coupling: mul(weighted, rise) },
    { coupling_loss: networks.map(({ loss }) => loss).reduce((a, b) => add(a, b)) },
  );
}

/**
 * L_KL (Section 3.3): keeps the policy near the one that acted.
 * @param kl ½ mean (log π_old − log π)², which PPO's loss already computes. Scalar
 */
export function klLoss(kl: Tensor, config: Pick<MiktConfig, 'klCoefficient'>): Loss {
  return lossOf({ kl: mul(kl, config.klCoefficient) }, {});
}

/** −(1/N) Σ_j log p^j, p^j the first of layer j's softmax weights. */
function meanNegativeLogWeight(logits: readonly Tensor[]): Tensor {
  const logWeights = logits.map((layer) => sum(slice(logSoftmax(layer), [0], [1])));
  return mul(
    logWeights.reduce((a, b) => add(a, b)),
    -1 / logits.length,
  );
}
