import { expect, it } from 'vitest';
import { signed, unsigned } from './instructions.js';

// The bytes are the examples of the DWARF 5 standard (Section 7.6, Tables 7.7 and 7.8), and the ends of 32 bits.
it.each([
  [2, [0x02]],
  [127, [0x7f]],
  [128, [0x80, 0x01]],
  [129, [0x81, 0x01]],
  [12857, [0xb9, 0x64]],
  [2 ** 32 - 1, [0xff, 0xff, 0xff, 0xff, 0x0f]],
])('writes %d as unsigned LEB128', (value, bytes) => {
  expect(unsigned(value)).toEqual(bytes);
});

it.each([
  [2, [0x02]],
  [-2, [0x7e]],
  [127, [0xff, 0x00]],
  [-127, [0x81, 0x7f]],
  [128, [0x80, 0x01]],
  [-128, [0x80, 0x7f]],
  [2 ** 31 - 1, [0xff, 0xff, 0xff, 0xff, 0x07]],
  // An address in the upper half of the memory has the bits of a negative number.
  [2 ** 31, [0x80, 0x80, 0x80, 0x80, 0x78]],
])('writes %d as signed LEB128', (value, bytes) => {
  expect(signed(value)).toEqual(bytes);
});
