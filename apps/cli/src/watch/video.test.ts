import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { RunError } from '@mikt/core';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { findVideoEncoder, writeVideo } from './video.js';

const folder = mkdtempSync(path.join(tmpdir(), 'mikt-video-'));
const format = { width: 200, height: 100, framesPerSecond: 20 };
afterEach(() => vi.unstubAllEnvs());
afterAll(() => rmSync(folder, { recursive: true }));

/** An encoder that keeps what it is given, arguments first, or fails with a few words. */
function fakeEncoder(name: string, { fails = false } = {}): string {
  const file = path.join(folder, name);
  const body = fails
    ? `process.stderr.write('first\\nno such codec\\n'); process.exit(3);`
    : `const { writeFileSync, readFileSync } = require('node:fs');
       const [out] = process.argv.slice(-1);
       writeFileSync(out, JSON.stringify({ args: process.argv.slice(2, -1), bytes: readFileSync(0).length }));`;
  writeFileSync(file, `#!${process.execPath}\n${body}\n`);
  chmodSync(file, 0o755);
  return file;
}

async function* pictures(count: number, size: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < count; i++) yield new Uint8Array(size);
}

describe('findVideoEncoder', () => {
  it('says in a sentence what is missing', () => {
    vi.stubEnv('PATH', folder);
    expect(() => findVideoEncoder()).toThrow(RunError);
    expect(() => findVideoEncoder()).toThrow(
      'an .mp4 needs ffmpeg on the PATH, which is not there; install it, or record a .gif or .json.',
    );
    fakeEncoder('ffmpeg', { fails: true });
    expect(findVideoEncoder()).toBe('ffmpeg');
  });
});

describe('writeVideo', () => {
  it('gives every picture to the encoder and says what they are', async () => {
    const out = path.join(folder, 'walk.mp4');
    // More than fits into a pipe at once.
    const size = 4 * 200 * 100;
    await writeVideo(fakeEncoder('whole'), out, pictures(30, size), format);
    const { args, bytes } = JSON.parse(readFileSync(out, 'utf8')) as { args: string[]; bytes: number };
    expect(bytes).toBe(30 * size);
    expect(args.join(' ')).toContain('-f rawvideo -pixel_format rgba -video_size 200x100 -framerate 20 -i -');
  });

  it('says what the encoder said last, and leaves nothing behind', async () => {
    const out = path.join(folder, 'broken.mp4');
    const encoder = fakeEncoder('broken', { fails: true });
    await expect(writeVideo(encoder, out, pictures(30, 80_000), format)).rejects.toThrow(
      `could not encode ${out}: no such codec`,
    );
    expect(existsSync(out)).toBe(false);
    expect(readdirSync(folder).filter((name) => name.includes('unfinished'))).toEqual([]);
  });
});
