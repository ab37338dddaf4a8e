import { describe, expect, it } from 'vitest';
import { rowRecording } from './testing.js';
import { Timeline } from './timeline.js';

function timelineOf(steps: number, frameEvery = 1): Timeline {
  const recording = rowRecording(steps, frameEvery);
  return new Timeline(recording, recording.episodes[0]!);
}

describe('Timeline', () => {
  it('goes from frame to frame on a line, also where frames are left out', () => {
    for (const frameEvery of [1, 2, 3, 9]) {
      const timeline = timelineOf(7, frameEvery);
      expect(timeline.duration).toBe(3.5);
      // A metre per step of half a second.
      for (const time of [0, 0.5, 0.6, 2.9, 3.49, 3.5]) {
        expect(timeline.positions(time)[0], `${time} s, every ${frameEvery}`).toBeCloseTo(2 * time, 12);
      }
    }
  });

  it('stays within the episode', () => {
    const timeline = timelineOf(7);
    expect(timeline.positions(-1)[0]).toBe(0);
    expect(timeline.positions(99)[0]).toBe(7);
    expect(timeline.step(99)).toBe(7);
  });

  it('counts a step once it is done, and sums what it earned', () => {
    const timeline = timelineOf(7);
    expect([0, 0.49, 0.5, 0.99, 1].map((time) => timeline.step(time))).toEqual([0, 0, 1, 1, 2]);
    // 2 per step, less 1 every second step.
    expect([0, 0.5, 1, 1.5, 2].map((time) => timeline.return(time))).toEqual([0, 2, 3, 5, 6]);
    expect(timeline.return(3.5)).toBe(11);
  });

  it('shows the parts of the steps of the last moments', () => {
    const timeline = timelineOf(7);
    // 0.4 s are less than a step: the last one alone.
    expect(timeline.parts(0)).toEqual([0, 0]);
    expect(timeline.parts(0.5)).toEqual([2, 0]);
    expect(timeline.parts(1)).toEqual([2, -1]);
    expect(timeline.largestPart).toBe(2);
  });

  it('says how it ended', () => {
    const recording = rowRecording(7);
    const ending = (change: object) =>
      new Timeline(recording, { ...recording.episodes[0]!, ...change }).ending;
    expect(ending({})).toBe('Terminated after 7 steps.');
    expect(ending({ terminated: false, truncated: true })).toBe('Truncated after 7 steps.');
    expect(ending({ terminated: false })).toBe('The recording stops after 7 steps.');
  });
});
