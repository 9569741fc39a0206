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

/** @typedef {'no-file' | 'form-invalid' | 'server-error' | import('figleaf').FigleafErrorCode} Refusal */

/**
 * What an upload can be to blame for. All other failures are the server's own.
 *
 * @type {Partial<Record<Refusal, 400 | 413 | 415 | 422 | 503>>}
 */
const STATUSES = {
  'no-file': 400,
  'form-invalid': 400,
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
 * The answer to what is not judged: a code and no more, since messages may have the server's own paths in them.
 *
 * @param {Refusal} code
 */
export function refusal(code) {
  return { status: STATUSES[code] ?? 500, body: { error: code } };
}

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
    if (error instanceof FigleafError && STATUSES[error.code]) return refusal(error.code);
    // Why is for whoever runs the server to read. Left to the frameworks, strangers would read it too.
    console.error(error);
    return refusal('server-error');
  }
}
