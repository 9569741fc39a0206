/** Names that are too long for a disk. */

/** As many whole characters of a text as have so many bytes in UTF-8. */
export function cutToBytes(text: string, most: number): string {
  let bytes = 0;
  let length = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > most) break;
    length += character.length;
  }
  return text.slice(0, length);
}
