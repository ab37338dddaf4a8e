import { escapeText, formatCount, plural } from '../format.js';
import { flatten, type Method } from '../methods.js';
import { repeatCommands } from '../repeat.js';
import type { ReportedRun } from '../runs.js';
import { definitions, details, labelled } from './html.js';

/** Each method's configuration, what sets it apart first, and the commands that repeat its runs. */
export function configurationsHtml(methods: readonly Method[]): string {
  return methods.map(methodDetails).join('\n');
}

function methodDetails(method: Method): string {
  const [first] = method.runs as [ReportedRun];
  const place = method.teachers.length > 0 ? `${method.teachers.join(' + ')} to ${method.env}` : method.env;
  const summary = `${labelled(method)} <span class="soft">${escapeText(place)}, ${plural(method.runs.length, 'run')}</span>`;
  return details(
    summary,
    `${differencesHtml(first)}
<h3>To repeat ${method.runs.length === 1 ? 'it' : 'them'}</h3>
<pre tabindex="0"><code>${method.runs.flatMap(repeatCommands).map(escapeText).join('\n')}</code></pre>
${details(
  'All configuration keys',
  definitions(flatten(withoutSeed(first)).map(([key, value]) => [key, escapeText(value)])),
)}
${method.runs.map(runDetails).join('\n')}`,
  );
}

function differencesHtml(run: ReportedRun): string {
  const { preset, differences } = run.fromPreset;
  if (preset === undefined) {
    return '<p>Its configuration is not one that this version of mikt knows: see all keys.</p>';
  }
  if (differences.length === 0) {
    return `<p>The preset <code>${escapeText(preset)}</code> as it is, ${formatCount(run.manifest.steps)} steps.</p>`;
  }
  const rows = differences.map(
    ({ key, value, presetValue }) =>
      [
        key,
        `${escapeText(JSON.stringify(value))} <span class="soft">instead of ${escapeText(JSON.stringify(presetValue ?? null))}</span>`,
      ] as const,
  );
  return `<p>The preset <code>${escapeText(preset)}</code>, ${formatCount(run.manifest.steps)} steps, and different from it:</p>
${definitions(rows)}`;
}

function withoutSeed({ config }: ReportedRun): Record<string, unknown> {
  return Object.fromEntries(Object.entries(config).filter(([key]) => key !== 'seed'));
}

function runDetails({ manifest, name, status }: ReportedRun): string {
  const { versions, host, git, teachers, reason, createdAt, command, continuations = [] } = manifest;
  const rows: [string, string][] = [
    ['started', createdAt],
    ['by', command.join(' ')],
    ...continuations.map(({ from, to, at }): [string, string] => [
      'given more steps',
      `from ${formatCount(from)} to ${formatCount(to)}, ${at}`,
    ]),
    ['status', reason === undefined ? status : `${status}: ${reason}`],
    ...Object.entries(versions),
    ['host', `${host.platform} ${host.arch}, ${host.cores} cores, ${host.cpu}`],
  ];
  if (git !== undefined) rows.push(['commit', git.dirty ? `${git.commit}, with local changes` : git.commit]);
  for (const teacher of teachers) {
    rows.push(
      ['teacher', `${teacher.source} (trained on ${teacher.env})`],
      ['teacher’s SHA-256', teacher.fingerprint],
    );
  }
  const unfinished = status === 'finished' ? '' : ` <span class="status ${status}">${status}</span>`;
  return details(
    `Made with: ${escapeText(name)}${unfinished}`,
    definitions(rows.map(([key, value]) => [key, escapeText(value)])),
  );
}
