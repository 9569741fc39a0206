/** Training on ONNX Runtime's WebGPU provider: graphs in the operators that it has, and values that stay on the GPU. */
import { forWebgpu, GraphBuilder, modelOf, readModel, writeModel } from '@figleaf/onnx';
import type { InferenceSession, Tensor } from 'onnxruntime-node';

/** What the runtime calls it. */
export const WEBGPU = 'webgpu';

/** Where the runtime says that a value on the GPU is. */
const ON_GPU = 'gpu-buffer';

/** The ONNX file in operators that the provider has. */
export function modelForWebgpu(bytes: Uint8Array): Uint8Array {
  const model = readModel(bytes);
  return writeModel({ ...model, graph: forWebgpu(model.graph) });
}

/** Options by which these outputs stay on the GPU. */
export function staying(
  outputs: readonly string[],
): Pick<InferenceSession.SessionOptions, 'preferredOutputLocation'> {
  return { preferredOutputLocation: Object.fromEntries(outputs.map((name) => [name, ON_GPU])) };
}

/** Whether the value is on the GPU: its numbers cannot be read from there, and its memory is freed by hand. */
export function isOnGpu({ location }: Tensor): boolean {
  return location === ON_GPU;
}

/** An ONNX file that hands out what it is given: the runtime copies from the GPU only what a session puts out. */
export function copyingModel(
  values: readonly (readonly [name: string, dims: readonly number[]])[],
): Uint8Array {
  const builder = new GraphBuilder('copy');
  for (const [name, dims] of values) {
    builder.output(builder.one('Identity', [builder.input(name, 'float32', dims)]), copyOf(name));
  }
  return writeModel(modelOf(builder.build()));
}

/** What the copy of a value is called. */
export const copyOf = (name: string): string => `copy of ${name}`;
