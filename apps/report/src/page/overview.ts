import { escapeText, formatCount, formatReturn, formatSigned, listOf, plural } from '../format.js';
import { distinct, splitVariants } from '../pairs.js';
import type { Report, StudyInput } from '../report.js';
import { comparisonOf } from '../results.js';
import { intervalText, type Standing, standingOf } from '../verdict.js';
import { details } from './html.js';
import { STANDING_WORDS, type StandingRow, standingHtml, standingTable } from './tables.js';

/** Who is ahead, by how much, and what is missing. */
export function overviewHtml(report: Report): string {
  const { pairs } = report;
  const rows = standingRows(report);
  return `${scopeHtml(report)}
${report.studies.map(studyHtml).join('\n')}
${pairs.length === 1 ? verdictHtml(report, pairs[0]!) : summaryHtml(report, rows)}
${rows.length > 1 ? standingTable(rows) : ''}
${cautionHtml(rows)}`;
}

function scopeHtml({ runs, pairs, studies }: Report): string {
  const unfinished = runs.filter((run) => !run.finished).length;
  const places = plural(
    pairs.length,
    pairs.some(({ pair }) => pair.teachers.length > 0) ? 'pair' : 'environment',
  );
  const from = studies.length > 0 ? ` of ${listOf(studies.map(({ name }) => name))}` : '';
  const state = unfinished === 0 ? 'all finished' : `${formatCount(runs.length - unfinished)} finished`;
  return `<p class="scope">${escapeText(`${plural(runs.length, 'run')}${from} on ${places}, ${state}.`)}</p>`;
}

function studyHtml({ name, description, file, runs }: StudyInput): string {
  const missing = runs.filter(({ status }) => status !== 'finished');
  const about = description === undefined ? '' : ` ${description}`;
  const opening = `<p><strong>${escapeText(name)}</strong> <span class="soft">(${escapeText(file)})</span>:${escapeText(about)}</p>`;
  if (missing.length === 0) return opening;
  const kinds = [...new Set(missing.map(({ status }) => status))].map(
    (status) =>
      `${formatCount(missing.filter((run) => run.status === status).length)} ${status === 'planned' ? 'not begun' : status}`,
  );
  const groups = [...new Set(missing.map(({ group, method }) => `${group}: ${method}`))].map((key) => {
    const own = missing.filter(({ group, method }) => `${group}: ${method}` === key);
    const seeds = own.map(
      ({ seed, status }) => `${seed} ${status === 'planned' ? '(not begun)' : `(${status})`}`,
    );
    return `<li>${escapeText(`${key}, seed${own.length === 1 ? '' : 's'} ${listOf(seeds)}`)}</li>`;
  });
  return `${opening}
<div class="note">
<p>Not complete: of the study’s ${escapeText(plural(runs.length, 'run'))}, ${escapeText(listOf(kinds))}. What follows is about what is there, and may change.</p>
${details('What is missing', `<ul>${groups.join('')}</ul>`)}
</div>`;
}

/** A pair's verdict in sentences. */
export function verdictHtml(
  { references }: Report,
  { pair, verdict: { statements, remarks } }: Report['pairs'][number],
): string {
  const items = statements.map(
    ({ standing, text }) =>
      `<li>${standing === 'unknown' ? '' : `${standingHtml(standing)} `}${escapeText(text)}</li>`,
  );
  const compared = (Object.hasOwn(references, pair.env) ? references[pair.env]! : []).map(
    ({ label, note, value }) =>
      `For comparison, ${label}${note === undefined ? '' : ` (${note})`}: ${formatReturn(value)}.`,
  );
  const others = [...remarks, ...compared].map((remark) => `<p class="soft">${escapeText(remark)}</p>`);
  return `<div class="verdict">
${items.length > 0 ? `<ul>${items.join('')}</ul>` : '<p>No run is finished: there is no final return yet.</p>'}
${others.join('\n')}
</div>`;
}

/** Each plain method over all pairs. */
function summaryHtml({ pairs, comparisons }: Report, rows: readonly StandingRow[]): string {
  const labels = distinct(
    rows.filter(({ pair, of }) => splitVariants(pair).main.includes(of.styled)).map(({ of }) => of.method),
  );
  if (labels.length === 0) return '<p>No two methods have finished runs to compare.</p>';
  const sentences = labels.map((label) => {
    const own = rows.filter(({ of }) => of.method === label);
    const count = (standing: Standing) => own.filter(({ of }) => standingOf(of) === standing).length;
    const parts = (['ahead', 'behind', 'not told apart', 'unknown'] as const)
      .filter((standing) => count(standing) > 0)
      .map((standing) => `${STANDING_WORDS[standing]} on ${count(standing)}`);
    const baselines = distinct(own.map(({ pair }) => pair.baseline!.label));
    const overall = comparisonOf(comparisons.overall, label, 'final return');
    const mean =
      overall && own.length === pairs.length
        ? ` Mean difference over the pairs: ${formatSigned(overall.difference)}${Number.isNaN(overall.welch?.low) ? '' : ` (95% interval ${intervalText(overall.welch)})`}.`
        : '';
    return `<li><strong>${escapeText(label)}</strong> beside ${escapeText(listOf(baselines))}, by final return: ${escapeText(listOf(parts))} of ${escapeText(plural(own.length, 'pair'))}.${escapeText(mean)}</li>`;
  });
  return `<div class="verdict"><ul>${sentences.join('')}</ul></div>`;
}

function standingRows({ pairs, comparisons }: Report): StandingRow[] {
  return pairs.flatMap(({ pair }) =>
    pair.methods.flatMap((method) => {
      const of = comparisonOf(comparisons.byPair.get(pair) ?? [], method.label, 'final return');
      return of === undefined ? [] : { pair, of };
    }),
  );
}

function cautionHtml(rows: readonly StandingRow[]): string {
  if (rows.length === 0) return '';
  const fewest = Math.min(...rows.map(({ of }) => Math.min(of.runs, of.baselineRuns)));
  const hasIntervals = rows.some(({ of }) => standingOf(of) !== 'unknown');
  const sentences = [
    hasIntervals ? 'Intervals are of 95%, by Welch’s t over seeds.' : '',
    hasIntervals && rows.length > 1
      ? `There are ${rows.length} of them: one in twenty misses its value, and nothing was corrected for that.`
      : '',
    fewest < 5
      ? `With ${plural(fewest, 'seed')}, runs of one method can differ by more than methods do.`
      : '',
  ];
  return `<p class="soft">${sentences.filter(Boolean).join(' ')}</p>`;
}
