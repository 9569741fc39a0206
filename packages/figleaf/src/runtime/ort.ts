/** What the twins `ort.node.ts` and `ort.web.ts` have in common: loading ONNX Runtime and model files inside a worker. */
import type { InferenceSession, Tensor } from 'onnxruntime-web/wasm';
import type { ModelSource, RuntimeKind } from './protocol.ts';

/** The part of ONNX Runtime's JavaScript interface that Figleaf uses; native and wasm builds share it. */
export interface Ort {
  readonly InferenceSession: {
    create(model: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => Tensor;
}

export type { InferenceSession };

/** An ONNX Runtime that is ready to load models. */
export interface Runtime {
  readonly kind: RuntimeKind;
  readonly ort: Ort;
}

/** What the module `#runtime/ort` exports on either platform. */
export interface OrtTwin {
  /** @throws {FigleafError} `runtime-unavailable`. */
  loadRuntime(): Promise<Runtime>;
  /**
   * The bytes of a model.
   *
   * @throws {FigleafError} `model-not-found`.
   */
  readModel(source: ModelSource): Promise<Uint8Array>;
}
