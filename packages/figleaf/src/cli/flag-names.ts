/** What the library says of its options, in the words of the command line: `softEdge is 3` as `--soft-edge is 3`. */
import type { Command } from 'commander';

/** The message with the flag for the option that it begins with, where the user gave that flag to `command`. */
export function inFlags(message: string, command: Command | undefined): string {
  const name = /^([\w.]+) is /.exec(message)?.[1];
  if (name === undefined || !command) return message;
  // Of `limits.maxPixels` the flag names the last part, of `tiles.side` the first.
  const parts = name.split('.');
  const option = command.options.find((known) => parts.includes(known.attributeName()));
  if (!option?.long || command.getOptionValueSource(option.attributeName()) !== 'cli') return message;
  return option.long + message.slice(name.length);
}
