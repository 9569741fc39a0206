/** What the servers beside this file share: a moderator, and its answer to an upload in HTTP's words. */
// @ts-check
import { readFile } from 'node:fs/promises';
import { createModerator, FigleafError } from 'figleaf';

/** Bytes of the largest upload. */
export const MOST_BYTES = 10 * 2 ** 20;

/** A moderator for strangers' files, by the policy file that the environment variable `POLICY` names, else by the default. */
export async function openModerator() {
  const file = process.env.POLICY;
  return createModerator({
    limits: { maxBytes: MOST_BYTES, maxPixels: 40e6 },
    ...(file && { policy: JSON.parse(await readFile(file, 'utf8')) }),
  });
}

/**
 * What an upload can be to blame for. All other failures are the server's own.
 *
 * @type {Partial<Record<import('figleaf').FigleafErrorCode, 400 | 413 | 415 | 422 | 503>>}
 */
const STATUSES = {
  'input-empty': 400,
  'input-unreadable': 400,
  'input-too-large': 413,
  'image-too-many-pixels': 413,
  'not-an-image': 415,
  'image-format-unsupported': 415,
  'image-svg-refused': 415,
  'video-unsupported': 415,
  'image-corrupt': 422,
  'image-truncated': 422,
  'image-timeout': 422,
  disposed: 503,
};

/**
 * The answer to one upload: 200 for allow and review, 403 for block, both with the reason. What could not be judged is refused
 * with its code. The caller keeps the picture where the status is 200, and shows it to a person first where the verdict is review.
 *
 * @param {import('figleaf').Moderator} moderator
 * @param {import('figleaf').ImageInput} upload
 */
export async function answerTo(moderator, upload) {
  try {
    const { verdict, reason } = await moderator.moderate(upload);
    return { status: verdict === 'block' ? 403 : 200, body: { verdict, reason } };
  } catch (error) {
    const status = error instanceof FigleafError && STATUSES[error.code];
    // The framework's answer to what nobody caught is 500, without a word of why to strangers.
    if (!status) throw error;
    return { status, body: { error: error.code } };
  }
}
