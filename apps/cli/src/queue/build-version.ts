import { gitState } from '../git.js';
import { version } from '../version.js';

/**
 * What must be the same for workers to give the same results: the version, and in a checkout the commit. A tree with
 * changes has a version of its own, which does not tell one change from another.
 */
export function buildVersion(): string {
  const { git } = gitState();
  if (git === undefined) return version;
  return `${version}+${git.commit.slice(0, 12)}${git.dirty ? '.changed' : ''}`;
}
