import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { antMjcf } from '@mikt/envs';

/** Files of a robot's folder, by their paths. */
export type RobotFiles = Readonly<Record<string, Uint8Array | string>>;

const example = (file: string) =>
  readFileSync(fileURLToPath(new URL(`../../examples/${file}`, import.meta.url)), 'utf8');

/** Something of nearly everything that MJCF has, as small as it comes, with files of every kind beside it. */
const EVERYTHING = `<mujoco model="everything">
  <compiler angle="radian" autolimits="true" meshdir="parts" boundmass="0.001" boundinertia="0.001">
    <lengthrange mode="muscle" accel="20" maxforce="0" timeconst="1" timestep="0.01" inttotal="0.2" interval="0.1" tolrange="1"/>
  </compiler>
  <option timestep="0.005" iterations="20" ls_iterations="10" noslip_iterations="1" ccd_iterations="20" solver="Newton" cone="elliptic">
    <flag energy="enable" multiccd="enable"/>
  </option>
  <size memory="1M" nuser_body="1" nkey="1"/>
  <statistic meansize="0.1" extent="2"/>
  <visual><global offwidth="640"/><quality shadowsize="1024"/></visual>
  <custom><numeric name="constants" size="3" data="1 2 3"/><text name="note" data="words"/></custom>
  <default>
    <geom condim="4" solref="0.02 1"/>
    <default class="leg"><joint damping="0.1" armature="0.01" range="-1 1"/><general gainprm="5"/></default>
  </default>
  <asset>
    <mesh name="cube" file="cube.obj" scale="0.1 0.1 0.1" maxhullvert="8"/>
    <mesh name="ball" builtin="sphere" params="1"/>
    <mesh name="tip" vertex="0 0 0 .1 0 0 0 .1 0 0 0 .1"/>
    <hfield name="hills" nrow="3" ncol="3" size="5 5 1 1" elevation="0 1 0 1 0 1 0 1 0"/>
    <texture name="sky" type="2d" builtin="gradient" width="8" height="8"/>
    <material name="blue" texture="sky" texrepeat="2 2"/>
    <model name="extra" file="parts/extra.xml"/>
  </asset>
  <worldbody>
    <geom name="floor" type="plane" size="5 5 1"/>
    <geom name="hill" type="hfield" hfield="hills" pos="20 0 -2"/>
    <light pos="0 0 3"/><camera name="eye" pos="0 -2 1" resolution="4 4"/>
    <body name="trunk" pos="0 0 0.5" user="1">
      <freejoint name="root"/><geom type="box" size="0.2 0.1 0.05"/><site name="imu"/>
      <include file="part.xml"/>
      <body name="upper" pos="0.2 0 0" childclass="leg">
        <joint name="hip" axis="0 1 0"/><geom type="mesh" mesh="cube" mass="0.1"/><site name="knee_site" pos="0 0 -0.1"/>
        <body name="lower" pos="0 0 -0.2"><joint name="knee" axis="0 1 0" springref="0.1" stiffness="1"/>
          <geom name="foot" type="capsule" fromto="0 0 0 0 0 -0.2" size="0.03"/><site name="toe" pos="0 0 -0.2"/></body>
      </body>
      <replicate count="2" euler="0 0 1.5"><body pos="0.3 0 0"><joint type="ball"/><geom size="0.04"/></body></replicate>
      <attach model="extra" body="tail" prefix="x_"/>
    </body>
    <body name="prop" pos="2 0 1" mocap="true"><geom type="ellipsoid" size="0.1 0.1 0.2"/></body>
  </worldbody>
  <contact><exclude body1="trunk" body2="upper"/><pair geom1="foot" geom2="floor" condim="3"/></contact>
  <equality><joint joint1="knee" polycoef="0 1 0 0 0" active="false"/><connect body1="lower" body2="world" anchor="0 0 0" active="false"/></equality>
  <tendon><spatial name="cord" stiffness="1" range="0 2"><site site="imu"/><site site="knee_site"/></spatial>
    <fixed name="both"><joint joint="hip" coef="1"/><joint joint="knee" coef="-1"/></fixed></tendon>
  <actuator>
    <motor name="m_hip" joint="hip" gear="5" ctrlrange="-1 1"/><position name="p_knee" joint="knee" kp="5" ctrlrange="-1 1"/>
    <general name="g_cord" tendon="cord" dyntype="filter" dynprm="0.1" class="leg" actlimited="true" actrange="-1 1"/>
    <muscle name="muscle" tendon="both" lengthrange="0.1 1"/><velocity name="v" joint="hip" kv="0.1"/>
  </actuator>
  <sensor><gyro name="gyro" site="imu"/><accelerometer site="imu" cutoff="100"/><touch site="toe"/><rangefinder site="toe"/>
    <jointpos joint="hip"/><framepos objtype="body" objname="lower"/><user name="own" dim="2"/>
    <contact name="hits" geom1="foot" num="2" data="found force" reduce="maxforce"/></sensor>
  <keyframe><key name="home" ctrl="0 0 0 0 0"/></keyframe>
</mujoco>
`;

