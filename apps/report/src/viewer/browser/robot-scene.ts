import {
  bodyPoses,
  geomPose,
  poseOf,
  type Scene as RobotModel,
  type SceneGeom,
  type Vector3,
} from '@mikt/envs/scene';
import {
  BoxGeometry,
  type BufferGeometry,
  CapsuleGeometry,
  Color,
  ConeGeometry,
  CylinderGeometry,
  DataTexture,
  DirectionalLight,
  Fog,
  Group,
  HemisphereLight,
  LinearMipmapLinearFilter,
  Mesh,
  MeshBasicMaterial,
  MeshStandardMaterial,
  NearestFilter,
  PerspectiveCamera,
  PlaneGeometry,
  RepeatWrapping,
  Scene,
  ShadowMaterial,
  SphereGeometry,
  SRGBColorSpace,
} from 'three';
import { centreOf, FIELD_OF_VIEW, Projection, radiusOf, type View } from '../camera.js';
import {
  type Colour,
  geomColours,
  LIGHT,
  PUSH,
  type RobotColours,
  SURROUNDINGS,
  type Theme,
  TILE,
} from '../palette.js';

/** Side of the ground that goes along with the robot, in metres; what is farther away is in the fog. */
const GROUND = 120;

/** By how much every second part along a limb is larger: where two parts share a surface, one of them is seen. */
const STAND_OUT = 0.02;

/** A robot on its ground, lit, as a three.js scene with a camera. z is up, as in MuJoCo. */
export class RobotScene {
  readonly scene = new Scene();
  readonly camera = new PerspectiveCamera((FIELD_OF_VIEW * 180) / Math.PI, 1, 0.05, 400);
  readonly #model: RobotModel;
  readonly #shapes: { readonly geom: SceneGeom; readonly mesh: Mesh }[] = [];
  readonly #sun = new DirectionalLight(0xffffff, 2.3);
  readonly #sky = new HemisphereLight(0xffffff, 0xffffff, 1.5);
  readonly #ground: Mesh<PlaneGeometry, MeshBasicMaterial> | undefined;
  readonly #shadow: Mesh<PlaneGeometry, ShadowMaterial> | undefined;
  readonly #arrow = arrow();
  readonly #poses: Float64Array;
  /** Mean place of the robot's bodies. */
  centre: Vector3 = [0, 0, 0];
  /** Distance from there to the farthest point of the robot. */
  radius = 1;

