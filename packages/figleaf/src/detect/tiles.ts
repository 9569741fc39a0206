/** Tiles: a large picture seen in overlapping parts, and one list of boxes from all of them. */
import type { Box } from '../image/box.ts';
import type { Size } from '../image/dimensions.ts';
import type { Candidate } from './candidates.ts';
import { areaOf, overlapOf } from './geometry.ts';
import { byScore, type NmsOptions, nms } from './nms.ts';

/** How to lay tiles. */
export interface TileGrid {
  /** Side of a tile in pixels of the original, at least 32. */
  readonly side: number;
  /** Share of its side that a tile overlaps the next by at least, 0 to 0.75. Default 0.25. */
  readonly overlap?: number;
}

/** What a detector said of one view of a picture: all of it, or a tile. */
export interface ViewCandidates {
  /** In pixels of the picture. */
  readonly view: Box;
  /** In pixels of the picture. */
  readonly candidates: readonly Candidate[];
}

const OVERLAP = 0.25;
/** Up to here a picture is seen about as well as a whole as it is in parts, in sides of the model's input. */
const LARGE = 1.5;
/** With the overlap at most 5 tiles an axis. Tiles are no smaller than the model's input: then they would be enlarged. */
const MOST_PER_AXIS = 4;

/**
 * Tiles for a picture by its size: none where they would not show more, else at most 25.
 *
 * @param input Longer side of the model's input in pixels.
 */
export function autoTiles(size: Size, input: number): Box[] {
  const longer = Math.max(size.width, size.height);
  if (longer <= LARGE * input) return [];
  return layTiles(size, { side: Math.max(input, Math.ceil(longer / MOST_PER_AXIS)) });
}

/** Tiles that cover every pixel, evenly spread, row by row. */
export function layTiles({ width, height }: Size, { side, overlap = OVERLAP }: TileGrid): Box[] {
  const columns = starts(width, side, overlap);
  return starts(height, side, overlap).flatMap((y) =>
    columns.map((x) => ({ x, y, width: Math.min(side, width), height: Math.min(side, height) })),
  );
}

/** How many tiles {@link layTiles} lays. */
export function countTiles({ width, height }: Size, { side, overlap = OVERLAP }: TileGrid): number {
  return countAlong(width, side, overlap) * countAlong(height, side, overlap);
}

function countAlong(length: number, side: number, overlap: number): number {
  const step = Math.ceil(side * (1 - overlap));
  return length <= side ? 1 : Math.ceil((length - side) / step) + 1;
}

function starts(length: number, side: number, overlap: number): number[] {
  const count = countAlong(length, side, overlap);
  if (count === 1) return [0];
  return Array.from({ length: count }, (_, index) => Math.round((index * (length - side)) / (count - 1)));
}

/** A candidate with what tiles add to it. */
interface Seen extends Candidate {
  /** Which view it was seen in; null for what was joined from several. */
  readonly view: number | null;
  /** The sides on which it may go on beyond its tile. */
  readonly cut: Sides;
}

interface Sides {
  readonly left: boolean;
  readonly top: boolean;
  readonly right: boolean;
  readonly bottom: boolean;
}

/** Share of a tile's side within which a box that ends there counts as cut off. */
const CUT_MARGIN = 0.015;
/** Share of a smaller box that lies within a larger one of the same label when both are the same thing, seen in two views. */
const SAME_THING = 0.7;
/** Along the cut, halves of one thing overlap by this much, as intersection over union. */
const SAME_SPAN = 0.5;

/**
 * One list of boxes, best first. Of what several views saw one box is left, and of what tiles cut off the whole of it: as another
 * view saw it, or joined from its parts. A box scores as high as the best of those that it stands for.
 *
 * @param views The whole picture and its tiles; each with its candidates already suppressed among themselves.
 */
export function mergeViews(views: readonly ViewCandidates[], size: Size, options: NmsOptions): Candidate[] {
  const seen = views.flatMap(({ view, candidates }, index) =>
    candidates.map(
      (candidate): Seen => ({ ...candidate, view: index, cut: cutSides(candidate.box, view, size) }),
    ),
  );
  const whole = withoutRepeats(
    nms(
      seen.filter((one) => !isCut(one)),
      options,
    ),
  );
  const rest = byScore(seen.filter(isCut)).filter((part) => !stoodFor(part, whole));
  const joined = withoutRepeats(nms(joinParts(rest), options));
  return nms([...whole, ...joined], options).map(({ label, score, box }) => ({ label, score, box }));
}

