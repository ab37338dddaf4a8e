import { escapeText, listOf } from '../format.js';
import type { Report } from '../report.js';
import type { ReportedRun } from '../runs.js';
import { configurationsHtml } from './configurations.js';
import { figureHtml } from './figures.js';
import { section } from './html.js';
import { overviewHtml, verdictHtml } from './overview.js';
import { robotsHtml, rolloutsHtml } from './robots.js';
import { STYLES } from './styles.js';
import { resultTable, runTable, transferTable } from './tables.js';

/** What the page is made of besides the report. */
export interface PageParts {
  /** The page's own script. */
  readonly script: string;
  /** The script that plays recordings; needed where there are any. */
  readonly player?: string;
  /** Whether the figures are there as PNG files too. */
  readonly hasPng: boolean;
  /** Where a run's metrics are, from the page. */
  csvOf(run: ReportedRun): string;
  /** A further script that asks the page's server for a newer one; none of a page that is a file. */
  readonly liveScript?: string;
}

/** Tells a page that this package wrote from others. */
export const GENERATOR = 'mikt report';

/** Hidden where there is no script to do it. */
const HOW =
  '<p class="how soft">Point at a plot for its values, drag over it with a mouse to see a part of it closer, and double-click to see all of it again. With the keyboard: go to a plot, then arrow keys, Home, End, + and −, Escape. The entries of a legend show and hide their lines.</p>';

/** One HTML document that shows a report and needs nothing else: no network, no other file. */
export function reportPage(report: Report, parts: PageParts): string {
  const sections = sectionsOf(report, parts);
  const links = sections.map(({ id, title }) => `<li><a href="#${id}">${escapeText(title)}</a></li>`);
  const versions = [...new Set(report.runs.map((run) => run.manifest.versions.mikt).filter(Boolean))].sort();
  const connect = parts.liveScript === undefined ? '' : " connect-src 'self';";
  // The player's schemas ask whether they may make functions of text.
  const evaluate = parts.player === undefined ? '' : " 'unsafe-eval'";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="${GENERATOR}">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'${evaluate}; img-src data: blob:;${connect} base-uri 'none'; form-action 'none'">
<link rel="icon" href="data:,">
<title>${escapeText(report.title)} · mikt</title>
<style>${STYLES}</style>
</head>
<body>
<a class="skip" href="#overview">To the overview</a>
<header>
<h1>${escapeText(report.title)}</h1>
<nav aria-label="Sections"><ul>${links.join('')}</ul></nav>
</header>
<main>
${sections.map(({ id, title, content }) => section(id, title, content)).join('\n')}
</main>
<footer>
<p>Final return: the last value of <code>return_100</code>, the mean raw return of the last 100 episodes that had ended. Returns are those of training, with sampled actions. Curves are drawn at evenly spaced steps, each with the last row at or before it; the runs’ tables link every row. Made by <code>mikt report</code> from runs of mikt ${escapeText(listOf(versions as string[]) || 'of unknown version')}.</p>
</footer>
${parts.player === undefined ? '' : `<script type="text/plain" id="player">${parts.player.replaceAll('</script', '<\\/script')}</script>`}
<script>${parts.script.replaceAll('</script', '<\\/script')}</script>
${parts.liveScript === undefined ? '' : `<script>${parts.liveScript.replaceAll('</script', '<\\/script')}</script>`}
</body>
</html>
`;
}

interface PageSection {
  readonly id: string;
  readonly title: string;
  readonly content: string;
}

function sectionsOf(report: Report, parts: PageParts): PageSection[] {
  const { curves, aggregates, pairs, comparisons, robots, rollouts, methods, runs } = report;
  const figures = (list: readonly Parameters<typeof figureHtml>[0][]) =>
    list.map((figure) => figureHtml(figure, parts)).join('\n');
  const sections: (PageSection | undefined)[] = [
    { id: 'overview', title: 'Overview', content: overviewHtml(report) },
    {
      id: 'curves',
      title: 'Learning curves',
      content:
        curves.length > 0
          ? `${HOW}\n${figures(curves)}`
          : '<p>No episode has ended yet: there is nothing to draw.</p>',
    },
    // Where nothing is compared, nobody looks for scores.
    comparisons.byPair.size === 0
      ? undefined
      : {
          id: 'aggregates',
          title: pairs.length > 1 ? 'All pairs together' : 'Scores',
          content: `<p>${escapeText(report.scoresText)}</p>
${figures(aggregates)}
${comparisons.overall.length > 0 && pairs.length > 1 ? transferTable('mean over pairs', comparisons.overall, pairs[0]!.pair.baseline!.label) : ''}`,
        },
    ...pairs.map(({ pair, results, figures: own }, index) => ({
      id: `pair-${index + 1}`,
      title: pair.title,
      content: `${pairs.length > 1 ? verdictHtml(report, pairs[index]!) : ''}
${results.length > 0 ? resultTable(pair, results) : '<p>No run is finished.</p>'}
${figures(own)}
${transferOf(report, index)}`,
    })),
    rollouts === undefined
      ? undefined
      : { id: 'policies', title: 'Policies walking', content: rolloutsHtml(rollouts, robots) },
    robots.length === 0 ? undefined : { id: 'robots', title: 'Robots', content: robotsHtml(robots) },
    { id: 'runs', title: `Runs (${runs.length})`, content: runTable(methods, parts.csvOf) },
    {
      id: 'configurations',
      title: 'Configurations and commands',
      content: configurationsHtml(methods),
    },
  ];
  return sections.filter((entry) => entry !== undefined);
}

function transferOf({ pairs, comparisons }: Report, index: number): string {
  const { pair } = pairs[index]!;
  const own = comparisons.byPair.get(pair) ?? [];
  return own.length > 0 ? transferTable(pair.title, own, pair.baseline!.label) : '';
}
