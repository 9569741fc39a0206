/** Numbers without axes beside 1x1 kernels: reshaped once, and the results stay. */
import { expect, it } from 'vitest';
import { add, floats, GraphBuilder, mul, scalar } from '../src/index.ts';
import { widenScalars } from '../src/rewrite/widen-scalars.ts';
import { runFeeds } from './feeds.ts';
import { randomFloats } from './nets.ts';

it('widens a number where it meets a kernel that ends in 1, and nowhere else', async () => {
  const builder = new GraphBuilder();
  const rate = builder.input('rate', 'float32', []);
  const kernel = builder.input('kernel', 'float32', [4, 3, 1, 1]);
  const bias = builder.input('bias', 'float32', [3]);
  builder.output(add(builder, mul(builder, kernel, rate), mul(builder, rate, kernel)), 'moved');
  builder.output(mul(builder, bias, rate), 'shifted');
  const graph = builder.build();
  const wide = widenScalars(graph);
  expect(wide.nodes.map(({ opType }) => opType)).toEqual(['Reshape', 'Mul', 'Mul', 'Add', 'Mul']);
  expect(wide.nodes[4]!.inputs).toEqual(['bias', 'rate']);
  const feeds = {
    rate: scalar(-0.5),
    kernel: floats(randomFloats(12, 2), [4, 3, 1, 1]),
    bias: floats([1, 2, 3]),
  };
  expect(await runFeeds(wide, feeds)).toEqual(await runFeeds(graph, feeds));
});
