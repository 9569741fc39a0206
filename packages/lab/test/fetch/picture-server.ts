/** A web server for tests of what fetches pictures: says of each path what it does, and remembers who asked when. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a path answers: the first time the first of these, and from then on the last. */
export type Answers = Readonly<
  Record<string, ((response: ServerResponse, request: IncomingMessage) => void)[]>
>;

/** A server that runs. */
export interface PictureServer extends AsyncDisposable {
  /** Such as `http://127.0.0.1:1234`. */
  readonly url: string;
  readonly port: number;
  /** Each path that was asked for, and when in milliseconds. */
  readonly requests: { readonly path: string; readonly at: number }[];
}

/** Starts a server on a free port of this machine. */
export async function startPictureServer(answers: Answers): Promise<PictureServer> {
  const requests: { path: string; at: number }[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    const before = requests.filter((each) => each.path === path).length;
    requests.push({ path, at: performance.now() });
    const known = answers[path] ?? [];
    const answer = known[Math.min(before, known.length - 1)];
    if (answer) answer(response, request);
    else response.writeHead(404).end('no such page');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
