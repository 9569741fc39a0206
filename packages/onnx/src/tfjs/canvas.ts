/** Where both importers draw: TensorFlow's channels-last pictures as ONNX's channels-first ones. */
import { GraphBuilder } from '../builder.ts';
import { evaluateDim, formatShape } from '../dims.ts';
import { OnnxError } from '../errors.ts';
import type { Dim, Graph, Shape, ValueInfo } from '../model.ts';
import { concat, flatten, squeeze, transpose } from '../operators/arrangement.ts';
import { conv } from '../operators/convolution.ts';
import { clip, relu, sigmoid, softmax, tanh } from '../operators/elementwise.ts';
import { averagePool, globalAveragePool, maxPool } from '../operators/pooling.ts';
import { type Arrangement, addWeight, type Weight, type Weights } from './weights.ts';

/** A value on its way: what the graph holds, and whether its channels were moved to the front. */
export interface Drawn {
  readonly info: ValueInfo;
  /** `true`: `[batch, channels, height, width]` where TensorFlow has `[batch, height, width, channels]`. */
  readonly channelsFirst: boolean;
}

type Pair = readonly [number, number];

/** How a window slides, in TensorFlow's words. */
export interface Sliding {
  readonly strides: Pair;
  readonly same: boolean;
  readonly dilations?: Pair;
}

const TO_FIRST = [0, 3, 1, 2];
const TO_LAST = [0, 2, 3, 1];

/** Names of the lengths that an input may leave free. */
const FREE = ['batch', 'height', 'width'];

/** A graph in the making, in TensorFlow's terms. */
export class Canvas {
  readonly builder: GraphBuilder;
  readonly weights: Weights;
  readonly #free: boolean;
  /** What the free lengths are in a picture of the size that the model was made for. */
  readonly #declared: Record<string, number> = {};
  readonly #turned = new Map<string, Drawn>();

  /** @param free Whether height and width of the input stay free. */
  constructor(name: string, weights: Weights, free: boolean) {
    this.builder = new GraphBuilder(name);
    this.weights = weights;
    this.#free = free;
  }

  /** Declares the input. Lengths of `null` or less than 0 are free; height and width of a picture may be. */
  input(name: string, shape: readonly (number | null)[]): Drawn {
    const dims = shape.map((length, axis): Dim => {
      const named = FREE[axis] ?? `${name}_${axis}`;
      if (length === null || length < 0) return named;
      const spatial = shape.length === 4 && (axis === 1 || axis === 2);
      if (!spatial || !this.#free) return length;
      this.#declared[named] = length;
      return named;
    });
    return plain(this.builder.input(name, 'float32', dims));
  }

  /** Convolution with a kernel `[height, width, inputs, outputs]`. */
  conv(x: Drawn, kernel: Weight, bias: Weight | null, sliding: Sliding, name: string): Drawn {
    return this.#convolve(x, kernel, { permutation: [3, 2, 0, 1] }, 1, bias, sliding, name);
  }

  /** Depthwise convolution with a kernel `[height, width, channels, multiplier]`. */
  depthwiseConv(x: Drawn, kernel: Weight, bias: Weight | null, sliding: Sliding, name: string): Drawn {
    const [height = 0, width = 0, channels = 0, multiplier = 0] = kernel.stored.dims;
    const dims = [channels * multiplier, 1, height, width];
    return this.#convolve(x, kernel, { permutation: [2, 3, 0, 1], dims }, channels, bias, sliding, name);
  }

  #convolve(
    x: Drawn,
    kernel: Weight,
    arrangement: Arrangement,
    group: number,
    bias: Weight | null,
    { strides, same, dilations }: Sliding,
    name: string,
  ): Drawn {
    if (kernel.stored.dims.length !== 4) {
      throw new OnnxError(
        'tfjs-malformed',
        `'${name}': a kernel of shape ${formatShape(kernel.stored.dims)}`,
      );
    }
    const weight = addWeight(this.builder, kernel, `${name}/kernel`, arrangement);
    const info = conv(this.builder, this.channelsFirst(x), weight, {
      strides,
      group,
      name,
      ...(same && { pads: 'same' as const }),
      ...(dilations && { dilations }),
      ...(bias && { bias: addWeight(this.builder, bias, `${name}/bias`) }),
    });
    return { info, channelsFirst: true };
  }

  maxPool(x: Drawn, kernel: Pair, sliding: Sliding, name: string): Drawn {
    const options = { strides: sliding.strides, name, ...(sliding.same && { pads: 'same' as const }) };
    return { info: maxPool(this.builder, this.channelsFirst(x), kernel, options), channelsFirst: true };
  }

