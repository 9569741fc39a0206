/** A server of model files for tests: ranges, versions, and the ways in which servers fail. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the server does next; each call may change it. */
export interface Behaviour {
  content: Uint8Array;
  etag: string;
  /** Takes ranges. */
  ranges: boolean;
  /** Breaks the connection after so many bytes of an answer. */
  breakAfter: number;
  /** Stops sending after so many bytes, and keeps the connection. */
  stopAfter: number;
  status: number;
  type: string;
}

/** A server that runs. */
export interface ModelServer extends AsyncDisposable {
  readonly url: string;
  readonly behaviour: Behaviour;
  /** The `Range` of each request so far, or `''`. */
  readonly requests: string[];
}

/** Starts a server on a free port. */
export async function startModelServer(content: Uint8Array): Promise<ModelServer> {
  const behaviour: Behaviour = {
    content,
    etag: '"1"',
    ranges: true,
    breakAfter: Number.POSITIVE_INFINITY,
    stopAfter: Number.POSITIVE_INFINITY,
    status: 200,
    type: 'application/octet-stream',
  };
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.headers.range ?? '');
    answer(request, response, behaviour);
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}/model.onnx`,
    behaviour,
    requests,
    [Symbol.asyncDispose]: () => close(server),
  };
}

function answer(request: IncomingMessage, response: ServerResponse, now: Behaviour): void {
  const { content, etag, status, type } = now;
  const start = now.ranges ? Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0) : 0;
  if (start >= content.length) {
    response.writeHead(416).end();
    return;
  }
  const body = content.subarray(start);
  response.writeHead(start > 0 ? 206 : status, {
    'content-type': type,
    'content-length': body.length,
    etag,
    ...(start > 0 && { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` }),
  });
  const end = Math.min(now.breakAfter, now.stopAfter);
  if (end >= body.length) {
    response.end(body);
    return;
  }
  response.write(body.subarray(0, end), () => {
    // What was written has to arrive before the connection breaks.
    if (now.breakAfter < body.length) setTimeout(() => response.destroy(), 50);
  });
}

/** Listens on a free port of this machine. */
export async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** Ends a server and its connections. */
export async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
