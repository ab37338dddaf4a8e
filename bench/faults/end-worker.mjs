// Loaded into a process by NODE_OPTIONS: lets one of its worker threads die, without any help of the program.
import { existsSync } from 'node:fs';
import { isMainThread, threadId } from 'node:worker_threads';

const { FAULT_HOW, FAULT_FILE, FAULT_MILLISECONDS, FAULT_WORKER } = process.env;
const number = Number(FAULT_WORKER);

/** Some milliseconds after the file has come. */
function later(act) {
  const timer = setInterval(() => {
    if (!existsSync(FAULT_FILE)) return;
    clearInterval(timer);
    setTimeout(act, Number(FAULT_MILLISECONDS));
  }, 2);
  timer.unref();
}

if (isMainThread && FAULT_HOW === 'terminate') {
  let started = 0;
  process.on('worker', (worker) => {
    // Wherever it is: in the middle of a step of physics or of a sum, or asleep at a barrier.
    if (started++ === number) later(() => worker.terminate());
  });
}
if (!isMainThread && FAULT_HOW === 'throw' && threadId === number + 1) {
  later(() => {
    throw new Error('a fault of this thread');
  });
}