  /**
   * The mean of each window. A window as large as the whole map, at the size that the model was made for, is the mean
   * over the map at every size: that is what was meant, and lets the model take larger pictures.
   */
  averagePool(x: Drawn, kernel: Pair, sliding: Sliding, name: string): Drawn {
    const input = this.channelsFirst(x);
    const map = (input.shape ?? []).slice(2).map((dim) => evaluateDim(dim, this.#declared));
    if (!sliding.same && map.every((length, axis) => length === kernel[axis])) {
      return { info: globalAveragePool(this.builder, input, name), channelsFirst: true };
    }
    const options = { strides: sliding.strides, name, ...(sliding.same && { pads: 'same' as const }) };
    return { info: averagePool(this.builder, input, kernel, options), channelsFirst: true };
  }

  /** An activation by its Keras name. */
  activation(x: Drawn, kind: string, name: string): Drawn {
    switch (kind) {
      case 'linear':
        return x;
      case 'relu':
        return { ...x, info: relu(this.builder, x.info, name) };
      case 'relu6':
        return { ...x, info: clip(this.builder, x.info, 0, 6, name) };
      case 'sigmoid':
        return { ...x, info: sigmoid(this.builder, x.info, name) };
      case 'tanh':
        return { ...x, info: tanh(this.builder, x.info, name) };
      case 'softmax':
        return plain(softmax(this.builder, this.channelsLast(x), -1, name));
      default:
        throw new OnnxError('operator-unsupported', `'${name}': the activation ${kind} is not supported`);
    }
  }

  /** An operator on two values, element by element. */
  binary(
    operator: (builder: GraphBuilder, a: ValueInfo, b: ValueInfo, name?: string) => ValueInfo,
    a: Drawn,
    b: Drawn,
    name: string,
  ): Drawn {
    const scalarA = a.info.shape?.length === 0;
    const scalarB = b.info.shape?.length === 0;
    if (scalarA || scalarB || a.channelsFirst === b.channelsFirst) {
      const channelsFirst = scalarA ? b.channelsFirst : a.channelsFirst;
      const sameRank = scalarA || scalarB || a.info.shape?.length === b.info.shape?.length;
      if (sameRank || !channelsFirst)
        return { info: operator(this.builder, a.info, b.info, name), channelsFirst };
    }
    return plain(operator(this.builder, this.channelsLast(a), this.channelsLast(b), name));
  }

  /** Joins along an axis of TensorFlow's order. */
  concat(values: readonly Drawn[], axis: number, name: string): Drawn {
    const first = values.some((value) => value.channelsFirst);
    if (!first)
      return plain(
        concat(
          this.builder,
          values.map(({ info }) => info),
          axis,
          name,
        ),
      );
    const inputs = values.map((value) => this.channelsFirst(value));
    const moved = TO_FIRST.indexOf(axis < 0 ? axis + 4 : axis);
    return { info: concat(this.builder, inputs, moved, name), channelsFirst: true };
  }

  /** All but the batch in one axis, in TensorFlow's order. */
  flatten(x: Drawn, name: string): Drawn {
    const shape = x.info.shape ?? [];
    // With one pixel the order of the channels is the same either way.
    const onePixel = x.channelsFirst && shape[2] === 1 && shape[3] === 1;
    return plain(flatten(this.builder, onePixel ? x.info : this.channelsLast(x), 1, name));
  }

  /** Without these axes of TensorFlow's order. */
  squeeze(x: Drawn, axes: readonly number[], name: string): Drawn {
    const rank = x.info.shape?.length ?? 0;
    const positive = axes.map((axis) => (axis < 0 ? axis + rank : axis));
    const bothSpatial = positive.length === 2 && positive.includes(1) && positive.includes(2);
    if (x.channelsFirst && bothSpatial) return plain(squeeze(this.builder, x.info, [2, 3], name));
    return plain(squeeze(this.builder, this.channelsLast(x), positive, name));
  }

  /** The value with channels in front. */
  channelsFirst(x: Drawn): ValueInfo {
    return x.channelsFirst ? x.info : this.#turn(x, TO_FIRST, 'channels_first').info;
  }

  /** The value as TensorFlow has it. */
  channelsLast(x: Drawn): ValueInfo {
    return x.channelsFirst ? this.#turn(x, TO_LAST, 'channels_last').info : x.info;
  }

  #turn(x: Drawn, permutation: readonly number[], suffix: string): Drawn {
    const known = this.#turned.get(x.info.name);
    if (known) return known;
    const name = `${x.info.name}/${suffix}`;
    const turned = {
      info: transpose(this.builder, x.info, permutation, name),
      channelsFirst: !x.channelsFirst,
    };
    this.#turned.set(x.info.name, turned);
    return turned;
  }

  /** Declares a result. */
  output(x: Drawn): void {
    this.builder.output(this.channelsLast(x));
  }

  /** The graph so far. */
  build(): Graph {
    return this.builder.build();
  }
}

/** A value in TensorFlow's own order. */
export function plain(info: ValueInfo): Drawn {
  return { info, channelsFirst: false };
}

/** The number of values that a fully connected layer takes must be known. */
export function knownLength(shape: Shape | null, axis: number, what: string): number {
  const dim = shape?.at(axis);
  if (typeof dim === 'number') return dim;
  throw new OnnxError('shape-unknown', `${what}: ${formatShape(shape)} depends on the picture's size`);
}
