/** Connections to addresses that a rule allows, and to no other, whatever name or redirect leads there. */
import { promises as dns, lookup as lookUp } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { FigleafError } from 'figleaf';
import { buildConnector, type Dispatcher, EnvHttpProxyAgent } from 'undici';
import type { AddressRule } from './address.ts';

const SECONDS_OF_SILENCE = 30;
const PROXIES = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY'];

/** What requests go through. */
export interface Connections extends AsyncDisposable {
  readonly dispatcher: Dispatcher;
  /**
   * Looks at a URL before it is asked for.
   *
   * @throws {FigleafError} `address-refused`.
   */
  check(url: URL): Promise<void>;
}

/**
 * Opens what connects. A name is looked up once, all its addresses are held against the rule, and the connection goes to one of
 * these very addresses: a name server that answers differently a moment later changes nothing.
 *
 * Where the environment names a proxy, that connects, and looks names up by itself. Then what the name means here is all
 * that can be looked at.
 */
export function openConnections(isAllowed: AddressRule): Connections {
  const silence = SECONDS_OF_SILENCE * 1000;
  const connect = buildConnector({ lookup: lookupWithin(isAllowed), timeout: silence });
  const dispatcher = new EnvHttpProxyAgent({
    headersTimeout: silence,
    bodyTimeout: silence,
    connect: (options, callback) => {
      // What is an address already is not looked up.
      const address = bare(options.hostname);
      if (isIP(address) === 0 || isAllowed(address)) connect(options, callback);
      else callback(refusedAddress(options.hostname, address), null);
    },
  });
  const isProxied = PROXIES.some((name) => (process.env[name] ?? '') !== '');
  return {
    dispatcher,
    async check(url) {
      checkForm(url);
      const host = bare(url.hostname);
      if (isIP(host) > 0 && !isAllowed(host)) throw refusedAddress(url.hostname, host);
      if (!isProxied || isIP(host) > 0) return;
      const found = await dns.lookup(host, { all: true }).catch(() => []);
      const closed = found.find(({ address }) => !isAllowed(address));
      if (closed) throw refusedAddress(url.hostname, closed.address);
    },
    [Symbol.asyncDispose]: () => dispatcher.destroy(),
  };
}

function lookupWithin(isAllowed: AddressRule): LookupFunction {
  return (hostname, options, callback) => {
    lookUp(hostname, { ...options, all: true }, (error, found) => {
      const closed = error ? undefined : found.find(({ address }) => !isAllowed(address));
      const failure = closed ? refusedAddress(hostname, closed.address) : error;
      const [first] = found ?? [];
      if (failure || !first) callback(failure ?? new Error(`no address of '${hostname}'`), []);
      else if (options.all) callback(null, found);
      else callback(null, first.address, first.family);
    });
  };
}

/** @throws {FigleafError} `address-refused` for anything but a plain `http` or `https` URL. */
function checkForm(url: URL): void {
  const { protocol } = url;
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw new FigleafError('address-refused', `'${protocol}' is not fetched, only http: and https:`);
  }
  if (hasPassword(url))
    throw new FigleafError('address-refused', 'a URL with a password in it is not fetched');
}

/** Whether a URL says who asks. */
export function hasPassword({ username, password }: URL): boolean {
  return username !== '' || password !== '';
}

function refusedAddress(hostname: string, address: string): FigleafError {
  const where = bare(hostname) === address ? address : `'${hostname}' is ${address}, which`;
  return new FigleafError(
    'address-refused',
    `${where} is of this machine or a private network; pictures are fetched from the open internet`,
  );
}

/** IPv6 addresses have brackets in URLs. */
const bare = (hostname: string): string => hostname.replace(/^\[(.*)\]$/, '$1');
