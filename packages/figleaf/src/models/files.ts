/** What the twins `files.node.ts` and `files.web.ts` have in common: finding and reading a model's file. */

/** Where model files lie on this platform. */
export interface ModelFiles {
  /** Path (Node) or URL (browser) of a bundled model. */
  bundled(id: string): string;
  /** Whether there is a file by that path; in the browser never, where asking would be a request. */
  isFile(path: string): Promise<boolean>;
  /** The whole file at a path (Node) or URL. */
  read(location: string, signal?: AbortSignal): Promise<Uint8Array>;
}
