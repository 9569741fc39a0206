/** `npx tsx tools/kernel.ts`: assembles `image/resample-kernel.wat` into the TypeScript file that carries its bytes. */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import loadWabt from 'wabt';

const IMAGE = new URL('../packages/figleaf/src/image/', import.meta.url);
const SOURCE = new URL('resample-kernel.wat', IMAGE);
const TARGET = new URL('resample-kernel.ts', IMAGE);

/** The bytes of the kernel, in base64. */
export async function assembleKernel(): Promise<string> {
  const wabt = await loadWabt();
  const module = wabt.parseWat(fileURLToPath(SOURCE), await readFile(SOURCE, 'utf8'), { simd: true });
  const { buffer } = module.toBinary({});
  module.destroy();
  return Buffer.from(buffer).toString('base64');
}

/** The kernel's TypeScript file. */
export async function kernelModule(): Promise<string> {
  const lines = (await assembleKernel()).match(/.{1,96}/g) ?? [];
  const text = lines.map((line) => `  '${line}'`).join(' +\n');
  return [
    '/** The bytes of `resample-kernel.wat`, in base64; made by `npx tsx tools/kernel.ts`. */',
    `export const KERNEL =\n${text};\n`,
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(TARGET, await kernelModule());
