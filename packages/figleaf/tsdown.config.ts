/** How the package `figleaf` is built: once for Node, once for the browser. */
import { defineConfig } from 'tsdown';

export default defineConfig([]);
