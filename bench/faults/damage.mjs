// Files of a run folder cut short, deleted, or with random bytes changed.
import { cpSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { checkpointNames, differences, removeRun, resume, sentenceOf } from './runs.mjs';

const checkpoint = (back) => (folder) => [path.join('checkpoints', checkpointNames(folder).at(-1 - back))];
const only =
  (...names) =>
  () =>
    names;

/** What is damaged, by name: files of a run folder, all of them in the same way. */
const TARGETS = {
  'run.json': only('run.json'),
  'metrics.csv': only('metrics.csv'),
  'episodes.csv': only('episodes.csv'),
  'the TensorBoard events': (folder) => [readdirSync(folder).find((name) => name.startsWith('events'))],
  'the last checkpoint': checkpoint(0),
  'the last two checkpoints': (folder) => [...checkpoint(0)(folder), ...checkpoint(1)(folder)],
  'the best checkpoint': only('checkpoints/best.safetensors'),
  "the log's copies": only('checkpoints/metrics.csv', 'checkpoints/episodes.csv'),
  'all files but the checkpoints': (folder) => readdirSync(folder).filter((name) => name !== 'checkpoints'),
  'all checkpoints but the best': (folder) =>
    checkpointNames(folder).map((name) => path.join('checkpoints', name)),
};

/** Of these nothing can be restored; what counts is the sentence. */
const HOPELESS = {
  'all checkpoints': (folder) =>
    [...checkpointNames(folder), 'best.safetensors'].map((name) => path.join('checkpoints', name)),
  'metrics.csv and its copy': only('metrics.csv', 'checkpoints/metrics.csv'),
};

const WAYS = {
  'cut short': (file, random) => truncateSync(file, Math.floor(random() * readFileSync(file).length)),
  'random bytes changed': (file, random) => {
    const bytes = readFileSync(file);
    for (let i = 0; i < 1 + Math.floor(3 * random()); i++) {
      const at = Math.floor(random() * bytes.length);
      bytes[at] ^= 1 + Math.floor(255 * random());
    }
    writeFileSync(file, bytes);
  },
  deleted: (file) => rmSync(file),
};

/** @param rounds how often each file is damaged in each way; deleting is always the same */
export function damageTrials(rounds, random, { targets, hopeless = Object.keys(HOPELESS) } = {}) {
  const trials = [];
  const add = (target, find, isHopeless) => {
    for (const [how, damage] of Object.entries(WAYS)) {
      const times = how === 'deleted' ? 1 : rounds;
      for (let i = 0; i < times; i++) {
        trials.push({
          kind: trials.length % 2 === 0 ? 'ppo' : 'mikt',
          fault: `${target} ${how}`,
          isHopeless,
          damage: (folder) => {
            for (const name of find(folder)) damage(path.join(folder, name), random);
          },
        });
      }
    }
  };
  for (const target of targets ?? Object.keys(TARGETS)) add(target, TARGETS[target], false);
  for (const target of hopeless) add(target, HOPELESS[target], true);
  return trials;
}

export async function tryDamage({ kind, damage, isHopeless }, { folder, whole, stopped }) {
  removeRun(folder);
  cpSync(stopped[kind], folder, { recursive: true });
  damage(folder);
  const ended = await resume(folder);
  const said = ended.stderr
    .split('\n')
    .filter((line) => line.includes(folder) && !line.includes('networks run'));
  const where = said.join(' ').replaceAll(`${folder}/`, '');
  if (ended.status !== 0) {
    const sentence = sentenceOf(ended);
    const isNamed = isHopeless && sentence?.includes(folder);
    return isNamed
      ? { outcome: 'refused', where: sentence.replaceAll(`${folder}/`, '') }
      : { outcome: 'lost', why: ended.stderr.trim() };
  }
  const found = await differences(folder, whole[kind]);
  if (found.length === 0) return { outcome: 'survived', where };
  // Rows that cannot be restored are gone; everything else is as it was, and the sentence names the file.
  const isOnlyRows = found.every((difference) => difference.startsWith('metrics.csv'));
  return isHopeless && isOnlyRows && where.includes('metrics.csv')
    ? { outcome: 'rows lost', where }
    : { outcome: 'lost', why: found.join(', '), where };
}
