/** VJP rules: resizing. Along each axis it is a matrix, so its gradient is the matrix turned. */
import { stringAttribute } from '../attributes.ts';
import type { GraphBuilder } from '../builder.ts';
import type { Node, Tensor, ValueInfo } from '../model.ts';
import { transpose } from '../operators/arrangement.ts';
import { matMul } from '../operators/linear.ts';
import { resizedAxes } from '../operators/resizing.ts';
import { floats } from '../tensors.ts';
import { type VjpRule, type VjpRules, withoutDerivative } from './vjp.ts';

/** y = R x along each axis that changes: dx = Rᵀ dy. */
const resize: VjpRule = (vjp) => {
  const { builder, node, dy, input } = vjp;
  return [
    () => {
      const { shape } = input(0);
      const axes = resizedAxes(vjp);
      // What keeps its shape is copied, whatever the scales.
      if (axes.every(({ length }, axis) => length !== null && length === shape[axis])) return dy;
      return axes.reduce<ValueInfo>((gradient, { length: to, scale }, axis) => {
        if (scale === 1) return gradient;
        const from = shape[axis];
        if (typeof from !== 'number' || typeof to !== 'number' || scale === null) {
          throw withoutDerivative(node, `an axis of free length (${axis})`);
        }
        return throughMatrix(builder, gradient, axis, resizeMatrix(node, from, to, scale));
      }, dy);
    },
    null,
    null,
    null,
  ];
};

/** `x` with one of its axes multiplied by a matrix `[its length, its new length]`. */
function throughMatrix(
  builder: GraphBuilder,
  x: ValueInfo,
  axis: number,
  matrix: Tensor<'float32'>,
): ValueInfo {
  const constant = builder.constant(matrix, 'resize');
  const last = x.shape!.length - 1;
  if (axis === last) return matMul(builder, x, constant);
  const exchange = [...x.shape!.keys()].with(axis, last).with(last, axis);
  return transpose(builder, matMul(builder, transpose(builder, x, exchange), constant), exchange);
}

/** How much each place of the result takes of each place of the operand: `[to, from]`. */
function resizeMatrix(node: Node, from: number, to: number, scale: number): Tensor<'float32'> {
  const matrix = new Float32Array(to * from);
  const mode = stringAttribute(node, 'mode', 'nearest');
  const isPlain =
    Number(node.attributes.antialias?.value ?? 0) === 0 && (mode === 'nearest' || mode === 'linear');
  if (!isPlain) throw withoutDerivative(node, `the mode ${mode}, or antialiasing`);
  for (let place = 0; place < to; place++) {
    const at = sourceOf(node, place, from, to, scale);
    const row = matrix.subarray(place * from, (place + 1) * from);
    if (mode === 'nearest') {
      row[clamp(rounded(node, at), from)] = 1;
      continue;
    }
    const inside = Math.min(Math.max(at, 0), from - 1);
    const low = Math.floor(inside);
    row[low]! += 1 - (inside - low);
    row[clamp(low + 1, from)]! += inside - low;
  }
  return floats(matrix, [to, from]);
}

function clamp(place: number, length: number): number {
  return Math.min(Math.max(place, 0), length - 1);
}

/**
 * Where a place of the result lies in the operand, by the node's `coordinate_transformation_mode`. Rounded wherever ONNX Runtime rounds:
 * what would be a whole number may fall short of it, and its floor be the place before.
 */
function sourceOf(node: Node, place: number, from: number, to: number, scale: number): number {
  const mode = stringAttribute(node, 'coordinate_transformation_mode', 'half_pixel');
  const { fround } = Math;
  const centre = fround(fround((place + 0.5) / scale) - 0.5);
  switch (mode) {
    case 'half_pixel':
      return centre;
    case 'pytorch_half_pixel':
      return to > 1 ? centre : 0;
    case 'half_pixel_symmetric': {
      const offset = fround((from / 2) * fround(1 - fround(to / fround(scale * from))));
      return fround(offset + (place + 0.5) / scale - 0.5);
    }
    case 'asymmetric':
      return fround(place / scale);
    case 'align_corners':
      return to > 1 ? fround((place * (from - 1)) / (to - 1)) : 0;
    default:
      throw withoutDerivative(node, `coordinates by ${mode}`);
  }
}

/** What lies this near to the middle between two places counts as the middle. */
const NEAR = 1e-6;

/** A whole place, by the node's `nearest_mode`. */
function rounded(node: Node, at: number): number {
  const mode = stringAttribute(node, 'nearest_mode', 'round_prefer_floor');
  switch (mode) {
    case 'round_prefer_floor':
      return Math.ceil(at - 0.5 - NEAR);
    case 'round_prefer_ceil':
      return Math.floor(at + 0.5 + NEAR);
    case 'floor':
      return Math.floor(at);
    case 'ceil':
      return Math.ceil(at);
    default:
      throw withoutDerivative(node, `rounding by ${mode}`);
  }
}

/** VJP rules of this family. */
export const resizingVjps: VjpRules = { Resize: resize };
