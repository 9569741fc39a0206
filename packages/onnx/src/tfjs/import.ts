/** Import of TensorFlow.js models: a parsed `model.json` and its weights, as ONNX. */
import { OnnxError } from '../errors.ts';
import { type Graph, type Model, modelOf } from '../model.ts';
import { removeDeadNodes } from '../rewrite/remove-dead-nodes.ts';
import { drawGraph } from './graph.ts';
import { drawLayers } from './layers.ts';
import type { TfjsModel } from './model.ts';
import { Weights } from './weights.ts';

/**
 * Imports a TensorFlow.js model, *layers* (Keras) or *graph*.
 *
 * The model takes what it took in TensorFlow.js, `[batch, height, width, channels]` included, and gives what it gave;
 * within, channels come first. The batch stays free, and so do height and width where the network allows: a pool over
 * the whole map, at the size that the model was made for, becomes a global one. Matrices and kernels that are stored in
 * 8 bits stay so; the rest becomes 32-bit floats.
 *
 * @param model The parsed `model.json`.
 * @param weights The weight files one after another, in the manifest's order.
 * @throws {OnnxError} `operator-unsupported`, naming the first layer or operator that cannot be imported;
 * `tfjs-malformed`; `element-type-unsupported`.
 *
 * @example
 * ```ts
 * const model = importTfjs(JSON.parse(await readFile('model.json', 'utf8')), await readFile('group1-shard1of1.bin'));
 * await writeFile('model.onnx', writeModel({ ...model, graph: foldBatchNorm(model.graph) }));
 * ```
 */
export function importTfjs(model: TfjsModel, weights: Uint8Array): Model {
  try {
    const draw = drawerFor(model);
    return modelOf(removeDeadNodes(drawFree(draw, model, new Weights(model, weights))));
  } catch (error) {
    if (error instanceof OnnxError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new OnnxError('tfjs-malformed', `the model.json is not as TensorFlow.js writes it: ${reason}`, {
      cause: error,
    });
  }
}

type Drawer = (model: TfjsModel, weights: Weights, free: boolean) => Graph;

function drawFree(draw: Drawer, model: TfjsModel, weights: Weights): Graph {
  try {
    return draw(model, weights, true);
  } catch (error) {
    if (!(error instanceof OnnxError) || error.code !== 'shape-unknown') throw error;
    return draw(model, weights, false);
  }
}

function drawerFor(model: TfjsModel): Drawer {
  const topology = model.modelTopology;
  if (typeof topology === 'object' && topology !== null && Array.isArray(model.weightsManifest)) {
    if ('node' in topology) return drawGraph;
    if ('model_config' in topology || 'class_name' in topology) return drawLayers;
  }
  throw new OnnxError(
    'tfjs-malformed',
    'this is not the model.json of a TensorFlow.js layers or graph model',
  );
}
