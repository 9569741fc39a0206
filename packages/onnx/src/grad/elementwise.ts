/** VJP rules: arithmetic and activations. Rules use results rather than operands where they can, so that those are free. */
import { floatAttribute, stringAttribute } from '../attributes.ts';
import type { GraphBuilder } from '../builder.ts';
import type { ValueInfo } from '../model.ts';
import {
  add,
  cast,
  div,
  exp,
  greater,
  log,
  mul,
  neg,
  pow,
  sub,
  tanh,
  where,
} from '../operators/elementwise.ts';
import { number } from './shaping.ts';
import type { Vjp, VjpRule, VjpRules } from './vjp.ts';

/** y = f(x): dx = dy f'(x), where `slope` makes `f'(x)`. */
function activation(slope: (vjp: Vjp) => ValueInfo): VjpRule {
  return (vjp) => [() => mul(vjp.builder, vjp.dy, slope(vjp))];
}

/** dx = dy where the condition holds, else `otherwise`, or 0. */
function gated({ builder, dy }: Vjp, condition: ValueInfo, otherwise?: ValueInfo): ValueInfo {
  if (otherwise) return where(builder, condition, dy, otherwise);
  // A product with the mask takes half the time of a Where with a scalar.
  return mul(builder, dy, cast(builder, condition, dy.elementType));
}

function positive(builder: GraphBuilder, x: ValueInfo): ValueInfo {
  return greater(builder, x, number(builder, 0, x));
}

function less(builder: GraphBuilder, a: ValueInfo, b: ValueInfo): ValueInfo {
  return builder.one('Less', [a, b]);
}

function both(builder: GraphBuilder, a: ValueInfo, b: ValueInfo): ValueInfo {
  return builder.one('And', [a, b]);
}

function times(builder: GraphBuilder, x: ValueInfo, factor: number): ValueInfo {
  return mul(builder, x, number(builder, factor, x));
}

function plus(builder: GraphBuilder, x: ValueInfo, term: number): ValueInfo {
  return add(builder, x, number(builder, term, x));
}

/** `1 - x`. */
function complement(builder: GraphBuilder, x: ValueInfo): ValueInfo {
  return sub(builder, number(builder, 1, x), x);
}

/** y = a ± b: da = dy, db = ± dy. */
const sum: VjpRule = ({ node, dy, sumTo }) => node.inputs.map((_, index) => () => sumTo(dy, index));

/** y = max or min of the inputs: dx = dy where x = y, in equal parts where several inputs are. */
const extreme: VjpRule = (vjp) => {
  const { builder, dy } = vjp;
  const chosen = vjp.node.inputs.map((_, index) =>
    cast(builder, builder.one('Equal', [vjp.input(index), vjp.output(0)]), dy.elementType),
  );
  const share = div(
    builder,
    dy,
    chosen.reduce((count, one) => add(builder, count, one)),
  );
  return chosen.map((one, index) => () => vjp.sumTo(mul(builder, share, one), index));
};

/** y = a ^ b: da = dy b a^(b-1) (0 where b = 0), db = dy y ln a (0 where a = 0). */
const power: VjpRule = (vjp) => {
  const { builder, dy, sumTo, constant } = vjp;
  const [base, exponent] = [vjp.input(0), vjp.input(1)];
  const known = constant(1);
  const only = known?.type === 'float32' && known.data.length === 1 ? known.data[0]! : null;
  const byBase = (): ValueInfo => {
    if (only !== null) {
      const rest = only === 2 ? base : pow(builder, base, number(builder, only - 1, base));
      return sumTo(times(builder, mul(builder, dy, rest), only), 0);
    }
    const rest = pow(builder, base, sub(builder, exponent, number(builder, 1, exponent)));
    // An exponent may be of another type, whole numbers too.
    const factor =
      exponent.elementType === base.elementType ? exponent : cast(builder, exponent, base.elementType);
    const gradient = mul(builder, mul(builder, dy, factor), rest);
    // 0 times infinity where the base is 0, too.
    const isFlat = builder.one('Equal', [exponent, number(builder, 0, exponent)]);
    return sumTo(where(builder, isFlat, number(builder, 0, dy), gradient), 0);
  };
  const byExponent = (): ValueInfo => {
    const isPositive = positive(builder, base);
    const safe = where(builder, isPositive, base, number(builder, 1, base));
    return sumTo(mul(builder, dy, mul(builder, vjp.output(0), log(builder, safe))), 1);
  };
  return [only === 0 ? 0 : byBase, byExponent];
};

