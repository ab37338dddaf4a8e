// Entry of the playground: loads physics, networks and the list of teachers, then hands over to the page.
import { loadPhysics } from '@mikt/envs';
import { createWasmEngine } from '@mikt/graph';
import { create } from '../../viewer/browser/elements.js';
import { PANEL_STYLES, VIEWER_STYLES } from '../../viewer/browser/styles.js';
import { PlaygroundPage } from './playground-page.js';
import { sentence } from './sentence.js';
import { PLAYGROUND_STYLES } from './styles.js';
import { Teachers } from './teachers.js';

async function start(): Promise<void> {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(VIEWER_STYLES + PANEL_STYLES + PLAYGROUND_STYLES);
  document.adoptedStyleSheets = [sheet];
  const message = create('p', { class: 'message', role: 'status' }, 'Loading physics and teachers …');
  const root = create('div', { class: 'viewer' }, message);
  root.dataset.theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  document.body.replaceChildren(root);
  try {
    const [teachers, engine] = await Promise.all([Teachers.load(), createWasmEngine(), loadPhysics()]);
    root.remove();
    new PlaygroundPage(document.body, engine, teachers);
  } catch (error) {
    message.className = 'message problem';
    message.setAttribute('role', 'alert');
    message.textContent = sentence(error);
  }
}

void start();
