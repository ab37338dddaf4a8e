import { element, type XmlElement } from './xml.js';

/** Radius of a centipede's or ant's torso sphere, in metres. */
export const TORSO_RADIUS = 0.25;
/** Radius of a leg's capsules, in metres. */
export const LEG_RADIUS = 0.08;

/** The joint of a body that moves freely in space: seven positions, six velocities. */
export function freeRoot(): XmlElement {
  return element('joint', {
    name: 'root',
    type: 'free',
    armature: 0,
    damping: 0,
    limited: false,
    margin: 0.01,
  });
}

/** The ground plane at height 0. */
export function floor(size: readonly [number, number, number]): XmlElement {
  return element('geom', { name: 'floor', type: 'plane', size, conaffinity: 1, condim: 3 });
}

/** A capsule from the body's origin to `end`. */
export function limb(end: readonly [number, number, number], radius: number): XmlElement {
  return element('geom', { type: 'capsule', fromto: [0, 0, 0, ...end], size: radius });
}

/** A motor whose control range is [-1, 1]; its torque is `gear` times the control, in newton metres. */
export function motor(joint: string, gear: number): XmlElement {
  return element('motor', { name: joint, joint, gear, ctrllimited: true, ctrlrange: [-1, 1] });
}
