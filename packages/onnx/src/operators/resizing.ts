/** Resizing of pictures inside a graph. */
import { describeNode, stringAttribute } from '../attributes.ts';
import { OnnxError } from '../errors.ts';
import type { Dim, Node } from '../model.ts';
import {
  constantIntegers,
  output,
  type ShapeContext,
  type ShapeRule,
  type ShapeRules,
} from '../shape-rule.ts';

/**
 * How long each axis of a `Resize` becomes, and how many times as long that is by its own account. In 32-bit floats, as ONNX Runtime
 * reckons: 10 times 0.7 is 7.
 */
export interface ResizedAxis {
  readonly length: Dim;
  readonly scale: number | null;
}

/** What a `Resize` does to each axis. */
export function resizedAxes(
  context: Pick<ShapeContext, 'node' | 'constant' | 'input'>,
): readonly ResizedAxis[] {
  const { node } = context;
  const { shape } = context.input(0);
  refuseUnknownKinds(node);
  if ((node.inputs[3] ?? '') !== '') {
    const sizes = constantIntegers(context, 3);
    return shape.map((dim, axis) => {
      const length = sizes?.[axis] ?? null;
      if (length !== null && length === dim) return { length, scale: 1 };
      const isKnown = typeof dim === 'number' && length !== null;
      return { length, scale: isKnown ? Math.fround(length / dim) : null };
    });
  }
  const scales = context.constant(2);
  return shape.map((dim, axis) => {
    const scale = scales?.type === 'float32' ? scales.data[axis]! : null;
    if (scale === 1) return { length: dim, scale };
    const isKnown = typeof dim === 'number' && scale !== null;
    return { length: isKnown ? Math.floor(Math.fround(dim * scale)) : null, scale };
  });
}

function refuseUnknownKinds(node: Node): void {
  const isPlain =
    stringAttribute(node, 'keep_aspect_ratio_policy', 'stretch') === 'stretch' &&
    !Object.hasOwn(node.attributes, 'axes');
  if (isPlain) return;
  throw new OnnxError(
    'operator-unsupported',
    `${describeNode(node)}: only resizing that names every axis and stretches is known here`,
  );
}

const resize: ShapeRule = (context) =>
  output(
    context.input(0).elementType,
    resizedAxes(context).map(({ length }) => length),
  );

/** Shape rules of this family. */
export const resizingShapes: ShapeRules = { Resize: resize };
