/** Why a request got no answer, in words. */
import { messageOf } from '../../errors.ts';

/** What a request failed of: `fetch failed` says nothing, what is beneath it does. */
export function networkReason(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const inner = cause instanceof AggregateError ? cause.errors[0] : cause;
  const code = (inner as NodeJS.ErrnoException | undefined)?.code ?? '';
  return NETWORK[code] ? `${NETWORK[code]} (${code})` : messageOf(inner);
}

const NETWORK: Readonly<Record<string, string>> = {
  ENOTFOUND: 'no such host, or no network',
  EAI_AGAIN: 'no network',
  ENETUNREACH: 'no network',
  EHOSTUNREACH: 'the host cannot be reached',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection broke',
  UND_ERR_SOCKET: 'the connection broke',
  UND_ERR_CONNECT_TIMEOUT: 'no answer',
  UND_ERR_HEADERS_TIMEOUT: 'no answer',
  UND_ERR_BODY_TIMEOUT: 'nothing came any more',
};