const isCut = ({ cut }: Seen): boolean => cut.left || cut.top || cut.right || cut.bottom;

/** A side of the picture is no cut. */
function cutSides(box: Box, view: Box, size: Size): Sides {
  const [right, bottom] = [view.x + view.width, view.y + view.height];
  const [across, down] = [view.width * CUT_MARGIN, view.height * CUT_MARGIN];
  return {
    left: view.x > 0 && box.x <= view.x + across,
    top: view.y > 0 && box.y <= view.y + down,
    right: right < size.width && box.x + box.width >= right - across,
    bottom: bottom < size.height && box.y + box.height >= bottom - down,
  };
}

/**
 * Two views may see a thing at scales so different that their boxes overlap less than suppression asks for. The larger box stands
 * then, so that what is covered by it is covered whole; but one around several things takes the place of none.
 */
function withoutRepeats(sorted: readonly Seen[]): Seen[] {
  const kept: Seen[] = [];
  for (const one of sorted) {
    const same = kept.filter((other) => isSameThing(one, other));
    const larger = same.every(({ box }) => areaOf(one.box) > areaOf(box));
    const [only] = same;
    if (only && larger && same.length === 1) kept[kept.indexOf(only)] = { ...one, score: only.score };
    else if (larger) kept.push(one);
  }
  return kept;
}

/** What one view saw as two things are two. */
function isSameThing(a: Seen, b: Seen): boolean {
  if (a.label !== b.label || (a.view !== null && a.view === b.view)) return false;
  return overlapOf(a.box, b.box) > SAME_THING * Math.min(areaOf(a.box), areaOf(b.box));
}

/** Whether a box that is whole shows what `part` shows of it; that one scores as high then. */
function stoodFor(part: Seen, whole: Seen[]): boolean {
  const index = whole.findIndex(
    (one) => one.label === part.label && overlapOf(one.box, part.box) > SAME_THING * areaOf(part.box),
  );
  if (index < 0) return false;
  const one = whole[index]!;
  if (part.score > one.score) whole[index] = { ...one, score: part.score };
  return true;
}

/** Joins parts of one thing until no two fit together. */
function joinParts(parts: readonly Seen[]): Seen[] {
  const joined: Seen[] = [];
  for (let part of parts) {
    for (let index = 0; index < joined.length; index++) {
      const other = joined[index]!;
      if (!fitTogether(part, other)) continue;
      part = unionOf(part, other);
      joined.splice(index, 1);
      // What has grown may reach those it did not reach before.
      index = -1;
    }
    joined.push(part);
  }
  return joined;
}

/** Two boxes of one label of which one goes on where the other was cut off, at the same height or in the same columns. */
function fitTogether(a: Seen, b: Seen): boolean {
  if (a.label !== b.label || overlapOf(a.box, b.box) === 0) return false;
  const [p, q] = [a.box, b.box];
  const beside = (a.cut.right && b.cut.left) || (a.cut.left && b.cut.right);
  const above = (a.cut.bottom && b.cut.top) || (a.cut.top && b.cut.bottom);
  if (beside && spanIou(p.y, p.height, q.y, q.height) >= SAME_SPAN) return true;
  if (above && spanIou(p.x, p.width, q.x, q.width) >= SAME_SPAN) return true;
  return isSameThing(a, b);
}

function spanIou(a: number, lengthA: number, b: number, lengthB: number): number {
  const overlap = Math.min(a + lengthA, b + lengthB) - Math.max(a, b);
  return Math.max(0, overlap) / (lengthA + lengthB - overlap);
}

function unionOf(a: Seen, b: Seen): Seen {
  const [p, q] = [a.box, b.box];
  const x = Math.min(p.x, q.x);
  const y = Math.min(p.y, q.y);
  const right = Math.max(p.x + p.width, q.x + q.width);
  const bottom = Math.max(p.y + p.height, q.y + q.height);
  return {
    label: a.label,
    score: Math.max(a.score, b.score),
    view: null,
    box: { x, y, width: right - x, height: bottom - y },
    // A side is still cut where the part that reaches furthest there is.
    cut: {
      left: p.x <= q.x ? a.cut.left : b.cut.left,
      top: p.y <= q.y ? a.cut.top : b.cut.top,
      right: p.x + p.width >= q.x + q.width ? a.cut.right : b.cut.right,
      bottom: p.y + p.height >= q.y + q.height ? a.cut.bottom : b.cut.bottom,
    },
  };
}
