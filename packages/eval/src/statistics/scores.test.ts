import { describe, expect, it } from 'vitest';
import { normaliseCurves, normaliseScores } from './scores.js';

const references = { Ant: { low: 990, high: 1490 }, Hopper: { low: -10, high: 30 } };

describe('normalised scores', () => {
  it('are 0 at the low reference, 1 at the high one, and beyond where the score is', () => {
    // Ant: (1240 − 990) / 500 = 0.5, (890 − 990) / 500 = −0.2. Hopper: (50 + 10) / 40 = 1.5.
    const scores = { Ant: [990, 1490, 1240, 890], Hopper: [-10, 50] };
    expect(normaliseScores(scores, references)).toEqual({ Ant: [0, 1, 0.5, -0.2], Hopper: [0, 1.5] });
    expect(normaliseScores({ Ant: [Number.NaN] }, references)).toEqual({ Ant: [Number.NaN] });
  });

  it('are those of every value of a curve, at its steps', () => {
    const curve = { steps: [100, 200, 300], values: [Number.NaN, -10, 10] };
    expect(normaliseCurves({ Hopper: [curve] }, references)).toEqual({
      Hopper: [{ steps: [100, 200, 300], values: Float64Array.of(Number.NaN, 0, 0.5) }],
    });
  });

  it('need a reference per task that keeps the order', () => {
    expect(() => normaliseScores({ CentipedeSix: [1] }, references)).toThrow(
      'scores of the task CentipedeSix need a reference to be normalised by; there are references for Ant, Hopper.',
    );
    expect(() => normaliseScores({ toString: [1] }, {})).toThrow('there are references for no task.');
    for (const high of [990, 700, Number.NaN]) {
      expect(() => normaliseScores({ Ant: [1] }, { Ant: { low: 990, high } })).toThrow(
        `the reference of the task Ant needs finite returns with high above low, got low 990 and high ${high}`,
      );
    }
  });
});
