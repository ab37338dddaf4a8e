import { decodeRecording, type Recording } from '@mikt/eval/recording';
import { ROBOTS, type RobotColours, type Theme } from '../palette.js';
import { Timeline } from '../timeline.js';
import {
  changeSpeed,
  choice,
  create,
  formatCount,
  formatNumber,
  iconButton,
  isTyping,
  prefersStillness,
  setButton,
  speedChoice,
} from './elements.js';
import { RewardBars } from './reward-bars.js';
import { Stage } from './stage.js';
import { PLAYER_STYLES, VIEWER_STYLES } from './styles.js';

export interface PlayerOptions {
  /** What is seen, in words; default: environment, method and steps. */
  readonly label?: string;
  /** Default: the reader's setting, and its changes. */
  readonly theme?: Theme;
  /** Begins to play as soon as it is seen, unless the reader asked for little motion. Default false. */
  readonly autoplay?: boolean;
  /** Starts again at the end. Default true. */
  readonly loop?: boolean;
  /** `first` (blue, the default) or `second` (orange): which robot of a comparison it is. */
  readonly robot?: keyof typeof ROBOTS;
  /** What names the recording in errors. */
  readonly source?: string;
}

/** Plays a recording inside an element, by itself: no server, no request, no worker. */
export class RecordingPlayer {
  readonly #host: HTMLElement;
  readonly #recording: Recording;
  readonly #stage: Stage;
  readonly #bars: RewardBars;
  readonly #playButton: HTMLButtonElement;
  readonly #slider = create('input', {
    type: 'range',
    class: 'time',
    min: 0,
    step: 'any',
    'aria-label': 'Time',
  });
  readonly #clock = create('span', { class: 'clock' });
  readonly #return = create('dd');
  readonly #step = create('dd');
  readonly #status = create('p', { class: 'hidden', role: 'status' });
  readonly #speedChoice: HTMLSelectElement;
  readonly #seen: IntersectionObserver;
  readonly #scheme = matchMedia('(prefers-color-scheme: dark)');
  readonly #onScheme = () => this.#applyTheme();
  readonly #loop: boolean;
  #timeline: Timeline;
  #theme: Theme | undefined;
  #time = 0;
  #speed = 1;
  #playing = false;
  #visible = false;
  #request = 0;
  #last = 0;

  /**
   * @param element is filled by the player, whatever it held before
   * @throws FileError where the recording is damaged
   */
  constructor(element: HTMLElement, recording: string | Recording, options: PlayerOptions = {}) {
    const { theme, autoplay = false, loop = true, robot = 'first', source } = options;
    this.#recording = typeof recording === 'string' ? decodeRecording(recording, source) : recording;
    const { scene, rewardParts, episodes } = this.#recording;
    const label = options.label ?? describe(this.#recording);
    this.#theme = theme;
    this.#loop = loop;
    this.#timeline = new Timeline(this.#recording, episodes[0]!);
    this.#host = create('div', { role: 'group', 'aria-label': `Player: ${label}` });
    const colours: RobotColours = ROBOTS[robot];
    this.#stage = new Stage(scene, { theme: this.theme, label: `${label}, in three dimensions`, colours });
    this.#bars = new RewardBars(rewardParts);
    this.#playButton = iconButton('play', 'Play', () => this.toggle());
    this.#speedChoice = speedChoice((speed) => {
      this.#speed = speed;
    });
    this.#slider.addEventListener('input', () => this.seek(Number(this.#slider.value)));
    this.#build();
    this.#host.addEventListener('keydown', (event) => this.#onKey(event));
    element.replaceChildren(this.#host);
    this.#scheme.addEventListener('change', this.#onScheme);
    this.#applyTheme();
    this.#selectEpisode(0);
    this.#seen = new IntersectionObserver(([entry]) => this.#setVisible(entry!.isIntersecting));
    this.#seen.observe(this.#host);
    if (autoplay && !prefersStillness()) this.play();
  }

  get playing(): boolean {
    return this.#playing;
  }

  /** Seconds since the episode's start. */
  get time(): number {
    return this.#time;
  }

  get theme(): Theme {
    return this.#theme ?? (this.#scheme.matches ? 'dark' : 'light');
  }

  /** Plays while it is in view; at the end, from the start. */
  play(): void {
    if (this.#time >= this.#timeline.duration) this.#time = 0;
    this.#playing = true;
    this.#run();
  }

  pause(): void {
    this.#playing = false;
    this.#run();
  }

  toggle(): void {
    if (this.#playing) this.pause();
    else this.play();
  }

  /** @param seconds since the episode's start; kept within the episode */
  seek(seconds: number): void {
    this.#time = Math.min(Math.max(seconds, 0), this.#timeline.duration);
    this.#show();
  }

  /** @param theme undefined: the reader's setting */
  setTheme(theme: Theme | undefined): void {
    this.#theme = theme;
    this.#applyTheme();
  }

  /** Stops, frees the graphics memory and takes the player out of the page. */
  dispose(): void {
    cancelAnimationFrame(this.#request);
    this.#seen.disconnect();
    this.#scheme.removeEventListener('change', this.#onScheme);
    this.#stage.dispose();
    this.#host.remove();
  }

  #build(): void {
    const { episodes } = this.#recording;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(VIEWER_STYLES + PLAYER_STYLES);
    const root = this.#host.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [sheet];
    const controls = create('div', { class: 'row' }, this.#playButton, this.#slider, this.#clock);
    if (episodes.length > 1) {
      const names = episodes.map((_, i) => [String(i), `Episode ${i + 1}`] as const);
      controls.append(choice('Episode', names, '0', (value) => this.#selectEpisode(Number(value))));
    }
    const camera = iconButton('camera', 'Reset the camera', () => this.#stage.resetCamera());
    controls.append(this.#speedChoice, camera);
    const facts = create(
      'dl',
      { class: 'facts' },
      create('div', {}, create('dt', {}, 'Return'), this.#return),
      create('div', {}, create('dt', {}, 'Step'), this.#step),
    );
    const panel = create('div', { class: 'panel' }, controls, facts, this.#bars.element, this.#status);
    root.append(this.#stage.element, panel);
  }

  #applyTheme(): void {
    this.#host.dataset.theme = this.theme;
    this.#stage.setTheme(this.theme);
  }

  #selectEpisode(index: number): void {
    this.#timeline = new Timeline(this.#recording, this.#recording.episodes[index]!);
    this.#slider.max = String(this.#timeline.duration);
    this.#bars.setScale(this.#timeline.largestPart);
    this.#stage.resetCamera();
    this.seek(0);
  }

  #setVisible(visible: boolean): void {
    this.#visible = visible;
    this.#run();
    if (visible) this.#show();
  }

  /** Goes on, or stops, by whether it is to play and is seen. */
  #run(): void {
    setButton(this.#playButton, this.#playing ? 'pause' : 'play', this.#playing ? 'Pause' : 'Play');
    cancelAnimationFrame(this.#request);
    if (!this.#playing || !this.#visible) return;
    this.#last = performance.now();
    this.#request = requestAnimationFrame((now) => this.#tick(now));
  }

  #tick(now: number): void {
    // After a hiccup the robot goes on from where it was; a slow machine shows fewer pictures, not slower ones.
    this.#time += this.#speed * Math.min(Math.max(now - this.#last, 0) / 1000, 0.5);
    this.#last = now;
    if (this.#time >= this.#timeline.duration) this.#end();
    this.#show();
    if (this.#playing) this.#request = requestAnimationFrame((next) => this.#tick(next));
  }

  #end(): void {
    if (this.#loop) {
      this.#time %= this.#timeline.duration;
      return;
    }
    this.#time = this.#timeline.duration;
    this.pause();
    const { episode, ending } = this.#timeline;
    this.#status.textContent = `${ending} Return ${formatNumber(episode.return)}.`;
  }

  #show(): void {
    const { duration, episode } = this.#timeline;
    const time = this.#time;
    this.#slider.value = String(time);
    this.#slider.setAttribute('aria-valuetext', `${formatNumber(time)} of ${formatNumber(duration)} seconds`);
    this.#clock.textContent = `${formatNumber(time)} / ${formatNumber(duration)} s`;
    this.#return.textContent = formatNumber(this.#timeline.return(time));
    this.#step.textContent = `${formatCount(this.#timeline.step(time))} of ${formatCount(episode.steps)}`;
    this.#bars.show(this.#timeline.parts(time));
    if (this.#visible) this.#stage.show(this.#timeline.positions(time));
  }

  #onKey(event: KeyboardEvent): void {
    if (isTyping(event)) return;
    const frame = this.#recording.dt * this.#recording.frameEvery;
    const moveTo = (seconds: number) => {
      this.pause();
      this.seek(seconds);
    };
    const actions: Record<string, () => void> = {
      ' ': () => this.toggle(),
      k: () => this.toggle(),
      ',': () => moveTo(this.#time - frame),
      '.': () => moveTo(this.#time + frame),
      j: () => this.seek(this.#time - 2),
      l: () => this.seek(this.#time + 2),
      Home: () => this.seek(0),
      End: () => this.seek(this.#timeline.duration),
      '[': () => changeSpeed(this.#speedChoice, -1),
      ']': () => changeSpeed(this.#speedChoice, 1),
      c: () => this.#stage.resetCamera(),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }
}

function describe({ env, policy, sample }: Recording): string {
  const trained = policy.steps === null ? '' : ` after ${formatCount(policy.steps)} steps`;
  return `${env}, ${policy.algo}${trained}, ${sample ? 'sampled' : 'mean'} actions`;
}
