import { add, logSoftmax, mean, mul, slice, square, sub, sum, type Tensor } from '@mikt/graph';
import type { Feature } from '@mikt/nets';
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

/**
 * L_regression, not in the paper; after the feature regression of Actor-Mimic (Parisotto et al. 2016, Section 3.2):
 * (1/N) Σ_j mean (z^j − m^j)² for each network, where m^j is the mixed pre-activation, held constant, and z^j what
 * the student's own layer makes of the same input. It trains the student's own layers alone, to be what the mixture
 * is; the more they are, the less is lost when the teacher goes.
 * @param features of the policy's mixed layers, and of the value network's; N each, one of the two may be without
 */
export function regressionLoss(
  features: readonly (readonly Feature[])[],
  config: Pick<MiktConfig, 'regressionCoefficient'>,
): Loss {
  const error = features
    .filter((network) => network.length > 0)
    .map((network) =>
      mul(
        network.map(({ own, mixed }) => mean(square(sub(own, mixed)))).reduce((a, b) => add(a, b)),
        1 / network.length,
      ),
    )
    .reduce((a, b) => add(a, b));
  return lossOf({ regression: mul(error, config.regressionCoefficient) }, { regression_loss: error });
}

/** −(1/N) Σ_j log p^j, p^j the first of layer j's softmax weights. */
function meanNegativeLogWeight(logits: readonly Tensor[]): Tensor {
  const logWeights = logits.map((layer) => sum(slice(logSoftmax(layer), [0], [1])));
  return mul(
    logWeights.reduce((a, b) => add(a, b)),
    -1 / logits.length,
  );
}
