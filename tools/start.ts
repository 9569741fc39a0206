/** `npm start`: builds what is out of date, then runs the command; without arguments it judges `examples/`. */
import { spawn } from 'node:child_process';
import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildAll } from './build.ts';

const root = resolve(fileURLToPath(new URL('..', import.meta.url)));
const bin = resolve(root, 'packages', 'figleaf', 'dist', 'node', 'bin.js');
const examples = relative(process.cwd(), resolve(root, 'examples', 'pictures'));
const given = process.argv.slice(2);

await buildAll();
const child = spawn(process.execPath, [bin, ...(given.length > 0 ? given : ['classify', examples])], {
  stdio: 'inherit',
});
// Ctrl-C reaches the child by itself; this process only waits and passes its exit code on.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (signal === 'SIGTERM') child.kill(signal);
  });
}
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
