import {
  add,
  clip,
  exp,
  greaterEqual,
  maximum,
  mean,
  minimum,
  mul,
  neg,
  square,
  sub,
  type Tensor,
} from '@mikt/graph';
import { type ActorCriticResult, gaussianEntropy, gaussianLogProbability } from '@mikt/nets';
import { type Batch, type Loss, lossOf } from '../agent.js';
import type { PpoConfig } from './config.js';

type PpoLossConfig = Pick<PpoConfig, 'clipRange' | 'entropyCoefficient' | 'valueCoefficient'>;

/**
 * PPO's clipped loss as Baselines' ppo2 computes it (Schulman et al. 2017, Equations 7 and 9; MIKT, Equation 1):
 *
 *     L = L_policy + c_V L_value − c_H H
 *
 * @returns terms policy_loss, value_loss, entropy, kl (0.5 mean (log π_old − log π)²), clip_fraction
 */
export function ppoLoss(result: ActorCriticResult, batch: Batch, config: PpoLossConfig): Loss {
  const logProbability = gaussianLogProbability(result.mean, result.logStandardDeviation, batch.actions);
  const ratio = exp(sub(logProbability, batch.logProbabilities));
  const policyLoss = clippedPolicyLoss(ratio, batch.advantages, config.clipRange);
  const valueLoss = clippedValueLoss(result.value, batch.values, batch.returns, config.clipRange);
  const entropy = gaussianEntropy(result.logStandardDeviation);
  const deviation = sub(ratio, 1);
  return lossOf(
    {
      policy: policyLoss,
      value: mul(valueLoss, config.valueCoefficient),
      ...(config.entropyCoefficient > 0 ? { entropy: mul(entropy, -config.entropyCoefficient) } : {}),
    },
    {
      policy_loss: policyLoss,
      value_loss: valueLoss,
      entropy,
      kl: mul(mean(square(sub(batch.logProbabilities, logProbability))), 0.5),
      clip_fraction: mean(greaterEqual(maximum(deviation, neg(deviation)), config.clipRange)),
    },
  );
}

/** −mean min(r A, clip(r, 1 − ε, 1 + ε) A). ratio, advantages: [B] */
function clippedPolicyLoss(ratio: Tensor, advantages: Tensor, clipRange: number): Tensor {
  const clipped = clip(ratio, 1 - clipRange, 1 + clipRange);
  return neg(mean(minimum(mul(ratio, advantages), mul(clipped, advantages))));
}

/** ½ mean max((V − R)², (V_old + clip(V − V_old, ±ε) − R)²). All [B] */
function clippedValueLoss(value: Tensor, oldValue: Tensor, returns: Tensor, clipRange: number): Tensor {
  const clipped = add(oldValue, clip(sub(value, oldValue), -clipRange, clipRange));
  return mul(mean(maximum(square(sub(value, returns)), square(sub(clipped, returns)))), 0.5);
}
