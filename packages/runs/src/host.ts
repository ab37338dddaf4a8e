import os from 'node:os';

/** The machine that a run was made on, as its manifest records it. */
export function describeHost(): { platform: string; arch: string; cores: number; cpu: string } {
  return {
    platform: os.platform(),
    arch: os.arch(),
    cores: os.availableParallelism(),
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
  };
}
