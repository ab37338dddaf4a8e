const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Acts on the first Ctrl-C, or a supervisor's signal to end; a second one ends this process at once.
 * @returns what gives the signals back, so that the first one ends it as well
 */
export function onStop(act: () => void): () => void {
  const release = () => {
    for (const signal of SIGNALS) process.removeListener(signal, stop);
  };
  const stop = () => {
    release();
    act();
  };
  for (const signal of SIGNALS) process.once(signal, stop);
  return release;
}

/** Resolves with the first Ctrl-C, or a supervisor's signal to end; a second one ends this process at once. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    onStop(resolve);
  });
}
