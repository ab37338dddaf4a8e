import { describe, expect, it } from 'vitest';
import { groupRuns } from './methods.js';
import { pairsOf } from './pairs.js';
import { compareMethodsOfPairs, methodResults } from './results.js';
import { runsOf, seedsOf, type TestRun, teacherOf } from './testing.js';
import { verdictOf } from './verdict.js';

const teachers = [teacherOf('CentipedeFour')];
const transfer = (finals: readonly number[], changes: TestRun = {}) =>
  seedsOf(finals, { algo: 'mikt', teachers, ...changes });

function verdict(tests: readonly TestRun[]) {
  const pairs = pairsOf(groupRuns(runsOf(tests)));
  return verdictOf(pairs[0]!, compareMethodsOfPairs(pairs));
}

describe('verdictOf', () => {
  it('says who is ahead, by how much, with the interval and the seeds', () => {
    // Means 200 and 100, deviations 10 and 10: t(0.975, 4) = 2.7764, times sqrt(100/3 + 100/3) = 8.165: 22.7.
    const { statements } = verdict([...seedsOf([90, 100, 110]), ...transfer([190, 200, 210])]);
    expect(statements[0]!.standing).toBe('ahead');
    expect(statements[0]!.text).toMatch(
      /^MIKT ends ahead of PPO \(VPG\): final return 200\.0 against 100\.0, \+100\.0 \(95% interval \+77\.3 to \+122\.7\), 3 seeds each\./,
    );
    expect(statements[0]!.text).toContain('ranges do not overlap');
  });

  it('says behind', () => {
    const { statements } = verdict([...seedsOf([190, 200, 210]), ...transfer([90, 100, 110])]);
    expect(statements[0]!.standing).toBe('behind');
    expect(statements[0]!.text).toMatch(/^MIKT ends behind PPO \(VPG\): .*−100\.0/);
  });

  it('tells nothing apart whose interval crosses zero', () => {
    const { statements } = verdict([...seedsOf([50, 100, 150]), ...transfer([60, 120, 180])]);
    expect(statements[0]!.standing).toBe('not told apart');
    expect(statements[0]!.text).toMatch(/^MIKT and PPO \(VPG\) cannot be told apart by their final return/);
    expect(statements[0]!.text).toContain('ranges overlap');
  });

  it('says nothing about other seeds from one', () => {
    const { statements } = verdict([...seedsOf([100]), ...transfer([200])]);
    expect(statements[0]!.standing).toBe('unknown');
    expect(statements[0]!.text).toContain('1 seed each): too few seeds for an interval');
  });

  it('leaves out unfinished runs and runs of another length, and says so', () => {
    const { statements, remarks } = verdict([
      ...seedsOf([100, 110]),
      ...transfer([200, 210], { status: 'running', stepsDone: 500 }),
      ...transfer([300, 310], { algo: 'mlpp', steps: 2000 }),
    ]);
    expect(statements).toHaveLength(1);
    expect(statements[0]!.text).toMatch(
      /^PPO \(VPG\) ended at 105\.0 \(mean of 2 seeds, .*MLPP ended at 305\.0/,
    );
    expect(remarks).toContain('No run is finished of MIKT.');
    expect(remarks.join(' ')).toContain('Not compared: MLPP, whose runs have another length');
  });

  it('names runs that repeat a seed', () => {
    const { remarks } = verdict([
      { name: 'first', final: 1 },
      { name: 'second', final: 2, stepsDone: 900 },
    ]);
    expect(remarks).toContain('A seed counts once: second repeats a seed.');
  });
});

it('methodResults gives Student’s interval for the mean', () => {
  // Mean 100, deviation 10: t(0.975, 2) = 4.3027, times 10 / sqrt(3) = 5.7735: 24.84.
  const [result] = methodResults(groupRuns(runsOf(seedsOf([90, 100, 110]))));
  expect(result!.standardDeviation).toBeCloseTo(10, 9);
  expect(result!.mean.low).toBeCloseTo(75.159, 3);
  expect(result!.mean.high).toBeCloseTo(124.841, 3);
});
