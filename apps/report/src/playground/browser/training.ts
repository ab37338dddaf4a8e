import { describeMethod, findMethod, type RunConfig, type TrainingProgress } from '@mikt/algos';
import { type SeriesStyle, styleBeside } from '../../method-styles.js';
import type { Row, TrainerMessage, TrainerRequest } from './messages.js';
import type { TeacherFile } from './teachers.js';

/** What is to be trained. */
export interface TrainingPlan {
  readonly config: RunConfig;
  /** Undefined from scratch. */
  readonly teacher: TeacherFile | undefined;
  /** Threads at most. */
  readonly threads: number;
}

export type TrainingStatus = 'waiting' | 'running' | 'finished' | 'stopped' | 'failed';

/** What has changed of a training. */
export type TrainingChange = 'status' | 'progress' | 'row' | 'checkpoint' | 'notice';

/** A training, as the page knows it: it runs in a worker and tells what has changed. */
export class Training {
  readonly plan: TrainingPlan;
  /** As the report calls the method, with what sets it apart from others of its name. */
  readonly label: string;
  readonly style: SeriesStyle;
  readonly rows: Row[] = [];
  status: TrainingStatus = 'waiting';
  isStopping = false;
  /** What it runs on, once it has begun. */
  team: { readonly threads: number; readonly engine: string } | undefined;
  progress: TrainingProgress | undefined;
  /** The last one, whole. */
  checkpoint: { readonly steps: number; readonly bytes: Uint8Array<ArrayBuffer> } | undefined;
  notice: string | undefined;
  /** Why it failed. */
  problem: string | undefined;
  #worker: Worker | undefined;
  readonly #onChange: (change: TrainingChange) => void;

  /** @param others beside which it is seen */
  constructor(
    plan: TrainingPlan,
    others: readonly Training[],
    onChange: (training: Training, change: TrainingChange) => void,
  ) {
    this.plan = plan;
    const identity = describeMethod(plan.config);
    this.label = labelBeside(identity, plan.config.seed, others);
    this.style = styleBeside(
      identity,
      others.map(({ style }) => style),
    );
    this.#onChange = (change) => onChange(this, change);
  }

  /** The environment steps of its last row. */
  get steps(): number {
    return this.rows.at(-1)?.steps ?? 0;
  }

  /** The last known mean return of 100 episodes. */
  get finalReturn(): number | undefined {
    return this.rows.findLast(({ return_100 }) => return_100 !== undefined)?.return_100;
  }

  /** What trains whom, in a few words. */
  get description(): string {
    const { config, teacher } = this.plan;
    const from = findMethod(config.algo).teachers === 'none' ? 'from scratch' : `from ${teacher?.source}`;
    return `${config.env} ${from}, seed ${config.seed}`;
  }

  start(): void {
    this.status = 'running';
    this.#worker = new Worker(new URL('./trainer.js', import.meta.url), { type: 'module' });
    this.#worker.addEventListener('message', ({ data }: MessageEvent<TrainerMessage>) => this.#take(data));
    this.#worker.addEventListener('error', ({ message }) =>
      this.#end('failed', message || 'the script that trains (trainer.js) could not be loaded.'),
    );
    const { config, teacher, threads } = this.plan;
    this.#post({ kind: 'train', config, threads, teacher });
    this.#onChange('status');
  }

  /** Asks it to stop; what it has learned so far is kept. */
  stop(): void {
    if (this.status !== 'running' || this.isStopping) return;
    this.isStopping = true;
    this.#post({ kind: 'stop' });
    this.#onChange('status');
  }

  /** Ends it wherever it is. */
  dispose(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
  }

  #post(request: TrainerRequest): void {
    this.#worker?.postMessage(request);
  }

  #take(message: TrainerMessage): void {
    switch (message.kind) {
      case 'begun':
        this.team = message;
        this.#onChange('status');
        break;
      case 'progress':
        this.progress = message.progress;
        this.#onChange('progress');
        break;
      case 'row':
        this.rows.push(message.row);
        this.#onChange('row');
        break;
      case 'checkpoint':
        this.checkpoint = message;
        this.#onChange('checkpoint');
        break;
      case 'notice':
        this.notice = message.sentence;
        this.#onChange('notice');
        break;
      case 'ended':
        this.#end(message.status === 'finished' ? 'finished' : 'stopped');
        break;
      case 'failed':
        this.#end('failed', message.sentence);
        break;
    }
  }

  #end(status: TrainingStatus, problem?: string): void {
    this.status = status;
    this.problem = problem;
    this.dispose();
    this.#onChange('status');
  }
}

function labelBeside(identity: string, seed: number, others: readonly Training[]): string {
  const isTaken = (label: string) => others.some((other) => other.label === label);
  if (!isTaken(identity)) return identity;
  const seeded = `${identity}, seed ${seed}`;
  for (let k = 1; ; k++) {
    const label = k === 1 ? seeded : `${seeded} (${k})`;
    if (!isTaken(label)) return label;
  }
}
