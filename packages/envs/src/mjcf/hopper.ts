import { floor, motor } from './parts.js';
import { element, renderXml, type XmlElement } from './xml.js';

const GEAR = 200;
const HEIGHT = 1.25;
const TORSO_HALF = 0.2;
const THIGH_LENGTH = 0.45;
const LEG_LENGTH = 0.5;
const FOOT_HALF = 0.195;
const FOOT_AHEAD = 0.065;

/**
 * The one-legged Hopper of OpenAI Gym's Hopper-v2, which moves in the x-z plane.
 * @returns MJCF text
 */
export function hopperMjcf(): string {
  const foot = element('body', { name: 'foot', pos: [0, 0, -LEG_LENGTH] }, [
    hinge('foot_joint', [-45, 45]),
    element('geom', {
      type: 'capsule',
      fromto: [FOOT_AHEAD - FOOT_HALF, 0, 0, FOOT_AHEAD + FOOT_HALF, 0, 0],
      size: 0.06,
      friction: 2,
    }),
  ]);
  const leg = element('body', { name: 'leg', pos: [0, 0, -THIGH_LENGTH] }, [
    hinge('leg_joint', [-150, 0]),
    upright(-LEG_LENGTH, 0, 0.04),
    foot,
  ]);
  const thigh = element('body', { name: 'thigh', pos: [0, 0, -TORSO_HALF] }, [
    hinge('thigh_joint', [-150, 0]),
    upright(-THIGH_LENGTH, 0, 0.05),
    leg,
  ]);
  const torso = element('body', { name: 'torso', pos: [0, 0, HEIGHT] }, [
    root('rootx', 'slide', [1, 0, 0]),
    // With this reference qpos[1] is the height itself, not the distance to the start.
    root('rootz', 'slide', [0, 0, 1], HEIGHT),
    root('rooty', 'hinge', [0, 1, 0]),
    upright(-TORSO_HALF, TORSO_HALF, 0.05),
    thigh,
  ]);
  return renderXml(
    element('mujoco', { model: 'hopper' }, [
      element('compiler', { angle: 'degree', inertiafromgeom: true }),
      element('option', { integrator: 'RK4', timestep: 0.002 }),
      element('default', {}, [
        element('joint', { armature: 1, damping: 1, limited: true }),
        element('geom', {
          contype: 1,
          conaffinity: 1,
          condim: 1,
          margin: 0.001,
          solimp: [0.8, 0.8, 0.01, 0.5, 2],
        }),
      ]),
      element('worldbody', {}, [floor([20, 20, 0.125]), torso]),
      element('actuator', {}, [
        motor('thigh_joint', GEAR),
        motor('leg_joint', GEAR),
        motor('foot_joint', GEAR),
      ]),
    ]),
  );
}

function hinge(name: string, range: readonly [number, number]): XmlElement {
  return element('joint', { name, type: 'hinge', axis: [0, -1, 0], range });
}

function root(name: string, type: 'slide' | 'hinge', axis: readonly number[], ref = 0): XmlElement {
  return element('joint', { name, type, axis, ref, armature: 0, damping: 0, limited: false });
}

/** A capsule along the body's z axis. */
function upright(bottom: number, top: number, radius: number): XmlElement {
  return element('geom', {
    type: 'capsule',
    fromto: [0, 0, bottom, 0, 0, top],
    size: radius,
    friction: 0.9,
  });
}
