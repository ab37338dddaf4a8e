import type { Figure } from './figure.js';
import {
  escapeText,
  formatCount,
  formatReturn,
  formatSeconds,
  listOf,
  MISSING,
  shellCommand,
} from './format.js';
import { flatten, type Method, type ReportedRun } from './methods.js';
import { STYLES } from './styles.js';
import type { MethodResult } from './verdict.js';

/** What the page says of one environment. */
export interface Section {
  readonly env: string;
  readonly verdict: string;
  readonly figures: readonly Figure[];
  readonly methods: readonly Method[];
  readonly results: readonly MethodResult[];
}

/** The report as one HTML document that needs nothing else: no script, no network, no other file. */
export function reportPage(sections: readonly Section[]): string {
  const title = `Report: ${listOf(sections.map(({ env }) => env))}`;
  const runs = sections.flatMap(({ methods }) => methods.flatMap((method) => method.runs));
  const versions = [...new Set(runs.map((run) => run.manifest.versions.mikt).filter(Boolean))];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeText(title)} · mikt</title>
<style>${STYLES}</style>
</head>
<body>
<header>
<h1>${escapeText(title)}</h1>
${sections.map(({ verdict }) => `<p class="verdict">${escapeText(verdict)}</p>`).join('\n')}
</header>
<main>
${sections.map(section).join('\n')}
<section aria-labelledby="runs">
<h2 id="runs">Configuration of every run</h2>
${runs.map(runDetails).join('\n')}
</section>
</main>
<footer>
<p>Final return: the last value of <code>return_100</code>, the mean raw return of the last 100 episodes that had ended.
Returns are those of training, with sampled actions. Made by <code>mikt report</code> from runs of mikt ${escapeText(listOf(versions as string[]) || 'of unknown version')}.</p>
</footer>
</body>
</html>
`;
}

function section({ env, figures, methods, results }: Section, index: number): string {
  const id = `environment-${index + 1}`;
  return `<section aria-labelledby="${id}">
<h2 id="${id}">${escapeText(env)}</h2>
${figures.length > 0 ? figures.map(figure).join('\n') : '<p>No episode has ended yet: there is nothing to draw.</p>'}
${results.length > 0 ? methodTable(env, results) : ''}
${runTable(env, methods)}
</section>`;
}

function figure({ id, wide, narrow, caption }: Figure): string {
  const withClass = (svg: string, name: string) => svg.replace('<svg ', `<svg class="${name}" `);
  return `<figure id="${id}">
${withClass(wide, 'wide')}
${withClass(narrow, 'narrow')}
<figcaption>${escapeText(caption)} <a href="figures/${id}.svg">SVG</a></figcaption>
</figure>`;
}

function methodTable(env: string, results: readonly MethodResult[]): string {
  const rows = results.map(({ method, finals, mean, standardDeviation }) => [
    methodName(method),
    formatCount(finals.length),
    formatReturn(mean),
    formatReturn(standardDeviation),
    formatReturn(Math.min(...finals)),
    formatReturn(Math.max(...finals)),
  ]);
  return `<h3>Final return by method</h3>
${table(
  `Over the finished runs on ${env}, one per seed. The deviation is the sample’s (divisor n − 1).`,
  ['Method', '#Seeds', '#Mean', '#Standard deviation', '#Lowest', '#Highest'],
  rows,
)}`;
}

function runTable(env: string, methods: readonly Method[]): string {
  const rows = methods.flatMap((method) =>
    method.runs.map((run) => {
      const { manifest, stepsDone, seconds } = run;
      const speed = seconds !== undefined && seconds > 0 ? formatCount(stepsDone / seconds) : MISSING;
      return [
        escapeText(manifest.name),
        escapeText(env),
        methodName(method),
        escapeText(manifest.teachers.map(({ source }) => source).join(' + ') || MISSING),
        String(manifest.seed),
        formatCount(stepsDone),
        formatReturn(run.finalReturn),
        formatCount(run.episodes.steps.length),
        formatSeconds(seconds),
        speed,
        `<span class="status ${manifest.status}">${escapeText(progressText(run))}</span>`,
      ];
    }),
  );
  const titles = [
    'Run',
    'Environment',
    'Method',
    'Teacher',
    '#Seed',
    '#Steps',
    '#Final return',
    '#Episodes',
    '#Wall-clock time',
    '#Steps/s',
    'Status',
  ];
  return `<h3>Runs</h3>
${table(`Every run on ${env}. Steps are environment steps.`, titles, rows)}`;
}

function progressText({ manifest: { status, steps }, stepsDone, finished }: ReportedRun): string {
  return finished ? status : `${status} at ${Math.floor((100 * stepsDone) / Math.max(1, steps))}%`;
}

/** @param titles of the columns; those of numbers start with #. @param rows cells as HTML, the first naming its row */
function table(caption: string, titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const aligned = (index: number) => (titles[index]!.startsWith('#') ? ' class="number"' : '');
  const head = titles.map(
    (title, index) => `<th scope="col"${aligned(index)}>${escapeText(title.replace(/^#/, ''))}</th>`,
  );
  const body = rows.map((cells) => {
    const [first, ...rest] = cells;
    const others = rest.map((cell, index) => `<td${aligned(index + 1)}>${cell}</td>`);
    return `<tr><th scope="row"${aligned(0)}>${first}</th>${others.join('')}</tr>`;
  });
  // Scrollable by keyboard too, where it is wider than the screen.
  return `<div class="scroll" role="region" tabindex="0" aria-label="${escapeText(caption)}">
<table>
<caption>${escapeText(caption)}</caption>
<thead><tr>${head.join('')}</tr></thead>
<tbody>
${body.join('\n')}
</tbody>
</table>
</div>`;
}

function methodName({ label, style }: Method): string {
  const line = style.dash.length > 0 ? 'dashed' : 'solid';
  return `<span class="method"><span class="swatch" style="border-top-color:${style.colour};border-top-style:${line}" aria-hidden="true"></span>${escapeText(label)}</span>`;
}

function runDetails({ manifest, finished }: ReportedRun): string {
  const { command, config, versions, host, git, teachers, reason, createdAt, status } = manifest;
  const provenance: [string, string][] = [
    ['started', createdAt],
    ['status', reason === undefined ? status : `${status}: ${reason}`],
    ...Object.entries(versions),
    ['host', `${host.platform} ${host.arch}, ${host.cores} cores, ${host.cpu}`],
  ];
  if (git !== undefined)
    provenance.push(['commit', git.dirty ? `${git.commit}, with local changes` : git.commit]);
  for (const teacher of teachers) {
    provenance.push(
      ['teacher', `${teacher.source} (trained on ${teacher.env})`],
      ['teacher’s SHA-256', teacher.fingerprint],
    );
  }
  return `<details>
<summary>${escapeText(manifest.name)}${finished ? '' : ` (${manifest.status})`}</summary>
<h4>The command that started it</h4>
<pre><code>${escapeText(shellCommand(command))}</code></pre>
<h4>Made with</h4>
${keyTable(`Versions and host of ${manifest.name}`, provenance)}
<h4>Configuration</h4>
${keyTable(`Configuration of ${manifest.name}`, flatten(config))}
</details>`;
}

function keyTable(name: string, entries: readonly (readonly [string, string])[]): string {
  const rows = entries.map(
    ([key, value]) => `<tr><th scope="row">${escapeText(key)}</th><td>${escapeText(value)}</td></tr>`,
  );
  return `<div class="scroll" role="region" tabindex="0" aria-label="${escapeText(name)}"><table><tbody>${rows.join('')}</tbody></table></div>`;
}
