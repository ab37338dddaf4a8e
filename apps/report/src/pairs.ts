import { listOf } from './format.js';
import { compareMethods, type Method } from './methods.js';

/** Teachers and a student with every method tried on them, and with training from scratch on the student's robot. */
export interface Pair {
  /** `CentipedeFour to CentipedeSix`; the environment alone where nothing was transferred. */
  readonly title: string;
  readonly env: string;
  readonly teachers: readonly string[];
  readonly methods: readonly Method[];
  /** What the others are compared with; undefined where there is no single one. */
  readonly baseline: Method | undefined;
}

/** The pairs of a report. What trains from scratch knows no teacher: pairs of one environment have it in common. */
export function pairsOf(methods: readonly Method[]): Pair[] {
  const pairs: Pair[] = [];
  for (const env of distinct(methods.map((method) => method.env))) {
    const here = methods.filter((method) => method.env === env);
    const scratch = here.filter(({ teachers }) => teachers.length === 0);
    const transfers = here.filter(({ teachers }) => teachers.length > 0);
    const taught = distinct(transfers.map(({ teachers }) => teachers.join(' + ')));
    if (taught.length === 0) pairs.push(pairOf(env, [], scratch));
    for (const key of taught) {
      const own = transfers.filter(({ teachers }) => teachers.join(' + ') === key);
      pairs.push(pairOf(env, own[0]!.teachers, [...scratch, ...own]));
    }
  }
  return pairs;
}

function pairOf(env: string, teachers: readonly string[], methods: readonly Method[]): Pair {
  const sorted = [...methods].sort(compareMethods);
  const title = teachers.length === 0 ? env : `${listOf(teachers)} to ${env}`;
  return { title, env, teachers, methods: sorted, baseline: baselineOf(sorted) };
}

/** The one that trains from scratch; where none does, the one that all others are variants of. */
function baselineOf(methods: readonly Method[]): Method | undefined {
  const scratch = methods.filter(({ teachers }) => teachers.length === 0);
  const [first] = scratch;
  if (first !== undefined) {
    const plain = scratch.filter((method) => isPlain(method, scratch));
    return plain.length === 1 && methods.length > 1 ? plain[0] : undefined;
  }
  const bases = methods.filter((method) => isPlain(method, methods));
  return bases.length === 1 && methods.length > 1 ? bases[0] : undefined;
}

/** Whether a method is no variant of another of these. */
function isPlain(method: Method, methods: readonly Method[]): boolean {
  return !methods.some((other) => isVariantOf(method, other));
}

/**
 * Whether a method is another one with something changed: by its name, as "MIKT, w/o MI" is of "MIKT", or by a
 * setting that has no name of its own.
 */
function isVariantOf(method: Method, other: Method): boolean {
  if (method === other) return false;
  if (method.identity === other.identity) return compareMethods(other, method) < 0;
  return method.identity.startsWith(`${other.identity}, `);
}

/** A pair's methods in the two figures of learning curves. */
export interface Split {
  /** The plain methods, and their controls: the same with a teacher that knows nothing. */
  readonly main: readonly Method[];
  /** For each plain method that has some, its variants, the plain one first. */
  readonly variants: readonly { readonly base: Method; readonly methods: readonly Method[] }[];
}

/** As many lines as a panel takes before it cannot be read. */
const MOST_LINES = 8;

export function splitVariants({ methods }: Pair): Split {
  const bases = methods.filter((method) => isPlain(method, methods));
  const withControls = methods.filter(
    (method) => bases.includes(method) || bases.some((base) => isControlOf(method, base)),
  );
  const main = withControls.length > MOST_LINES ? bases : withControls;
  const variants = bases
    .map((base) => ({
      base,
      methods: [base, ...methods.filter((method) => !main.includes(method) && isVariantOf(method, base))],
    }))
    .filter((group) => group.methods.length > 1);
  return { main, variants };
}

/** Whether it differs from a plain method in its teacher's weights only. */
function isControlOf(method: Method, base: Method): boolean {
  const { teacherWeights } = method.runs[0]!.config;
  const isFalse = typeof teacherWeights === 'string' && teacherWeights !== 'trained';
  return (
    isFalse &&
    method.identity.split(', ').length === base.identity.split(', ').length + 1 &&
    isVariantOf(method, base)
  );
}

export function distinct<T>(items: Iterable<T>): T[] {
  return [...new Set(items)];
}
