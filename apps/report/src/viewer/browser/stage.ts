import type { Scene, Vector3 } from '@mikt/envs/scene';
import { distanceFor, FIRST_AZIMUTH, FIRST_ELEVATION, Projection, type View } from '../camera.js';
import { ROBOTS, type RobotColours, type Theme } from '../palette.js';
import { stillPicture } from '../still-picture.js';
import { acquirePainter, type Painter, releasePainter } from './painter.js';
import { RobotScene } from './robot-scene.js';

export interface StageOptions {
  readonly theme: Theme;
  /** What the picture shows, for those who do not see it. */
  readonly label: string;
  readonly colours?: RobotColours;
}

const LOWEST = (-4 * Math.PI) / 180;
const HIGHEST = (88 * Math.PI) / 180;
const ZOOMS = [0.25, 6] as const;
/** After a pause of this length the camera is where the robot is, at once. Seconds. */
const JUMP = 0.3;
/** Seconds per picture that are too many, and the share of the pixels below which it does not go for that. */
const SLOW = 0.07;
const LOWEST_QUALITY = 0.65;

let stages = 0;

/**
 * A picture of a robot with a camera that follows it: drag to look around, shift or the right button to move aside, the
 * wheel (once the picture has the focus) or two fingers for the distance; the arrow keys, + and − do the same.
 */
