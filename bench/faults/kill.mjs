// kill -9: at random moments of a run and of its resumes, and in the middle of writing a checkpoint.
import { existsSync, mkdirSync, readdirSync, watch } from 'node:fs';
import path from 'node:path';
import { differences, hasReached, mikt, PASSES, RUNS, removeRun, resume, until } from './runs.mjs';

export function killTrials(count, random) {
  return Array.from({ length: count }, (_, i) => {
    const kind = i % 4 < 2 ? 'ppo' : 'mikt';
    return i % 2 === 1
      ? {
          kind,
          fault: 'kill -9 while a checkpoint is being written',
          kill: writingKill(1 + Math.floor(PASSES * random())),
        }
      : { kind, fault: 'kill -9 at a random moment', kill: momentKill(random(), random(), random()) };
  });
}

export async function tryKill({ kind, kill }, { folder, whole, duration }) {
  removeRun(folder);
  mkdirSync(path.dirname(folder), { recursive: true });
  const killed = await kill(RUNS[kind], folder, duration[kind]);
  // Before there is a run.json there is no run, and the command that began it begins it again.
  if (!existsSync(path.join(folder, 'run.json'))) {
    removeRun(folder);
    const again = await mikt([...RUNS[kind], '--out', folder]);
    return { ...(await outcome(folder, whole[kind], again)), where: `${killed}, before run.json` };
  }
  return { ...(await outcome(folder, whole[kind], await resume(folder))), where: killed };
}

async function outcome(folder, whole, { status, stderr }) {
  if (status !== 0) return { outcome: 'lost', why: stderr.trim() };
  const found = await differences(folder, whole);
  return found.length === 0 ? { outcome: 'survived' } : { outcome: 'lost', why: found.join(', ') };
}

/** Kills the run in a random pass (0: from its very start on), and its resume in a later one. */
function momentKill(first, second, delay) {
  return async (args, folder, duration) => {
    const pass = Math.floor(first * PASSES);
    const later = pass + 1 + Math.floor(second * (PASSES - pass - 1));
    // Of a pass, or of the time in which the run begins.
    const milliseconds = Math.round(delay * (duration / (pass === 0 ? 3 : PASSES)));
    const kill = (reached) => async (child) => {
      if (reached > 0) await until(() => hasReached(folder, reached), child);
      setTimeout(() => child.kill('SIGKILL'), milliseconds);
    };
    await mikt([...args, '--out', folder], { whileRunning: kill(pass) });
    if (existsSync(path.join(folder, 'run.json'))) {
      await mikt(['resume', folder, '--threads', '2'], { whileRunning: kill(later) });
    }
    return `${milliseconds} ms after checkpoint ${pass}, the resume after ${later}`;
  };
}

/** Kills the run when the n-th unfinished checkpoint shows up. */
function writingKill(n) {
  return async (args, folder) => {
    const names = new Set();
    let left = [];
    await mikt([...args, '--out', folder], {
      whileRunning: (child) => {
        // The run makes its folders itself and wants the one that it is given empty.
        const timer = setInterval(() => {
          const checkpoints = path.join(folder, 'checkpoints');
          if (!existsSync(checkpoints)) return;
          clearInterval(timer);
          const watcher = watch(checkpoints, (_, name) => {
            if (!/^\d+\.safetensors.*\.tmp$/.test(name ?? '') || names.has(name)) return;
            names.add(name);
            if (names.size < n) return;
            child.kill('SIGKILL');
            watcher.close();
          });
          child.on('close', () => watcher.close());
        }, 1);
        child.on('close', () => clearInterval(timer));
      },
    });
    const checkpoints = path.join(folder, 'checkpoints');
    if (existsSync(checkpoints)) left = readdirSync(checkpoints).filter((name) => name.endsWith('.tmp'));
    return `at checkpoint ${n}${left.length > 0 ? ', which it left unfinished' : ''}`;
  };
}
