import { defineRobot, type LoadedRobot } from './load-robot.js';
import type { TaskFile } from './task-keys.js';

/** A ball that drives itself about: a free root, one driven wheel, a sensor and a keyframe. */
export const ROVER = `<mujoco model="rover">
  <option timestep="0.005"/>
  <worldbody>
    <geom type="plane" size="9 9 1"/>
    <body name="cart" pos="0 0 0.5"><freejoint name="root"/>
      <geom type="box" size="0.2 0.1 0.1"/><site name="imu"/>
      <body name="arm" pos="0.2 0 0"><joint name="shoulder" type="hinge" axis="0 1 0"/>
        <geom type="capsule" fromto="0 0 0 0.3 0 0" size="0.05"/></body>
    </body>
  </worldbody>
  <actuator><motor name="lift" joint="shoulder" gear="5" ctrlrange="-2 4"/></actuator>
  <sensor><gyro name="gyro" site="imu"/></sensor>
  <keyframe><key name="low" qpos="0 0 0.2 1 0 0 0 0" ctrl="1"/></keyframe>
</mujoco>`;

export const bytes = (text: string) => new TextEncoder().encode(text);

/** Defines a robot of one file. */
export function define(mjcf: string, task?: TaskFile): Promise<LoadedRobot> {
  return defineRobot({ model: 'robot.xml', files: { 'robot.xml': bytes(mjcf) } }, task);
}
