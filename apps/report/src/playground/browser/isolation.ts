import { canShareMemory, ppoConfig } from '@mikt/algos';

/** More than environments by default are of no use. */
const MOST_THREADS = ppoConfig.parse({}).envs;

/** Why training has one thread here, and what it costs; undefined where it has several. */
export function whyOneThread(): string | undefined {
  const cores = navigator.hardwareConcurrency;
  if (canShareMemory())
    return cores > 1 ? undefined : 'Training runs on one thread: this computer has one core.';
  const headers =
    'its server has to send the headers “Cross-Origin-Opener-Policy: same-origin” and ' +
    '“Cross-Origin-Embedder-Policy: require-corp” with every file';
  const remedy = isSecureContext ? headers : `it has to be reached by https, and ${headers}`;
  return (
    'Training runs on one thread, without shared memory: this page is not cross-origin isolated. For more threads ' +
    `${remedy}. The results are the same; it takes up to ${Math.min(cores, MOST_THREADS)} times as long on this computer.`
  );
}