  constructor(model: RobotModel, colours: RobotColours, theme: Theme) {
    this.#model = model;
    this.#poses = new Float64Array(7 * model.bodies.length);
    this.camera.up.set(0, 0, 1);
    const painted = geomColours(model, colours);
    for (const [i, geom] of model.geoms.entries()) {
      const geometry = geometryOf(geom);
      if (!geometry || geom.rgba[3] === 0) continue;
      const mesh = new Mesh(geometry, materialOf(painted[i]!, geom.rgba[3]));
      mesh.scale.setScalar(1 + STAND_OUT * (depthOf(model, geom.body) % 2));
      mesh.castShadow = true;
      mesh.receiveShadow = true;
      this.#shapes.push({ geom, mesh });
      this.scene.add(mesh);
    }
    const floor = model.geoms.find(({ type }) => type === 'plane');
    if (floor) {
      this.#ground = new Mesh(new PlaneGeometry(GROUND, GROUND), new MeshBasicMaterial());
      this.#ground.position.z = floor.position[2];
      this.#shadow = new Mesh(new PlaneGeometry(1, 1), new ShadowMaterial({ depthWrite: false }));
      // Above the ground by a hair, so that the two do not flicker.
      this.#shadow.position.z = floor.position[2] + 2e-3;
      this.#shadow.receiveShadow = true;
      this.scene.add(this.#ground, this.#shadow);
    }
    this.#sun.castShadow = true;
    this.#sun.shadow.mapSize.set(1024, 1024);
    this.#sun.shadow.bias = -5e-4;
    this.#sun.shadow.normalBias = 0.02;
    this.scene.add(this.#sun, this.#sun.target, this.#sky);
    this.#arrow.visible = false;
    this.scene.add(this.#arrow);
    this.setTheme(theme);
  }

  setTheme(theme: Theme): void {
    const { background, tiles, shadow } = SURROUNDINGS[theme];
    this.scene.background = toColor(background);
    this.scene.fog = new Fog(toColor(background), 1, 2);
    this.#sky.color = new Color(1, 1, 1);
    this.#sky.groundColor = theme === 'light' ? new Color(0.62, 0.64, 0.68) : new Color(0.3, 0.34, 0.42);
    if (!this.#ground || !this.#shadow) return;
    this.#ground.material.map?.dispose();
    this.#ground.material.map = checker(tiles);
    this.#ground.material.needsUpdate = true;
    this.#shadow.material.opacity = shadow;
  }

  /** Puts the robot where these generalised positions say. */
  setPositions(positions: ArrayLike<number>): void {
    bodyPoses(this.#model, positions, this.#poses);
    for (const { geom, mesh } of this.#shapes) {
      const { position, orientation } = geomPose(geom, poseOf(this.#poses, geom.body));
      mesh.position.set(...position);
      mesh.quaternion.set(orientation[1], orientation[2], orientation[3], orientation[0]);
    }
    this.centre = centreOf(this.#poses);
    this.radius = radiusOf(this.#model, this.#poses, this.centre);
    const [x, y, z] = this.centre;
    // Whole pairs of tiles, so that the pattern stays where it is.
    const snap = (value: number) => Math.round(value / (2 * TILE)) * 2 * TILE;
    this.#ground?.position.set(snap(x), snap(y), this.#ground.position.z);
    const reach = 3 * this.radius;
    this.#shadow?.position.set(x, y, this.#shadow.position.z);
    this.#shadow?.scale.set(2 * reach, 2 * reach, 1);
    this.#arrow.position.set(x, y, z);
    this.#arrow.scale.setScalar(0.8 * this.radius);
    this.#sun.target.position.set(x, y, z);
    this.#sun.position.set(x + reach * LIGHT[0], y + reach * LIGHT[1], z + reach * LIGHT[2]);
    const box = this.#sun.shadow.camera;
    // In steps, since every change makes the shadow's edges move a little.
    const half = Math.ceil(2.4 * this.radius) / 2;
    if (box.right !== half) {
      Object.assign(box, { left: -half, right: half, top: half, bottom: -half, near: 0.1, far: 12 * half });
      box.updateProjectionMatrix();
    }
  }

  /** Shows an arrow that pushes the robot in a direction of unit length, or none. */
  setPush(direction: Vector3 | undefined): void {
    this.#arrow.visible = direction !== undefined;
    if (!direction) return;
    const [x, y] = direction;
    this.#arrow.rotation.z = Math.atan2(y, x);
  }

  look(view: View, aspect: number): void {
    const { eye } = new Projection(view, 1, 1);
    this.camera.aspect = aspect;
    this.camera.position.set(...eye);
    this.camera.lookAt(...view.target);
    this.camera.updateProjectionMatrix();
    const fog = this.scene.fog as Fog;
    fog.near = 1.3 * view.distance;
    fog.far = 4.2 * view.distance + 4;
  }

  dispose(): void {
    for (const { mesh } of this.#shapes) free(mesh);
    this.#ground?.material.map?.dispose();
    for (const part of this.#arrow.children) free(part as Mesh);
    if (this.#ground) free(this.#ground);
    if (this.#shadow) free(this.#shadow);
    this.#sun.dispose();
    this.#sky.dispose();
  }
}

/** An arrow along x whose tip is near the origin, to be scaled with the robot. */
function arrow(): Group {
  const material = () => new MeshStandardMaterial({ color: toColor(PUSH), roughness: 0.5 });
  const shaft = new Mesh(
    new CylinderGeometry(0.05, 0.05, 0.7).rotateZ(-Math.PI / 2).translate(-1.25, 0, 0),
    material(),
  );
  const tip = new Mesh(
    new ConeGeometry(0.14, 0.3, 20).rotateZ(-Math.PI / 2).translate(-0.75, 0, 0),
    material(),
  );
  return new Group().add(shaft, tip);
}

/** Number of bodies from the world to this one. */
function depthOf(model: RobotModel, body: number): number {
  return body === 0 ? 0 : 1 + depthOf(model, model.bodies[body]!.parent);
}

function free(mesh: Mesh): void {
  mesh.geometry.dispose();
  for (const material of [mesh.material].flat()) material.dispose();
}

/** The shape in its own frame, with MuJoCo's long axis z; undefined for what is not drawn as a solid. */
function geometryOf({ type, size: [a, b, c] }: SceneGeom): BufferGeometry | undefined {
  switch (type) {
    case 'sphere':
      return new SphereGeometry(a, 32, 20);
    case 'capsule':
      return new CapsuleGeometry(a, 2 * b, 12, 28).rotateX(Math.PI / 2);
    case 'cylinder':
      return new CylinderGeometry(a, a, 2 * b, 28).rotateX(Math.PI / 2);
    case 'ellipsoid':
      return new SphereGeometry(1, 32, 20).scale(a, b, c);
    case 'box':
      return new BoxGeometry(2 * a, 2 * b, 2 * c);
    default:
      return undefined;
  }
}

function materialOf(colour: Colour, opacity: number): MeshStandardMaterial {
  return new MeshStandardMaterial({
    color: toColor(colour),
    roughness: 0.55,
    metalness: 0,
    ...(opacity < 1 ? { transparent: true, opacity } : {}),
  });
}

/** Two by two tiles that repeat. */
function checker([even, odd]: readonly [Colour, Colour]): DataTexture {
  const pixel = (colour: Colour) => [...colour.map((part) => Math.round(255 * part)), 255];
  const data = Uint8Array.from([even, odd, odd, even].flatMap(pixel));
  const texture = new DataTexture(data, 2, 2);
  texture.colorSpace = SRGBColorSpace;
  texture.wrapS = RepeatWrapping;
  texture.wrapT = RepeatWrapping;
  texture.repeat.set(GROUND / (2 * TILE), GROUND / (2 * TILE));
  texture.magFilter = NearestFilter;
  texture.minFilter = LinearMipmapLinearFilter;
  texture.generateMipmaps = true;
  texture.anisotropy = 8;
  texture.needsUpdate = true;
  return texture;
}

function toColor([red, green, blue]: Colour): Color {
  return new Color().setRGB(red, green, blue, SRGBColorSpace);
}
