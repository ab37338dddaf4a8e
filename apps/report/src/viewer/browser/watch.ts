// Entry of the watch page: loads physics, networks and policies, then hands over to the page.
import { mixingWeights, policyFromCheckpoint } from '@mikt/algos';
import { loadPhysics } from '@mikt/envs';
import { createWasmEngine, type Engine } from '@mikt/graph';
import { decodeCheckpoint } from '@mikt/runs/reader';
import type { WatchedPolicy, WatchSettings } from '../watch-files.js';
import { create } from './elements.js';
import { LiveRobot } from './live-robot.js';
import { PANEL_STYLES, VIEWER_STYLES, WATCH_STYLES } from './styles.js';
import { type WatchedRobot, WatchPage } from './watch-page.js';

async function start(): Promise<void> {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(VIEWER_STYLES + PANEL_STYLES + WATCH_STYLES);
  document.adoptedStyleSheets = [sheet];
  const message = create('p', { class: 'message', role: 'status' }, 'Loading physics and policies …');
  const root = create('div', { class: 'viewer' }, message);
  root.dataset.theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  document.body.append(root);
  try {
    const [settings, engine] = await Promise.all([
      getJson<WatchSettings>('settings.json'),
      createWasmEngine(),
      loadPhysics({ wasmUrl: new URL('mujoco.wasm', document.baseURI).href }),
    ]);
    const robots: WatchedRobot[] = [];
    for (const policy of settings.policies) robots.push(await loadRobot(policy, engine));
    root.remove();
    new WatchPage(document.body, robots, settings);
  } catch (error) {
    message.className = 'message error';
    message.setAttribute('role', 'alert');
    message.textContent = error instanceof Error ? error.message : String(error);
  }
}

async function loadRobot({ role, source, file }: WatchedPolicy, engine: Engine): Promise<WatchedRobot> {
  const response = await get(file);
  const checkpoint = decodeCheckpoint(new Uint8Array(await response.arrayBuffer()), source);
  const robot = await LiveRobot.create(policyFromCheckpoint(checkpoint, engine, source));
  return { role, source, robot, mixing: mixingWeights(checkpoint, engine, source) };
}

async function get(file: string): Promise<Response> {
  const response = await fetch(file);
  if (!response.ok) throw new Error(`${file}: ${response.status} ${response.statusText}.`);
  return response;
}

async function getJson<T>(file: string): Promise<T> {
  return (await get(file)).json();
}

void start();
