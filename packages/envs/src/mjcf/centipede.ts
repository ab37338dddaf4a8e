import { InvalidInputError } from '@mikt/core';
import { floor, freeRoot, LEG_RADIUS, limb, motor, TORSO_RADIUS } from './parts.js';
import { element, renderXml, type XmlElement } from './xml.js';

/** Which centipede to build. */
export interface CentipedeParameters {
  /** Number of legs, at least 3; an odd number leaves the last torso with one leg and unpowered hinges. */
  readonly legs: number;
  /** Whether the two front legs have no motors. The body is the same. */
  readonly crippled?: boolean;
}

const LEG_GEAR = 150;
const BODY_GEAR = 100;
const SEGMENT_LENGTH = 0.5;
const HIP_LENGTH = 0.28;
const FOOT_LENGTH = 0.6;

/** Number of torsos of a centipede: one per pair of legs. */
export function centipedeSegments(legs: number): number {
  return Math.ceil(legs / 2);
}

/**
 * The centipede of Wang et al. 2018 (NerveNet): a chain of torsos with a left and a right leg each.
 * @returns MJCF text
 * @throws InvalidInputError when `legs` is not a whole number of at least 3
 */
export function centipedeMjcf({ legs, crippled = false }: CentipedeParameters): string {
  if (!Number.isSafeInteger(legs) || legs < 3) {
    throw new InvalidInputError(`a centipede has a whole number of legs, at least 3, got ${legs}.`);
  }
  return renderXml(
    element('mujoco', { model: 'centipede' }, [
      element('compiler', { angle: 'degree', inertiafromgeom: true }),
      element('option', { integrator: 'RK4', timestep: 0.01 }),
      element('default', {}, [
        element('joint', { armature: 1, damping: 1, limited: true }),
        element('geom', {
          conaffinity: 0,
          condim: 3,
          density: 25,
          friction: [1.5, 0.1, 0.1],
          margin: 0.01,
        }),
      ]),
      element('worldbody', {}, [floor([40, 40, 40]), segment(0, legs)]),
      element('actuator', {}, motors(legs, crippled)),
    ]),
  );
}

/** Torso `index` with its legs and every torso behind it. */
function segment(index: number, legs: number): XmlElement {
  const first = index === 0;
  const children = [
    element('geom', { type: 'sphere', size: TORSO_RADIUS, density: 100 }),
    ...(first ? [freeRoot()] : bodyHinges(index)),
    leg(2 * index, 'left'),
  ];
  if (2 * index + 1 < legs) children.push(leg(2 * index + 1, 'right'));
  if (index + 1 < centipedeSegments(legs)) children.push(segment(index + 1, legs));
  return element(
    'body',
    { name: `torso_${index}`, pos: first ? [0, 0, 0.75] : [SEGMENT_LENGTH, 0, 0] },
    children,
  );
}

function bodyHinges(index: number): XmlElement[] {
  const pos = [-SEGMENT_LENGTH / 2, 0, 0];
  return [
    element('joint', { name: `body_${index}`, type: 'hinge', pos, axis: [0, 0, 1], range: [-20, 20] }),
    element('joint', { name: `bodyupdown_${index}`, type: 'hinge', pos, axis: [0, 1, 0], range: [-10, 30] }),
  ];
}

function leg(index: number, side: 'left' | 'right'): XmlElement {
  const sign = side === 'left' ? -1 : 1;
  return element('body', { name: `legbody_${index}`, pos: [0, sign * HIP_LENGTH, 0] }, [
    element('joint', { name: `${side}hip_${index}`, type: 'hinge', axis: [0, 0, 1], range: [-40, 40] }),
    limb([0, sign * HIP_LENGTH, 0], LEG_RADIUS),
    element('body', { name: `frontFoot_${index}`, pos: [0, sign * HIP_LENGTH, 0] }, [
      // Opposite axes let a positive angle lower the foot on either side.
      element('joint', { name: `ankle_${index}`, type: 'hinge', axis: [-sign, 0, 0], range: [30, 100] }),
      limb([0, sign * FOOT_LENGTH, 0], LEG_RADIUS),
    ]),
  ]);
}

function motors(legs: number, crippled: boolean): XmlElement[] {
  const list: XmlElement[] = [];
  for (let leg = 0; leg < legs; leg++) {
    if (!(crippled && leg < 2)) {
      list.push(motor(`${leg % 2 === 0 ? 'left' : 'right'}hip_${leg}`, LEG_GEAR));
      list.push(motor(`ankle_${leg}`, LEG_GEAR));
    }
    if (leg > 1 && leg % 2 === 1) {
      const torso = (leg - 1) / 2;
      list.push(motor(`body_${torso}`, BODY_GEAR), motor(`bodyupdown_${torso}`, BODY_GEAR));
    }
  }
  return list;
}
