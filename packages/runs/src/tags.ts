/** TensorBoard's groups, and the columns in them by what stands before a column's first slash. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  rollout: [
    ...['return_100', 'coupled_return_100', 'return_mean', 'return_std'],
    ...['length_mean', 'length_std', 'episodes', 'diverged', 'physics_warnings', 'restores'],
  ],
  train: [
    ...['loss', 'policy_loss', 'value_loss', 'entropy', 'kl', 'clip_fraction', 'explained_variance'],
    ...['learning_rate', 'phase', 'mi_loss', 'coupling_loss', 'coupling_coefficient'],
  ],
  time: ['seconds', 'steps_per_second'],
};

const GROUP_OF = new Map(
  Object.entries(GROUPS).flatMap(([group, columns]) =>
    columns.map((column): [string, string] => [column, group]),
  ),
);

/** Columns that would stand beside the group of their own name. */
const IN_OWN_GROUP: Readonly<Record<string, string>> = {
  gradient_norm: 'gradient_norm/total',
  embedding_scale: 'embedding_scale/teacher',
};

/**
 * The TensorBoard tag of a column of metrics.csv; the table is in docs/run-folder.md. TensorBoard groups tags by
 * what stands before their first slash. A column that is in no group here is its own group where it has a slash,
 * and stands under `train` otherwise.
 * @returns undefined for `update` and `steps`, the axis of all others
 */
export function tagOf(column: string): string | undefined {
  if (column === 'update' || column === 'steps') return undefined;
  const group = GROUP_OF.get(column.split('/', 1)[0]!);
  if (group !== undefined) return `${group}/${column}`;
  return IN_OWN_GROUP[column] ?? (column.includes('/') ? column : `train/${column}`);
}
