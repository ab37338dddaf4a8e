import { execFileSync } from 'node:child_process';

/** The commit of the source this program runs from, where it is a checkout of its own; nothing where it is installed. */
export function gitState(): { git?: { commit: string; dirty: boolean } } {
  const git = (...args: string[]) =>
    execFileSync('git', args, {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  try {
    // Inside somebody else's repository (node_modules) the commit would be theirs.
    git('ls-files', '--error-unmatch', '../package.json');
    return { git: { commit: git('rev-parse', 'HEAD'), dirty: git('status', '--porcelain') !== '' } };
  } catch {
    return {};
  }
}