export class Stage {
  readonly element: HTMLElement;
  readonly #canvas = document.createElement('canvas');
  readonly #flat = document.createElement('div');
  readonly #robot: RobotScene;
  readonly #model: Scene;
  readonly #colours: RobotColours;
  readonly #painter: Painter | undefined;
  /** Of what a flat picture defines: a page may have several. */
  readonly #id = `stage-${++stages}`;
  readonly #sizeObserver = new ResizeObserver(() => this.#request());
  readonly #viewObserver = new IntersectionObserver(([entry]) => {
    this.#inView = entry!.isIntersecting;
    this.#request();
  });
  readonly #pointers = new Map<number, { x: number; y: number }>();
  #theme: Theme;
  #inView = false;
  #positions: ArrayLike<number> | undefined;
  #azimuth = FIRST_AZIMUTH;
  #elevation = FIRST_ELEVATION;
  #zoom = 1;
  #aside: Vector3 = [0, 0, 0];
  #target: Vector3 | undefined;
  /** Largest radius of the robot so far: the camera makes room for it, but does not breathe with its gait. */
  #radius = 0;
  #shownAt = 0;
  #requested = 0;
  /** Seconds from picture to picture while it moves, averaged; and the share of the pixels that it leaves time for. */
  #pace = 0;
  #quality = 1;

  constructor(model: Scene, { theme, label, colours = ROBOTS.first }: StageOptions) {
    this.#model = model;
    this.#colours = colours;
    this.#theme = theme;
    this.#robot = new RobotScene(model, colours, theme);
    this.#painter = acquirePainter();
    this.element = document.createElement('div');
    this.element.className = 'stage';
    const picture = this.#painter ? this.#canvas : this.#flat;
    picture.className = 'picture';
    picture.tabIndex = 0;
    picture.setAttribute('role', 'img');
    picture.setAttribute('aria-label', label);
    this.element.append(picture);
    if (!this.#painter) {
      const note = document.createElement('p');
      note.className = 'note';
      note.textContent = 'This browser has no WebGL: the robot is drawn flat.';
      this.element.append(note);
    }
    this.#sizeObserver.observe(this.element);
    this.#viewObserver.observe(this.element);
    this.#listen(picture);
  }

  /** Draws the robot at these generalised positions. */
  show(positions: ArrayLike<number>): void {
    this.#positions = positions;
    this.#robot.setPositions(positions);
    this.#radius = Math.max(this.#radius, 0.95 * this.#robot.radius);
    this.#follow();
    this.#paint();
  }

  /** Direction from the robot to the eye in the ground plane, from the x axis towards y, in radians. */
  get azimuth(): number {
    return this.#azimuth;
  }

  /** Shows that the robot is pushed in a direction of unit length, or no longer. */
  setPush(direction: Vector3 | undefined): void {
    this.#robot.setPush(direction);
  }

  setTheme(theme: Theme): void {
    this.#theme = theme;
    this.#robot.setTheme(theme);
    this.#request();
  }

  /** Puts the camera back to where it was at first. */
  resetCamera(): void {
    this.#azimuth = FIRST_AZIMUTH;
    this.#elevation = FIRST_ELEVATION;
    this.#zoom = 1;
    this.#aside = [0, 0, 0];
    this.#target = undefined;
    this.#radius = this.#robot.radius;
    this.#follow();
    this.#request();
  }

  dispose(): void {
    cancelAnimationFrame(this.#requested);
    this.#sizeObserver.disconnect();
    this.#viewObserver.disconnect();
    this.#robot.dispose();
    if (this.#painter) releasePainter();
    this.element.remove();
  }

  /** Lets the camera's target come along, smoothly: the height slowly, so that steps do not shake the picture. */
  #follow(): void {
    const now = performance.now();
    const seconds = (now - this.#shownAt) / 1000;
    this.#shownAt = now;
    this.#keepPace(seconds);
    const { centre } = this.#robot;
    const last = this.#target;
    const far = last && Math.hypot(centre[0] - last[0], centre[1] - last[1]) > 1.5 * this.#robot.radius;
    if (!last || far || seconds > JUMP) {
      this.#target = centre;
      return;
    }
    const [across, up] = [1 - Math.exp(-25 * seconds), 1 - Math.exp(-2 * seconds)];
    this.#target = [
      last[0] + (centre[0] - last[0]) * across,
      last[1] + (centre[1] - last[1]) * across,
      last[2] + (centre[2] - last[2]) * up,
    ];
  }

  #view(aspect: number): View {
    const [x, y, z] = this.#target ?? this.#robot.centre;
    return {
      azimuth: this.#azimuth,
      elevation: this.#elevation,
      distance: distanceFor(this.#radius, aspect) * this.#zoom,
      target: [x + this.#aside[0], y + this.#aside[1], z + this.#aside[2]],
    };
  }

  #request(): void {
    cancelAnimationFrame(this.#requested);
    this.#requested = requestAnimationFrame(() => this.#paint());
  }

  #paint(): void {
    const { clientWidth: width, clientHeight: height } = this.element;
    if (!this.#inView || !this.#positions || width === 0 || height === 0) return;
    const view = this.#view(width / height);
    if (!this.#painter) {
      this.#flat.innerHTML = stillPicture(this.#model, this.#positions, {
        ...{ width, height, view, id: this.#id },
        ...{ theme: this.#theme, colours: this.#colours },
      });
      return;
    }
    // More than two device pixels per pixel cost much and show little.
    const ratio = Math.min(devicePixelRatio, 2) * this.#quality;
    const [wide, tall] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.#canvas.width !== wide || this.#canvas.height !== tall) {
      this.#canvas.width = wide;
      this.#canvas.height = tall;
    }
    this.#robot.look(view, width / height);
    this.#painter.paint(this.#robot.scene, this.#robot.camera, this.#canvas);
  }

  /** Without a graphics card pictures take long: fewer pixels then. */
  #keepPace(seconds: number): void {
    if (seconds > 1) return;
    this.#pace = 0.8 * this.#pace + 0.2 * seconds;
    if (this.#pace < SLOW || this.#quality < LOWEST_QUALITY) return;
    this.#quality *= 0.8;
    this.#pace = 0;
  }

  #turn(right: number, up: number): void {
    this.#azimuth -= right;
    this.#elevation = Math.min(Math.max(this.#elevation + up, LOWEST), HIGHEST);
    this.#request();
  }

  #scale(factor: number): void {
    this.#zoom = Math.min(Math.max(this.#zoom * factor, ZOOMS[0]), ZOOMS[1]);
    this.#request();
  }

  /** @param x, y in pixels of the picture */
  #move(x: number, y: number): void {
    const { clientWidth: width, clientHeight: height } = this.element;
    const view = this.#view(width / height);
    const { right, up } = new Projection(view, width, height);
    const metres = view.distance / height;
    this.#aside = [0, 1, 2].map(
      (k) => this.#aside[k]! + metres * (y * up[k]! - x * right[k]!),
    ) as unknown as Vector3;
    this.#request();
  }

  #listen(picture: HTMLElement): void {
    picture.addEventListener('pointerdown', (event) => {
      picture.setPointerCapture(event.pointerId);
      this.#pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    });
    picture.addEventListener('pointermove', (event) => this.#drag(event));
    for (const name of ['pointerup', 'pointercancel', 'lostpointercapture'] as const) {
      picture.addEventListener(name, ({ pointerId }) => this.#pointers.delete(pointerId));
    }
    picture.addEventListener('contextmenu', (event) => event.preventDefault());
    picture.addEventListener(
      'wheel',
      (event) => {
        // Without the focus the wheel scrolls the page.
        if (!picture.matches(':focus')) return;
        event.preventDefault();
        this.#scale(Math.exp(Math.sign(event.deltaY) * 0.1));
      },
      { passive: false },
    );
    picture.addEventListener('keydown', (event) => {
      const step = Math.PI / 36;
      const actions: Record<string, () => void> = {
        ArrowLeft: () => this.#turn(-step, 0),
        ArrowRight: () => this.#turn(step, 0),
        ArrowUp: () => this.#turn(0, step),
        ArrowDown: () => this.#turn(0, -step),
        '+': () => this.#scale(1 / 1.1),
        '=': () => this.#scale(1 / 1.1),
        '-': () => this.#scale(1.1),
      };
      const action = event.ctrlKey || event.metaKey || event.altKey ? undefined : actions[event.key];
      if (!action) return;
      event.preventDefault();
      action();
    });
  }

  #drag(event: PointerEvent): void {
    const last = this.#pointers.get(event.pointerId);
    if (!last) return;
    const [x, y] = [event.clientX - last.x, event.clientY - last.y];
    const others = [...this.#pointers].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
    const [other] = others;
    this.#pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (other) {
      const before = Math.hypot(last.x - other.x, last.y - other.y);
      const after = Math.hypot(event.clientX - other.x, event.clientY - other.y);
      if (before > 0 && after > 0) this.#scale(before / after);
    } else if (event.shiftKey || (event.buttons & 2) !== 0) this.#move(x, y);
    else this.#turn(x * 0.008, y * 0.006);
  }
}
