export { createEngine } from './engines/create.js';
export { createReferenceEngine } from './engines/reference.js';
export { createTfjsEngine } from './engines/tfjs.js';
export { probeBackends, TFJS_BACKENDS, type TfjsBackend } from './engines/tfjs-backend.js';
export type { MemoryRange } from './engines/wasm/arena.js';
export { createWasmEngine, type WasmEngine, type WasmEngineOptions } from './engines/wasm/engine.js';
export type {
  KernelFile,
  KernelForm,
  KernelSource,
  MemoryKind,
} from './engines/wasm/loader.js';
export type { VariablesLayout, WasmVariables } from './engines/wasm/variables.js';
export type { WasmMemory } from './engines/wasm/webassembly.js';
export { compareGradients, type GradientComparison, relativeDifference } from './finite-differences.js';
export { gradients } from './gradients.js';
export { kernelUrl } from './kernel-url.js';
export { decodeOnnx, type OnnxGraph, type OnnxNode, type OnnxTensor } from './onnx/decode.js';
export { encodeOnnx, type OnnxGraphDefinition, type OnnxModelOptions } from './onnx/encode.js';
export * from './operations.js';
export {
  type Engine,
  type EngineName,
  type FloatArray,
  GraphError,
  type MatrixProduct,
  matrixProducts,
  type Program,
  type ProgramDefinition,
  type Variables,
} from './program.js';
export { type Shape, ShapeError, sizeOf, type Tensor, type TensorLike } from './tensor.js';