/** y = min(max(x, low), high): dx = dy where low < x < high. */
const clip: VjpRule = (vjp) => {
  const { builder, has } = vjp;
  return [
    () => {
      // Of the result, not of x: what lies strictly inside is what was not cut.
      const [x, y] = [vjp.input(0), vjp.output(0)];
      const limits = [
        ...(has('inputs', 1) ? [greater(builder, y, vjp.input(1))] : []),
        ...(has('inputs', 2) ? [less(builder, y, vjp.input(2))] : []),
      ];
      const inside = limits.reduce<ValueInfo | null>(
        (all, one) => (all ? both(builder, all, one) : one),
        null,
      );
      return inside ? gated(vjp, { ...inside, shape: x.shape }) : vjp.dy;
    },
    null,
    null,
  ];
};

/** y = x where x > 0, else slope x: dx = dy or slope dy. */
const leakyRelu: VjpRule = (vjp) => [
  () => {
    const alpha = floatAttribute(vjp.node, 'alpha', 0.01);
    return gated(vjp, positive(vjp.builder, vjp.input(0)), times(vjp.builder, vjp.dy, alpha));
  },
];

/** The same with a slope that is learnt: dslope = dy min(x, 0). */
const prelu: VjpRule = (vjp) => {
  const { builder, dy } = vjp;
  const x = vjp.input(0);
  return [
    () => gated(vjp, positive(builder, x), mul(builder, dy, vjp.input(1))),
    () => vjp.sumTo(mul(builder, dy, builder.one('Min', [x, number(builder, 0, x)])), 1),
  ];
};

/** y = min(max(a x + b, 0), 1): dx = a dy where 0 < y < 1. */
const hardSigmoid: VjpRule = (vjp) => [
  () => {
    const { builder } = vjp;
    const y = vjp.output(0);
    const inside = both(builder, positive(builder, y), less(builder, y, number(builder, 1, y)));
    return times(builder, gated(vjp, inside), floatAttribute(vjp.node, 'alpha', 0.2));
  },
];

/** y = x min(max(x / 6 + 1/2, 0), 1): dx = dy (x / 3 + 1/2) where |x| < 3, dy above, 0 below. */
const hardSwish: VjpRule = (vjp) => [
  () => {
    const { builder, dy } = vjp;
    const x = vjp.input(0);
    const inner = mul(builder, dy, plus(builder, times(builder, x, 1 / 3), 0.5));
    const upTo3 = where(builder, less(builder, x, number(builder, 3, x)), inner, dy);
    return where(builder, greater(builder, x, number(builder, -3, x)), upTo3, number(builder, 0, x));
  },
];

/** y = x Φ(x): dx = dy (Φ(x) + x φ(x)); by the tanh approximation where the node says so. */
const gelu = activation((vjp) => {
  const { builder } = vjp;
  const x = vjp.input(0);
  if (stringAttribute(vjp.node, 'approximate', 'none') === 'tanh') return approximateGeluSlope(builder, x);
  const share = times(builder, plus(builder, builder.one('Erf', [times(builder, x, Math.SQRT1_2)]), 1), 0.5);
  return add(
    builder,
    share,
    times(builder, mul(builder, x, bell(builder, x, 0.5)), 1 / Math.sqrt(2 * Math.PI)),
  );
});

/** y = x (1 + t) / 2 with t = tanh(r (x + c x³)): slope = (1 + t) / 2 + x (1 - t²) r (1 + 3 c x²) / 2. */
function approximateGeluSlope(builder: GraphBuilder, x: ValueInfo): ValueInfo {
  const [r, c] = [Math.sqrt(2 / Math.PI), 0.044715];
  const square = mul(builder, x, x);
  const t = tanh(builder, times(builder, mul(builder, x, plus(builder, times(builder, square, c), 1)), r));
  const inner = times(builder, plus(builder, times(builder, square, 3 * c), 1), r / 2);
  const steep = mul(builder, mul(builder, x, complement(builder, mul(builder, t, t))), inner);
  return add(builder, times(builder, plus(builder, t, 1), 0.5), steep);
}

