/** `npm run build`: packages, models, wasm, the policy schema, the report's page and example pictures, each only when it changed. */
import { copyFile, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'tsdown';
import { whenChanged } from './stamp.ts';

const root = resolve(fileURLToPath(new URL('..', import.meta.url)));
const at = (...parts: string[]): string => join(root, ...parts);

/** What ONNX Runtime's wasm build consists of; `figleaf` ships it for machines without a native runtime. */
const WASM_FILES = ['ort.wasm.bundle.min.mjs', 'ort-wasm-simd-threaded.wasm'];

async function buildPackage(name: string, alsoFrom: readonly string[] = []): Promise<boolean> {
  const cwd = at('packages', name);
  const inputs = [join(cwd, 'src'), join(cwd, 'tsdown.config.ts'), join(cwd, 'package.json'), ...alsoFrom];
  await mkdir(join(cwd, 'dist'), { recursive: true });
  return whenChanged(join(cwd, 'dist', '.stamp'), inputs, async () => {
    await build({ cwd, config: join(cwd, 'tsdown.config.ts'), logLevel: 'warn' });
    await mkdir(join(cwd, 'dist'), { recursive: true });
  });
}

async function copyWasm(): Promise<boolean> {
  const from = at('node_modules', 'onnxruntime-web', 'dist');
  const to = at('packages', 'figleaf', 'wasm');
  await mkdir(to, { recursive: true });
  const inputs = WASM_FILES.map((file) => join(from, file));
  return whenChanged(join(to, '.stamp'), inputs, async () => {
    for (const file of WASM_FILES) await copyFile(join(from, file), join(to, file));
  });
}

/** Builds everything that is out of date. */
export async function buildAll(log: (line: string) => void = console.error): Promise<void> {
  const step = async (what: string, make: () => Promise<unknown>): Promise<void> => {
    const start = performance.now();
    if ((await make()) !== false)
      log(`built ${what} in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  };
  await step('@figleaf/onnx', () => buildPackage('onnx'));
  const { importNsfwjs } = await import('./models/nsfwjs.ts');
  await step('models', () => importNsfwjs(at('packages', 'figleaf', 'models')));
  await step('wasm', copyWasm);
  await step('figleaf', () => buildPackage('figleaf', [at('packages', 'onnx', 'src', 'metadata.ts')]));
  await step('@figleaf/lab', () => buildPackage('lab'));
  const { writePolicySchema } = await import('./policy-schema.ts');
  await step('policy schema', () => writePolicySchema(at('packages', 'figleaf', 'policy.schema.json')));
  const { buildReportPage } = await import('./report-page.ts');
  await step('report page', () =>
    buildReportPage(
      at('packages', 'figleaf', 'src', 'scan', 'report'),
      at('packages', 'figleaf', 'dist', 'page'),
    ),
  );
  const { renderExamples } = await import('./examples.ts');
  await step('examples', () => renderExamples(at('examples', 'pictures')));
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await buildAll();
