import { expect, it } from 'vitest';
import { describeTroubles } from './training.js';

const none = { diverged: 0, restores: 0, warnings: {} };

it('says nothing of a run that nothing happened to', () => {
  expect(describeTroubles(none, 'runs/x')).toEqual([]);
});

it('says what the simulation warned of, most often first, and what else happened', () => {
  const warnings = { 'bad position': 1, 'contact buffer full': 12_345 };
  expect(describeTroubles({ diverged: 2, restores: 1, warnings }, 'runs/x')).toEqual([
    'The simulation diverged 2 times; each ended its episode.',
    'MuJoCo warned: contact buffer full (12,345 times), bad position (once).',
    'The run went back once to the state before an update in which a number was not finite; the last ones are in runs/x/failures.',
  ]);
});
