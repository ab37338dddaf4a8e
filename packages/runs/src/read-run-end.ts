import fs from 'node:fs/promises';
import path from 'node:path';
import { FileError } from '@mikt/core';
import { MANIFEST } from './checkpoint-files.js';
import { fileError, kindOf, readText } from './files.js';
import { parseManifest, type RunManifest } from './manifest.js';
import { type Columns, parseMetrics } from './metrics.js';
import { METRICS } from './run-writer.js';

/** The header of the widest table takes a few of these, its last hundred rows some sixty. */
const HEADER_BYTES = 2 ** 13;
const TAIL_BYTES = 2 ** 16;

export interface RunEnd {
  readonly manifest: RunManifest;
  /** The last rows of metrics.csv. */
  readonly metrics: Columns;
  /** Whether these are all. */
  readonly isWhole: boolean;
}

/**
 * Reads how a run was made and how it stands, in a time that does not depend on how long it is: its manifest and the
 * last rows of its metrics. What stands before them is not looked at, damaged or not.
 * @throws FileError where it is no run, or what was read is damaged
 */
export async function readRunEnd(folder: string): Promise<RunEnd> {
  const manifest = path.join(folder, MANIFEST);
  if ((await kindOf(manifest)) !== 'file') {
    throw new FileError(folder, `is not a run folder (it has no ${MANIFEST}).`);
  }
  const metrics = path.join(folder, METRICS);
  const { text, isWhole } = await readEnds(metrics);
  return {
    manifest: parseManifest(await readText(manifest), manifest),
    metrics: parseMetrics(text, metrics),
    isWhole,
  };
}

/** A table's first line and its last ones; all of it where it is short. */
async function readEnds(file: string): Promise<{ text: string; isWhole: boolean }> {
  const handle = await fs.open(file).catch((cause) => {
    throw fileError(file, 'cannot be read', cause);
  });
  try {
    const { size } = await handle.stat();
    const read = async (from: number, length: number) => {
      const buffer = Buffer.alloc(length);
      const { bytesRead } = await handle.read(buffer, 0, length, from);
      return buffer.toString('utf8', 0, bytesRead);
    };
    const start = await read(0, Math.min(size, HEADER_BYTES));
    const header = start.slice(0, start.indexOf('\n') + 1);
    if (header === '' || size <= HEADER_BYTES + TAIL_BYTES) {
      return { text: await read(0, size), isWhole: true };
    }
    const tail = await read(size - TAIL_BYTES, TAIL_BYTES);
    return { text: header + tail.slice(tail.indexOf('\n') + 1), isWhole: false };
  } catch (cause) {
    if (cause instanceof FileError) throw cause;
    throw fileError(file, 'cannot be read', cause);
  } finally {
    await handle.close();
  }
}
