import { escapeText, formatCount, formatReturn, slug } from '../format.js';
import type { Robot } from '../robots.js';
import type { Rollout, Rollouts } from '../rollouts.js';
import { progressText } from '../runs.js';
import { dataScript, definitions, swatch } from './html.js';

/** Cards of the environments. */
export function robotsHtml(robots: readonly Robot[]): string {
  return `<div class="cards">${robots.map(robotCard).join('\n')}</div>`;
}

function robotCard(robot: Robot): string {
  const { name, about, observations, actions, maxEpisodeSteps, model } = robot;
  const rows: [string, string][] = [
    ['observations', formatCount(observations)],
    ['actions', formatCount(actions)],
    ['steps of an episode', `at most ${formatCount(maxEpisodeSteps)}`],
  ];
  if (model) {
    rows.push(['bodies', formatCount(model.bodies)], ['a step is', `${model.seconds} s`]);
    if (model.kilograms !== undefined) rows.push(['mass', `${model.kilograms.toFixed(2)} kg`]);
  }
  return `<article class="card">
${pictureHtml(robot)}
<h3>${escapeText(name)}</h3>
${about === undefined ? '' : `<p>${escapeText(about)}</p>`}
${definitions(rows)}
</article>`;
}

function pictureHtml({ name, picture }: Robot): string {
  if (picture === undefined) return '';
  const named = (theme: 'light' | 'dark') =>
    picture[theme].replace('<svg ', `<svg id="robot-${slug(name)}-${theme}" class="on-${theme}" `);
  return `<div class="picture themed">${named('light')}${named('dark')}</div>`;
}

/** Policies that walk when they are asked to. */
export function rolloutsHtml({ rollouts, remarks }: Rollouts, robots: readonly Robot[]): string {
  const cards = rollouts.map((rollout, index) => rolloutCard(rollout, index, robots));
  const notes = remarks.map((remark) => `<p class="soft">${escapeText(remark)}</p>`);
  const how =
    rollouts.length === 0
      ? '<p>There is no recording in this report.</p>'
      : `<p class="soft">One recorded rollout of each method and pair: the last checkpoint of the seed in the middle by final return, acting with its mean action from the same start. One episode shows how a policy moves, not how good it is.</p>`;
  return `${how}
<div class="cards">${cards.join('\n')}</div>
${notes.join('\n')}`;
}

function rolloutCard(rollout: Rollout, index: number, robots: readonly Robot[]): string {
  const { method, run, recording, steps, terminated, coupled } = rollout;
  const place = method.teachers.length > 0 ? `${method.teachers.join(' + ')} to ${method.env}` : method.env;
  const end = terminated ? `falls after ${formatCount(steps)} steps` : `${formatCount(steps)} steps`;
  const state = run.finished ? '' : `, ${progressText(run)}`;
  const poster = robots.find(({ name, picture }) => name === method.env && picture);
  return `<article class="card rollout">
<div class="stage themed" id="rollout-${index}" data-label="${escapeText(`${method.label}, ${place}`)}">${poster ? pictureOf(poster) : ''}
<button type="button" class="play" data-rollout="${index}" aria-label="${escapeText(`Watch ${method.label}, ${place}`)}">Watch</button></div>
<h3>${swatch(method.style)}${escapeText(method.label)}</h3>
<p>${escapeText(place)}, seed ${run.manifest.seed}${escapeText(state)}: return ${formatReturn(rollout.return)}, ${end}.${coupled ? ' It still leans on its teacher.' : ''}</p>
${dataScript(`rollout-${index}-recording`, recording)}
</article>`;
}

/** The robot's picture once more, without its bytes. */
function pictureOf({ name, picture }: Robot): string {
  const viewBox = /viewBox="([^"]*)"/.exec(picture!.light)?.[1] ?? '0 0 480 260';
  const use = (theme: string) =>
    `<svg class="on-${theme}" viewBox="${viewBox}" preserveAspectRatio="xMidYMid slice" aria-hidden="true"><use href="#robot-${slug(name)}-${theme}"/></svg>`;
  return use('light') + use('dark');
}