/** `e ** (-factor x²)`. */
function bell(builder: GraphBuilder, x: ValueInfo, factor: number): ValueInfo {
  return exp(builder, times(builder, mul(builder, x, x), -factor));
}

/** VJP rules of this family. */
export const elementwiseVjps: VjpRules = {
  Add: sum,
  Sum: sum,
  Sub: ({ builder, dy, sumTo }) => [() => sumTo(dy, 0), () => neg(builder, sumTo(dy, 1))],
  /** y = a b: da = dy b, db = dy a. */
  Mul: ({ builder, dy, input, sumTo }) => [
    () => sumTo(mul(builder, dy, input(1)), 0),
    () => sumTo(mul(builder, dy, input(0)), 1),
  ],
  /** y = a / b: da = dy / b, db = - dy y / b. */
  Div: ({ builder, dy, input, output, sumTo }) => {
    const byNumerator = (): ValueInfo => div(builder, dy, input(1));
    return [
      () => sumTo(byNumerator(), 0),
      () => neg(builder, sumTo(mul(builder, byNumerator(), output(0)), 1)),
    ];
  },
  Pow: power,
  Max: extreme,
  Min: extreme,
  /** y = -x: dx = -dy. */
  Neg: ({ builder, dy }) => [() => neg(builder, dy)],
  /** y = |x|: dx = dy sign(x). */
  Abs: activation(({ builder, input }) => builder.one('Sign', [input(0)])),
  /** y = 1 / x: dx = -dy y². */
  Reciprocal: activation(({ builder, output }) => neg(builder, mul(builder, output(0), output(0)))),
  /** y = e^x: dx = dy y. */
  Exp: activation(({ output }) => output(0)),
  /** y = ln x: dx = dy / x. */
  Log: ({ builder, dy, input }) => [() => div(builder, dy, input(0))],
  /** y = √x: dx = dy / 2y. */
  Sqrt: ({ builder, dy, output }) => [() => div(builder, times(builder, dy, 0.5), output(0))],
  /** y = erf x: dx = dy 2/√π e^(-x²). */
  Erf: activation(({ builder, input }) => times(builder, bell(builder, input(0), 1), 2 / Math.sqrt(Math.PI))),
  /** y = max(x, 0): dx = dy where y > 0. */
  Relu: (vjp) => [() => gated(vjp, positive(vjp.builder, vjp.output(0)))],
  /** y = 1 / (1 + e^-x): dx = dy y (1 - y). */
  Sigmoid: activation(({ builder, output }) => mul(builder, output(0), complement(builder, output(0)))),
  /** y = tanh x: dx = dy (1 - y²). */
  Tanh: activation(({ builder, output }) => complement(builder, mul(builder, output(0), output(0)))),
  /** y = ln(1 + e^x): dx = dy / (1 + e^-x). */
  Softplus: activation(({ builder, input }) => builder.one('Sigmoid', [input(0)])),
  Clip: clip,
  LeakyRelu: leakyRelu,
  PRelu: prelu,
  HardSigmoid: hardSigmoid,
  HardSwish: hardSwish,
  Gelu: gelu,
  /** y = x: dx = dy. */
  Identity: ({ dy }) => [() => dy],
  /** y = x in another type: dx = dy in the type of x. */
  Cast: ({ builder, dy, input }) => [() => cast(builder, dy, input(0).elementType)],
  /** y = a where c, else b: da = dy where c, else 0; db the other way round. */
  Where: (vjp) => {
    const { builder, dy, input, sumTo } = vjp;
    return [
      null,
      () => sumTo(gated(vjp, input(0)), 1),
      () => sumTo(where(builder, input(0), number(builder, 0, dy), dy), 2),
    ];
  },
  /** Steps: dx = 0. */
  Sign: () => [0],
  Floor: () => [0],
  Ceil: () => [0],
  Round: () => [0],
};
