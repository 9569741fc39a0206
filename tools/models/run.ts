/** `tsx tools/models/run.ts`: imports the models by hand and prints what the catalogue says of their files. */
import { fileURLToPath } from 'node:url';
import { describeFiles, importNsfwjs } from './nsfwjs.ts';

const folder = fileURLToPath(new URL('../../packages/figleaf/models', import.meta.url));
await importNsfwjs(folder);
for (const { id, bytes, sha256 } of await describeFiles(folder)) console.log(id, bytes, sha256);
