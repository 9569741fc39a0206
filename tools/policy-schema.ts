/** Writes the JSON Schema of policy files, which editors read, from the schema that checks them. */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { whenChanged } from './stamp.ts';

// Not beside the schema, which lies in the package's root.
const STAMP = fileURLToPath(new URL('../.cache/policy-schema.stamp', import.meta.url));
const SCHEMA = fileURLToPath(new URL('../packages/figleaf/src/policy/schema.ts', import.meta.url));

/**
 * Writes it to `file` unless it is up to date.
 *
 * @returns Whether it was written.
 */
export async function writePolicySchema(file: string): Promise<boolean> {
  await mkdir(dirname(STAMP), { recursive: true });
  if (!existsSync(file)) await rm(STAMP, { force: true });
  return whenChanged(STAMP, [SCHEMA, fileURLToPath(import.meta.url)], async () => {
    const { policyJsonSchema } = await import('../packages/figleaf/src/policy/schema.ts');
    await writeFile(`${file}.tmp`, `${JSON.stringify(policyJsonSchema(), null, 2)}\n`);
    await rename(`${file}.tmp`, file);
  });
}
