/** The inquiry: what one asks of a picture and makes of the answers, apart from asking, so that several can share one picture. */
import type { ImageInput } from '../image/input.ts';
import type { DecodeOptions } from '../image/pixels.ts';
import type { AnsweredImage, AskOptions, Plan, Pool, Stage } from './pool.ts';

/** What somebody wants to know of a picture. */
export interface Inquiry<Result> {
  readonly asked: readonly Stage[] | Plan;
  /** How the picture is to be decoded for it. */
  readonly decoding: DecodeOptions;
  /** What the answers come to. */
  readonly read: (answered: AnsweredImage) => Result;
}

/** What holds for all who inquire. */
export type InquiryOptions = Pick<AskOptions, 'blockList' | 'thumbnail' | 'signal'>;

/** Has a pool answer all inquiries about a picture, which is read and decoded only once. */
export async function inquire<Results extends readonly unknown[]>(
  pool: Pool,
  input: ImageInput,
  inquiries: { readonly [Index in keyof Results]: Inquiry<Results[Index]> },
  { blockList, thumbnail, signal }: InquiryOptions,
): Promise<Results> {
  const asked = inquiries.map((inquiry) => inquiry.asked);
  const decoding = jointDecoding(inquiries.map((inquiry) => inquiry.decoding));
  const { answers, ...rest } = await pool.askTogether(input, asked, {
    ...decoding,
    blockList,
    thumbnail,
    signal,
  });
  return inquiries.map(({ read }, index) =>
    read({ ...rest, answers: answers[index]! }),
  ) as unknown as Results;
}

/** What all can do with: a picture shrinks no further than each lets it. All else is the same for those who share a picture. */
function jointDecoding(decodings: readonly DecodeOptions[]): DecodeOptions {
  const { scaleDownTo: _, ...same } = decodings[0]!;
  const scaleDownTo = Math.max(...decodings.map((decoding) => decoding.scaleDownTo ?? Infinity));
  return Number.isFinite(scaleDownTo) ? { ...same, scaleDownTo } : same;
}
