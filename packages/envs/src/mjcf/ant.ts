import { floor, freeRoot, LEG_RADIUS, limb, motor, TORSO_RADIUS } from './parts.js';
import { element, renderXml, type XmlElement } from './xml.js';

interface Leg {
  readonly x: 1 | -1;
  readonly y: 1 | -1;
  readonly ankleAxis: readonly [number, number, number];
  readonly ankleRange: readonly [number, number];
}

const LEGS: readonly Leg[] = [
  { x: 1, y: 1, ankleAxis: [-1, 1, 0], ankleRange: [30, 70] },
  { x: -1, y: 1, ankleAxis: [1, 1, 0], ankleRange: [-70, -30] },
  { x: -1, y: -1, ankleAxis: [-1, 1, 0], ankleRange: [-70, -30] },
  { x: 1, y: -1, ankleAxis: [1, 1, 0], ankleRange: [30, 70] },
];
// OpenAI Gym's Ant lists the motors of leg 4 first.
const MOTOR_ORDER = [4, 1, 2, 3];
const GEAR = 150;
const UPPER = 0.2;
const LOWER = 0.4;

/**
 * The four-legged Ant of OpenAI Gym's Ant-v2.
 * @returns MJCF text
 */
export function antMjcf(): string {
  return renderXml(
    element('mujoco', { model: 'ant' }, [
      element('compiler', { angle: 'degree', inertiafromgeom: true }),
      element('option', { integrator: 'RK4', timestep: 0.01 }),
      element('default', {}, [
        element('joint', { armature: 1, damping: 1, limited: true }),
        element('geom', { conaffinity: 0, condim: 3, density: 5, friction: [1, 0.5, 0.5], margin: 0.01 }),
      ]),
      element('worldbody', {}, [
        floor([40, 40, 40]),
        element('body', { name: 'torso', pos: [0, 0, 0.75] }, [
          element('geom', { type: 'sphere', size: TORSO_RADIUS }),
          freeRoot(),
          ...LEGS.map((leg, index) => legBodies(leg, index + 1)),
        ]),
      ]),
      element(
        'actuator',
        {},
        MOTOR_ORDER.flatMap((leg) => [motor(`hip_${leg}`, GEAR), motor(`ankle_${leg}`, GEAR)]),
      ),
    ]),
  );
}

/** A leg's three links: one fixed to the torso, one behind the hip, one behind the ankle. */
function legBodies({ x, y, ankleAxis, ankleRange }: Leg, number: number): XmlElement {
  const upper = [x * UPPER, y * UPPER, 0] as const;
  const lower = [x * LOWER, y * LOWER, 0] as const;
  return element('body', { name: `leg_${number}`, pos: [0, 0, 0] }, [
    limb(upper, LEG_RADIUS),
    element('body', { name: `upper_${number}`, pos: upper }, [
      element('joint', { name: `hip_${number}`, type: 'hinge', axis: [0, 0, 1], range: [-30, 30] }),
      limb(upper, LEG_RADIUS),
      element('body', { name: `lower_${number}`, pos: upper }, [
        element('joint', { name: `ankle_${number}`, type: 'hinge', axis: ankleAxis, range: ankleRange }),
        limb(lower, LEG_RADIUS),
      ]),
    ]),
  ]);
}
