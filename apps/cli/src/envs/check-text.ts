import type { LoadedRobot, RobotCheck } from '@mikt/envs';
import { formatNumber } from '../options.js';
import { layOut, wrapWords } from '../runs/text.js';

/** Characters of a line where the terminal does not say: pipes and files. */
const WIDTH = 100;
/** Most names that are told in a row; --json has all. */
const MOST_NAMES = 24;

/** A check for people to read. Lines without an end. */
export function describeCheck(
  file: string,
  { definition, defaults }: LoadedRobot,
  check: RobotCheck,
  width = WIDTH,
): string[] {
  const facts = factsOf(definition.task, check);
  const indent = Math.max(...facts.map(([title]) => title.length)) + 4;
  const lines = facts.flatMap(([title, text]) =>
    wrapWords(text, Math.max(width - indent, 30)).map(
      (line, i) => `  ${(i === 0 ? title : '').padEnd(indent - 2)}${line}`,
    ),
  );
  return [
    `${definition.name}: ${file}`,
    '',
    ...lines,
    ...(defaults.length > 0
      ? ['', 'Settings that the task leaves open', ...defaultRows(defaults, width)]
      : []),
    ...section('Problems', check, 'problem', width),
    ...section('Warnings', check, 'warning', width),
    '',
    verdict(check),
  ];
}

/** `qpos/root/2, qpos/root/3, qpos/root/4` reads `qpos/root/2…4`. */
function shortNames(names: readonly string[]): string[] {
  const short: string[] = [];
  let [from, to, prefix] = ['', 0, ''];
  const close = () => {
    if (prefix !== '') short.push(from === String(to) ? `${prefix}/${from}` : `${prefix}/${from}…${to}`);
    prefix = '';
  };
  for (const name of names) {
    const [, stem, digits] = /^(.*)\/(\d+)$/.exec(name) ?? [];
    if (stem !== undefined && stem === prefix && Number(digits) === to + 1) {
      to++;
      continue;
    }
    close();
    if (stem === undefined) short.push(name);
    else [prefix, from, to] = [stem, digits!, Number(digits)];
  }
  close();
  return short;
}

function factsOf(task: LoadedRobot['definition']['task'], check: RobotCheck): [string, string][] {
  const { observation, action, timestep, dt, height, trials } = check;
  const metres = (value: number) => `${Number(value.toFixed(3))} m`;
  const rate = formatNumber(1 / dt);
  const facts: [string, string][] = [
    [
      'model',
      `${count(check.bodies, 'body', 'bodies')}, ${count(check.joints, 'joint')}, ${count(action.length, 'control')}, ` +
        `${formatNumber(check.mass, 3)} kg`,
    ],
    ['observation', `${observation.length}: ${listNames(shortNames(observation))}`],
    [
      'action',
      `${action.length}${action.length === 0 ? '' : ': '}${listNames(action.map(({ name, low, high }) => `${name} [${low}, ${high}]`))}`,
    ],
    ...(check.sensors.length > 0 ? [['sensors', listNames(check.sensors)] as [string, string]] : []),
    ...(check.keyframes.length > 0 ? [['keyframes', listNames(check.keyframes)] as [string, string]] : []),
    [
      'time',
      `${task.frameSkip} × ${timestep} s = ${Number(dt.toPrecision(4))} s a step, ${rate} steps a second; episodes of ` +
        `${formatNumber(task.maxEpisodeSteps)} steps (${formatNumber(task.maxEpisodeSteps * dt)} s)`,
    ],
    [
      'height',
      `"${task.body}" starts at ${metres(height.start)}; under zero actions it is at ${metres(height.rest)} after two seconds; ` +
        `healthy: ${healthyHeights(task.healthyZRange)}`,
    ],
  ];
  if (trials) {
    const { idle, random } = trials;
    const mean = (value: (episode: typeof idle) => number) =>
      random.reduce((sum, episode) => sum + value(episode), 0) / random.length;
    facts.push(
      [
        'zero actions',
        `${formatNumber(idle.steps)} steps${idle.terminated ? ', then unhealthy' : ' and on'}; return ${formatNumber(idle.return)}`,
      ],
      [
        'random actions',
        `${formatNumber(mean(({ steps }) => steps))} steps on average; return ${formatNumber(mean((episode) => episode.return))}; per ` +
          `step ${Object.entries(trials.rewardParts)
            .map(([name, value]) => `${name} ${formatNumber(value, 3)}`)
            .join(', ')}`,
      ],
      ['speed', `${formatNumber(check.stepsPerSecond, 0)} steps a second, physics on one thread`],
    );
  }
  return facts;
}

function healthyHeights(range: readonly [number | null, number | null] | null): string {
  if (range === null) return 'at any height';
  const [low, high] = range;
  if (high === null) return `above ${low} m`;
  return low === null ? `below ${high} m` : `from ${low} to ${high} m`;
}

/** Those that come from the model one by one, with their reasons; the others, which are the same for every robot, in a row. */
function defaultRows(defaults: LoadedRobot['defaults'], width: number): string[] {
  const derived = defaults.filter(({ why }) => why !== undefined);
  const constant = defaults.filter(({ why }) => why === undefined);
  const rows = layOut([
    { title: '', cells: derived.map(({ key }) => `  ${key}`) },
    { title: '', cells: derived.map(({ value }) => JSON.stringify(value)) },
    { title: '', cells: derived.map(({ why }) => why!) },
  ]);
  const fits = rows.every((row) => row.length <= width);
  const narrow = derived.flatMap(({ key, value, why }) =>
    hanging(`${key}: ${JSON.stringify(value)} (${why})`, width),
  );
  const others = constant.map(({ key, value }) => `${key} ${JSON.stringify(value)}`).join(', ');
  return [
    ...(fits ? rows : narrow),
    ...(constant.length > 0 ? hanging(`the same for every robot: ${others}`, width) : []),
  ];
}

function section(title: string, { findings }: RobotCheck, severity: string, width: number): string[] {
  const own = findings.filter((finding) => finding.severity === severity);
  if (own.length === 0) return [];
  return ['', title, ...own.flatMap(({ text }) => hanging(`- ${text}`, width))];
}

function verdict({ findings }: RobotCheck): string {
  const problems = findings.filter(({ severity }) => severity === 'problem').length;
  const warnings = findings.length - problems;
  if (findings.length === 0) return 'Nothing is wrong with it.';
  if (problems === 0) return `No problems; ${count(warnings, 'warning')}.`;
  return `${count(problems, 'problem')}${warnings > 0 ? `, ${count(warnings, 'warning')}` : ''}.`;
}

/** Lines of a paragraph, set in. */
function hanging(text: string, width: number): string[] {
  return wrapWords(text, Math.max(width - 2, 30)).map((line) => `  ${line}`);
}

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).join(', ');
  return names.length > MOST_NAMES
    ? `${shown} and ${names.length - MOST_NAMES} more (--json has all)`
    : shown;
}

function count(number: number, thing: string, things = `${thing}s`): string {
  return `${formatNumber(number)} ${number === 1 ? thing : things}`;
}
