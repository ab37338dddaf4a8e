// Entry of a further script of pages that are served: it takes in what has changed, section by section.

const EVERY_MILLISECONDS = 2000;

/** What `page.ts` gives. */
interface Host {
  readonly MiktReport: { enliven(root: ParentNode): void };
}

let version: string | undefined;
let known = new Map<string, string>();

const status = document.createElement('p');
status.className = 'live';
status.setAttribute('role', 'status');
document.querySelector('header')?.append(status);

/** The sections of a page as they were sent, by the ids of their headings. */
function sectionsOf(page: Document): Map<string, HTMLElement> {
  const sections = [...page.querySelectorAll<HTMLElement>('main > section')];
  return new Map(sections.map((section) => [section.getAttribute('aria-labelledby') ?? '', section]));
}

async function look(): Promise<void> {
  const latest = await textOf('version');
  if (latest === version) return;
  const page = new DOMParser().parseFromString(await textOf('./'), 'text/html');
  const sections = sectionsOf(page);
  const shown = sectionsOf(document);
  // The first look only learns what the page was made of.
  if (version !== undefined) {
    if ([...sections.keys()].join() !== [...shown.keys()].join()) {
      location.reload();
      return;
    }
    for (const [id, section] of sections) {
      if (section.outerHTML !== known.get(id)) replace(shown.get(id)!, document.importNode(section, true));
    }
  }
  known = new Map([...sections].map(([id, section]) => [id, section.outerHTML]));
  version = latest;
  status.textContent = `Live: as of ${new Date().toLocaleTimeString()}`;
}

async function textOf(address: string): Promise<string> {
  const response = await fetch(address, { cache: 'no-store' });
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  return response.text();
}

/** Puts a newer section in the place of an older one; what was opened, hidden or focused stays so. */
function replace(old: HTMLElement, section: HTMLElement): void {
  const details = (root: HTMLElement) => [...root.querySelectorAll('details')];
  const open = new Set(
    details(old)
      .filter((each) => each.open)
      .map(titleOf),
  );
  for (const each of details(section)) each.open = open.has(titleOf(each));
  const hidden = [...old.querySelectorAll<HTMLElement>('[aria-pressed="false"]')].map(placeOf);
  const focused = document.activeElement?.id;
  old.replaceWith(section);
  (globalThis as unknown as Host).MiktReport.enliven(section);
  for (const button of section.querySelectorAll<HTMLElement>('[aria-pressed]')) {
    if (hidden.includes(placeOf(button))) button.click();
  }
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

function titleOf(each: HTMLDetailsElement): string {
  return `${each.closest('figure')?.id} ${each.querySelector('summary')?.textContent}`;
}

function placeOf(button: HTMLElement): string {
  return `${button.closest('figure')?.id} ${button.textContent}`;
}

async function watch(): Promise<void> {
  for (;;) {
    try {
      await look();
      status.classList.remove('gone');
    } catch {
      status.textContent = 'The report is no longer served; this is its last state.';
      status.classList.add('gone');
    }
    await new Promise((resolve) => setTimeout(resolve, EVERY_MILLISECONDS));
  }
}

void watch();

// A module of its own: its names are not the page's.
export {};
