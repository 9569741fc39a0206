/** Which classes can name a folder, on all systems. */

/** What Windows keeps for devices. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/** What most disks take, in UTF-8. */
const MOST_BYTES = 255;

/** Whether a folder can have that name on all systems, and is not hidden: what reads a data set passes over hidden ones. */
export function isFolderName(name: string): boolean {
  const isFitting = name !== '' && name.length <= 100 && Buffer.byteLength(name) <= MOST_BYTES;
  return isFitting && !/[\p{Cc}\\/:*?"<>|]|^\.|[. ]$/u.test(name) && !DEVICE.test(name);
}
