import { expect, it } from 'vitest';
import { COLOURS, DASHES, type SeriesStyle, styleBeside, stylesByIdentity } from './method-styles.js';

it('a method beside others has its own look where none of them has it, else one of the others that is free', () => {
  const own = { colour: COLOURS.vermillion, dash: DASHES.solid };
  const looks: SeriesStyle[] = [];
  for (let k = 0; k < 10; k++) looks.push(styleBeside('MIKT', looks));
  expect(looks[0]).toEqual(own);
  expect(new Set(looks.map((look) => JSON.stringify(look))).size).toBe(10);
  // The look of a method that has none of its own is the report's too.
  expect(styleBeside('novel', [])).toEqual(
    stylesByIdentity([{ label: 'novel', identity: 'novel' }]).get('novel'),
  );
});
