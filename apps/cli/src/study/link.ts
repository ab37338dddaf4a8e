import type { TrainingProgress } from '@mikt/algos';

/** Environment variable that tells a process that it is a run of a study, and its parent listens. */
export const STUDY_CHILD = 'MIKT_STUDY_CHILD';

/** What the study sends to have a run save and end. */
export const STOP = 'stop';

/** What a run tells its study. */
export type RunProgress = Pick<TrainingProgress, 'steps' | 'stepsPerSecond'> & {
  readonly return100?: number;
};

const REPORT_MILLISECONDS = 500;

export function isRunProgress(message: unknown): message is RunProgress {
  return typeof message === 'object' && message !== null && 'steps' in message && 'stepsPerSecond' in message;
}

export interface StudyLink {
  report(progress: TrainingProgress): void;
  close(): void;
}

/**
 * The link of a run's process to the study that started it; undefined where none did.
 * @param stop called where the study asks for an end, or is gone itself: a run without its study saves and ends,
 * so that the study's next start can go on with it
 */
export function linkToStudy(stop: () => void): StudyLink | undefined {
  if (process.env[STUDY_CHILD] === undefined || process.send === undefined) return undefined;
  const listen = (message: unknown) => {
    if (message === STOP) stop();
  };
  process.on('message', listen);
  process.once('disconnect', stop);
  if (!process.connected) stop();
  let reportedAt = Number.NEGATIVE_INFINITY;
  return {
    report({ steps, stepsPerSecond, return100 }) {
      if (!process.connected || performance.now() - reportedAt < REPORT_MILLISECONDS) return;
      reportedAt = performance.now();
      const progress: RunProgress = {
        steps,
        stepsPerSecond,
        ...(return100 === undefined ? {} : { return100 }),
      };
      process.send?.(progress, undefined, undefined, () => {});
    },
    close() {
      process.removeListener('message', listen);
      process.removeListener('disconnect', stop);
      if (process.connected) process.disconnect();
    },
  };
}
