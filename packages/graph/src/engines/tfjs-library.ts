// What choosing a backend needs of TensorFlow.js. By name, so that bundlers leave out the rest: of a library that is
// imported dynamically as a whole they keep all.
export { env, setBackend } from '@tensorflow/tfjs-core';
