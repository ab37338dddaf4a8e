/** What the player's script defines. */
interface Player {
  mount(
    element: HTMLElement,
    recording: string,
    options: { readonly label?: string; readonly autoplay?: boolean },
  ): unknown;
}

/** Plays a recording where its button stands. */
export function mountRollouts(root: ParentNode): void {
  for (const button of root.querySelectorAll<HTMLButtonElement>('.play')) {
    button.addEventListener('click', () => {
      const stage = button.closest<HTMLElement>('.stage');
      const recording = stage && document.getElementById(`${stage.id}-recording`)?.textContent;
      if (!stage || !recording) return;
      const { label } = stage.dataset;
      stage.replaceChildren();
      player().mount(stage, recording, { autoplay: true, ...(label === undefined ? {} : { label }) });
    });
  }
}

/** The player is text until somebody wants it: most of the page's bytes, and not to be parsed before. */
function player(): Player {
  const host = globalThis as { MiktPlayer?: Player };
  if (host.MiktPlayer === undefined) {
    const script = document.createElement('script');
    script.textContent = document.getElementById('player')?.textContent ?? '';
    document.body.append(script);
  }
  if (host.MiktPlayer === undefined) throw new Error('the page has no player.');
  return host.MiktPlayer;
}