const PART = `<mujocoinclude><geom name="lid" type="cylinder" size="0.05 0.01" pos="0 0 0.1" rgba="1 0 0 1"/></mujocoinclude>\n`;

const EXTRA = `<mujoco model="extra"><worldbody><body name="tail" pos="-0.2 0 0"><joint name="wag" axis="0 0 1"/>
  <geom type="capsule" fromto="0 0 0 -0.2 0 0" size="0.02"/></body></worldbody></mujoco>\n`;

const CUBE = `v 0 0 0\nv 1 0 0\nv 0 1 0\nv 1 1 0\nv 0 0 1\nv 1 0 1\nv 0 1 1\nv 1 1 1
f 1 3 4 2\nf 5 6 8 7\nf 1 2 6 5\nf 3 7 8 4\nf 1 5 7 3\nf 2 4 8 6\n`;

const URDF = `<robot name="cart"><link name="base"><inertial><mass value="1"/><inertia ixx="1" iyy="1" izz="1" ixy="0" ixz="0" iyz="0"/></inertial>
  <collision><geometry><box size="0.2 0.2 0.1"/></geometry></collision></link>
  <link name="wheel"><inertial><mass value="0.1"/><inertia ixx="0.1" iyy="0.1" izz="0.1" ixy="0" ixz="0" iyz="0"/></inertial>
  <collision><geometry><mesh filename="package://parts/cube.obj" scale="0.1 0.1 0.1"/></geometry></collision></link>
  <joint name="axle" type="continuous"><parent link="base"/><child link="wheel"/><axis xyz="0 1 0"/><limit effort="1" velocity="1"/></joint></robot>\n`;

/** Binary STL of four triangles. */
function tetrahedron(): Uint8Array {
  const corners = [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1];
  const faces = [0, 2, 1, 0, 1, 3, 0, 3, 2, 1, 2, 3];
  const bytes = new Uint8Array(84 + 4 * 50);
  const view = new DataView(bytes.buffer);
  view.setUint32(80, 4, true);
  for (const [i, corner] of faces.entries()) {
    const at = 84 + 50 * Math.floor(i / 3) + 12 * (1 + (i % 3));
    for (let k = 0; k < 3; k++) view.setFloat32(at + 4 * k, corners[3 * corner + k]!, true);
  }
  return bytes;
}

/** MuJoCo's own binary height field: rows, columns, heights. */
function heights(): Uint8Array {
  const bytes = new Uint8Array(8 + 4 * 4);
  new Int32Array(bytes.buffer).set([2, 2]);
  new Float32Array(bytes.buffer).set([0, 1, 0, 1], 2);
  return bytes;
}

/** Files that lie in every robot's folder, named or not. */
export const PARTS: RobotFiles = {
  'part.xml': PART,
  'parts/extra.xml': EXTRA,
  'parts/cube.obj': CUBE,
  'parts/tip.stl': tetrahedron(),
  'parts/hills.bin': heights(),
};

/** Models that are taken as they are. */
export const MODELS: readonly string[] = [example('tripod/tripod.xml'), antMjcf(), EVERYTHING, URDF];

/** Task files, each taken with one model at least. */
export const TASKS: readonly string[] = [
  example('tripod/tripod.yaml'),
  example('gymnasium/ant.yaml'),
  'task: forward\n',
  'name: mine\nbody: trunk\nstart: home\ncontrolHz: 50\nobservation: [positions, velocities, sensors, activations]\n',
];
