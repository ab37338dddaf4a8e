/** How a line is drawn. */
export interface SeriesStyle {
  readonly colour: string;
  /** Lengths of strokes and gaps; empty for a solid line. */
  readonly dash: readonly number[];
}

// Okabe and Ito's palette, told apart with every kind of colour vision. Without its yellow, which is lost on a light
// page, and with the text's own colour for its black, which would be lost on a dark one.
export const COLOURS = {
  blue: '#0072B2',
  vermillion: '#D55E00',
  green: '#009E73',
  orange: '#E69F00',
  sky: '#56B4E9',
  purple: '#CC79A7',
  ink: 'currentColor',
} as const;

export const DASHES = { solid: [], long: [7, 3], short: [2, 3], mixed: [7, 3, 2, 3] } as const;

/** The look of a method in every report, whatever stands beside it. */
const KNOWN: Readonly<Record<string, SeriesStyle>> = {
  'PPO (VPG)': { colour: COLOURS.blue, dash: DASHES.solid },
  MLPP: { colour: COLOURS.green, dash: DASHES.solid },
  MIKT: { colour: COLOURS.vermillion, dash: DASHES.solid },
  'MIKT (matched)': { colour: COLOURS.purple, dash: DASHES.solid },
  'MLPP (matched)': { colour: COLOURS.green, dash: DASHES.long },
  'MIKT, w/o MI': { colour: COLOURS.sky, dash: DASHES.long },
  'MIKT, w/o RL gradients': { colour: COLOURS.orange, dash: DASHES.short },
  'MIKT, random teacher': { colour: COLOURS.ink, dash: DASHES.long },
  'MIKT, shuffled teacher': { colour: COLOURS.ink, dash: DASHES.short },
  'MIKT (matched), random teacher': { colour: COLOURS.ink, dash: DASHES.mixed },
  'MIKT (matched), shuffled teacher': { colour: COLOURS.purple, dash: DASHES.short },
};

/** The colour of a teacher where lines differ by it. */
const TEACHER_COLOURS: Readonly<Record<string, string>> = {
  CentipedeFour: COLOURS.orange,
  CentipedeSix: COLOURS.purple,
  CentipedeEight: COLOURS.green,
  Ant: COLOURS.vermillion,
  Hopper: COLOURS.sky,
};

/** What other methods draw from: dashed, so that a solid line is one of the plain methods above. */
const OTHERS: readonly SeriesStyle[] = [DASHES.long, DASHES.short, DASHES.mixed].flatMap((dash) =>
  [COLOURS.orange, COLOURS.sky, COLOURS.purple, COLOURS.vermillion, COLOURS.ink].map((colour) => ({
    colour,
    dash,
  })),
);

/**
 * One look per label in the whole report. It goes by what a method is and not by its place among others, so that it
 * is the same in every report; only where two of a report would look alike, one of them takes the next look.
 */
export function stylesByIdentity(
  methods: readonly { readonly label: string; readonly identity: string }[],
): Map<string, SeriesStyle> {
  const plainest = new Map<string, string>();
  for (const { label, identity } of methods) {
    const other = plainest.get(identity);
    if (other === undefined || isPlainer(label, other)) plainest.set(identity, label);
  }
  const keyOf = new Map(
    methods.map(({ label, identity }) => [
      label,
      plainest.get(identity) === label ? identity : `${identity} | ${label}`,
    ]),
  );
  const styles = new Map<string, SeriesStyle>();
  const isTaken = (style: SeriesStyle) => [...styles.values()].some((other) => isSame(other, style));
  for (const [label, key] of keyOf) if (Object.hasOwn(KNOWN, key)) styles.set(label, KNOWN[key]!);
  const rest = [...keyOf].filter(([, key]) => !Object.hasOwn(KNOWN, key));
  for (const [label, key] of rest.sort(([, a], [, b]) => (a < b ? -1 : 1))) {
    styles.set(label, otherStyle(key, isTaken));
  }
  return styles;
}

/** The look of one more method beside others that keep theirs: its own, where none of them has it. */
export function styleBeside(identity: string, others: readonly SeriesStyle[]): SeriesStyle {
  const isTaken = (style: SeriesStyle) => others.some((other) => isSame(other, style));
  const known = Object.hasOwn(KNOWN, identity) ? KNOWN[identity]! : undefined;
  return known && !isTaken(known) ? known : otherStyle(identity, isTaken);
}

function otherStyle(key: string, isTaken: (style: SeriesStyle) => boolean): SeriesStyle {
  const first = hash(key) % OTHERS.length;
  const candidates = [...OTHERS.slice(first), ...OTHERS.slice(0, first)];
  return candidates.find((style) => !isTaken(style)) ?? candidates[0]!;
}

/** The looks of teachers, several together by the name of the first. */
export function teacherStyles(teachers: readonly string[]): Map<string, SeriesStyle> {
  const styles = new Map<string, SeriesStyle>();
  for (const teacher of [...new Set(teachers)].sort()) {
    const known = TEACHER_COLOURS[teacher];
    const others = OTHERS.slice(hash(teacher) % OTHERS.length).concat(OTHERS);
    const isTaken = (style: SeriesStyle) => [...styles.values()].some((other) => isSame(other, style));
    styles.set(
      teacher,
      known ? { colour: known, dash: DASHES.solid } : (others.find((style) => !isTaken(style)) ?? others[0]!),
    );
  }
  return styles;
}

function isSame(a: SeriesStyle, b: SeriesStyle): boolean {
  return a.colour === b.colour && a.dash.join() === b.dash.join();
}

function isPlainer(label: string, other: string): boolean {
  return label.length < other.length || (label.length === other.length && label < other);
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    value = Math.imul(value ^ byte, 0x01000193);
  }
  return value >>> 0;
}
