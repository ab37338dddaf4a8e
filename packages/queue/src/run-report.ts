import { z } from 'zod';

const reportSchema = z.object({
  lease: z.string(),
  worker: z.string(),
  from: z.number(),
  starts: z.number(),
  steps: z.number(),
  stepsPerSecond: z.number().optional(),
  return100: z.number().optional(),
  ended: z.enum(['returned', 'failed']).optional(),
  note: z.object({ at: z.number(), text: z.string() }).optional(),
});

/**
 * What a worker tells of a run while it has it.
 *
 * - `lease`: names this turn at the run
 * - `worker`: `host:process`
 * - `from`: environment steps at which this turn began
 * - `starts`: turns in a row that began there, after workers that died without a word
 * - `steps`, `stepsPerSecond`, `return100`: where training stands
 * - `ended`: how this turn ended, where its worker lived to tell
 * - `note`: the last thing that whoever waits for the run should know, and when it was said (milliseconds since 1970)
 */
export type RunReport = Readonly<z.output<typeof reportSchema>>;

/** The report in a job's progress, where there is one. */
export function parseReport(progress: unknown): RunReport | undefined {
  return reportSchema.safeParse(progress).data;
}
