export { checkEnv } from './check.js';
export { liveHandles, type ModelFiles, type ModelSource } from './compiled-model.js';
export type { Env, EnvSnapshot, Step } from './env.js';
export { antMjcf } from './mjcf/ant.js';
export { type CentipedeParameters, centipedeMjcf } from './mjcf/centipede.js';
export { hopperMjcf } from './mjcf/hopper.js';
export { Simulation } from './mujoco.js';
export { MujocoEnv, type MujocoEnvOptions } from './mujoco-env.js';
export { loadPhysics, MUJOCO_VERSION, type PhysicsOptions, physicsFile } from './physics.js';
export {
  type EnvFactory,
  type EnvSource,
  listEnvs,
  type MujocoEnvName,
  makeEnv,
  registerEnv,
} from './registry.js';
export {
  checkRobot,
  type RobotCheck,
  type RobotFinding,
  type TrialEpisode,
  type TrialRuns,
} from './robot/check-robot.js';
export {
  checkDefinition,
  formatTask,
  type RobotDefinition,
  robotFingerprint,
  robotSettings,
} from './robot/definition.js';
export {
  defineRobot,
  isRobotPath,
  type LoadedRobot,
  type LoadRobotOptions,
  loadRobot,
} from './robot/load-robot.js';
export { CONSTANT_DEFAULTS, DERIVED_DEFAULTS, type TakenDefault } from './robot/resolve-task.js';
export { type RobotTask, type TaskFile, taskFile } from './robot/task-keys.js';
export {
  bodyPoses,
  type Drawable,
  describeScene,
  geomPose,
  isDrawable,
  POSE_SIZE,
  type Pose,
  poseOf,
  type Quaternion,
  rotate,
  type Scene,
  type SceneBody,
  type SceneGeom,
  type SceneJoint,
  type Vector3,
} from './scene.js';
export { antTask } from './tasks/ant.js';
export { centipedeTask } from './tasks/centipede.js';
export { hopperTask } from './tasks/hopper.js';
export type { Task, Transition } from './tasks/task.js';
export { type FinishedEpisode, VectorEnv, type VectorEnvOptions } from './vector.js';
