import { type Camera, PCFShadowMap, type Scene, WebGLRenderer } from 'three';

/**
 * Draws three.js scenes into ordinary canvases. A page has one for all its pictures: browsers allow few WebGL contexts,
 * and drop the oldest ones without a word.
 */
class Painter {
  readonly #renderer: WebGLRenderer;

  constructor(canvas: HTMLCanvasElement, context: WebGL2RenderingContext) {
    this.#renderer = new WebGLRenderer({ canvas, context });
    this.#renderer.shadowMap.enabled = true;
    this.#renderer.shadowMap.type = PCFShadowMap;
  }

  /** Fills the canvas, whose width and height are the picture's in device pixels. */
  paint(scene: Scene, camera: Camera, canvas: HTMLCanvasElement): void {
    const renderer = this.#renderer;
    const { width, height } = canvas;
    const { width: widest, height: tallest } = renderer.domElement;
    // It only grows, so that pictures of different sizes do not make it allocate at every turn.
    if (width > widest || height > tallest) {
      renderer.setSize(Math.max(width, widest), Math.max(height, tallest), false);
    }
    const top = renderer.domElement.height - height;
    renderer.setViewport(0, 0, width, height);
    renderer.setScissor(0, 0, width, height);
    renderer.setScissorTest(true);
    renderer.render(scene, camera);
    canvas.getContext('2d')?.drawImage(renderer.domElement, 0, top, width, height, 0, 0, width, height);
  }

  dispose(): void {
    this.#renderer.dispose();
    this.#renderer.forceContextLoss();
  }
}

let shared: Painter | undefined;
let users = 0;
/** Asked once: browsers complain in their console each time. */
let isMissing = false;

/** A share in the page's painter; undefined where the browser has no WebGL. Give it back with `releasePainter`. */
export function acquirePainter(): Painter | undefined {
  shared ??= isMissing ? undefined : createPainter();
  isMissing = shared === undefined;
  if (shared) users++;
  return shared;
}

function createPainter(): Painter | undefined {
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('webgl2', {
    ...{ alpha: false, antialias: true, depth: true, stencil: false },
    powerPreference: 'low-power',
  });
  return context ? new Painter(canvas, context) : undefined;
}

/** Frees the graphics memory with the last share. */
export function releasePainter(): void {
  users--;
  if (users > 0) return;
  shared?.dispose();
  shared = undefined;
}

export type { Painter };
