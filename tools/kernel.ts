/** `npx tsx tools/kernel.ts`: assembles each kernel's `.wat` into the TypeScript file beside it that carries its bytes. */
import { readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import loadWabt from 'wabt';

const PACKAGES = new URL('../packages/', import.meta.url);

/** Each kernel's source, and the file that carries its bytes. */
const KERNELS = {
  resample: { wat: 'figleaf/src/image/resample-kernel.wat', ts: 'figleaf/src/image/resample-kernel.ts' },
  augment: { wat: 'lab/src/augment/kernel.wat', ts: 'lab/src/augment/kernel-bytes.ts' },
} as const;

/** The bytes of a kernel, in base64. */
export async function assembleKernel(kernel: keyof typeof KERNELS): Promise<string> {
  const source = new URL(KERNELS[kernel].wat, PACKAGES);
  const wabt = await loadWabt();
  const module = wabt.parseWat(fileURLToPath(source), await readFile(source, 'utf8'), { simd: true });
  const { buffer } = module.toBinary({});
  module.destroy();
  return Buffer.from(buffer).toString('base64');
}

/** The kernel's TypeScript file. */
export async function kernelModule(kernel: keyof typeof KERNELS): Promise<string> {
  const lines = (await assembleKernel(kernel)).match(/.{1,96}/g) ?? [];
  const text = lines.map((line) => `  '${line}'`).join(' +\n');
  return [
    `/** The bytes of \`${basename(KERNELS[kernel].wat)}\`, in base64; made by \`npx tsx tools/kernel.ts\`. */`,
    `export const KERNEL =\n${text};\n`,
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const kernel of Object.keys(KERNELS) as (keyof typeof KERNELS)[]) {
    await writeFile(new URL(KERNELS[kernel].ts, PACKAGES), await kernelModule(kernel));
  }
}
