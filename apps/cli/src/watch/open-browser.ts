import { spawn } from 'node:child_process';
import { say } from '../options.js';

/** Asks the desktop to open an address; where that fails, says so. */
export function openInBrowser(url: string): void {
  const [command, ...before] =
    process.platform === 'darwin'
      ? ['open']
      : process.platform === 'win32'
        ? ['cmd', '/c', 'start', '']
        : ['xdg-open'];
  const child = spawn(command!, [...before, url], { stdio: 'ignore', detached: true });
  child.on('error', () =>
    say(`No browser could be opened (${command} is not there); open the address yourself.`),
  );
  child.unref();
}
