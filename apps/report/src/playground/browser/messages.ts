import type { RunConfig, TrainingProgress } from '@mikt/algos';

/** A row of metrics, as `metrics.csv` of a run folder has it. */
export type Row = Readonly<Record<string, number | undefined>>;

/** What the page asks its trainer for: to train, once, and to stop. */
export type TrainerRequest =
  | {
      readonly kind: 'train';
      readonly config: RunConfig;
      /** A checkpoint or policy file. */
      readonly teacher: { readonly source: string; readonly bytes: Uint8Array } | undefined;
      readonly threads: number;
    }
  | { readonly kind: 'stop' };

/** What the trainer tells the page. */
export type TrainerMessage =
  | { readonly kind: 'begun'; readonly threads: number; readonly engine: string }
  | { readonly kind: 'progress'; readonly progress: TrainingProgress }
  | { readonly kind: 'row'; readonly row: Row }
  | { readonly kind: 'checkpoint'; readonly steps: number; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'notice'; readonly sentence: string }
  /** The last one. */
  | { readonly kind: 'ended'; readonly status: 'finished' | 'interrupted' }
  /** The last one, where the training could not begin or go on. */
  | { readonly kind: 'failed'; readonly sentence: string };
