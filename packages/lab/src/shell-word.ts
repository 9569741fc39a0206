/** Paths in command lines that are told to users, who put them into their shell. */

const PLAIN = /^[\p{L}\p{N}_./:-]+$/u;
const PLAIN_ON_WINDOWS = /^[\p{L}\p{N}_./\\:-]+$/u;

/**
 * A path as one word that is no option: in quotes where it needs them, and with `./` before a dash.
 *
 * @param platform Whose shell it is for. Default: of this machine.
 */
export function shellWord(path: string, platform: NodeJS.Platform = process.platform): string {
  const name = path.startsWith('-') ? `./${path}` : path;
  if (platform === 'win32') return PLAIN_ON_WINDOWS.test(name) ? name : `"${name}"`;
  return PLAIN.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
}
