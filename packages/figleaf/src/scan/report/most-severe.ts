/** The most severe of any number of candidates, within a fixed number of them and of bytes. */

/** Something that may be listed. */
export interface Candidate {
  readonly severity: number;
  /** Its place among all; of two equally severe ones the earlier stays. */
  readonly order: number;
  readonly text: string;
  /** Length of `text` in UTF-8. */
  readonly bytes: number;
  /** One byte a character. */
  readonly thumbnail: string | null;
}

/** How much may be kept. */
export interface Room {
  readonly entries: number;
  /** Of texts and thumbnails together. Texts come first: a thumbnail never costs another entry its place. */
  readonly bytes: number;
}

/** Keeps what is most severe. Holds at most twice its room at any time, so that it need not sort at every step. */
export class MostSevere {
  readonly #room: Room;
  #candidates: Candidate[] = [];
  #bytes = 0;
  #entryBar = Number.NEGATIVE_INFINITY;
  #thumbnailBar = Number.NEGATIVE_INFINITY;

  constructor(room: Room) {
    this.#room = room;
  }

  /** Whether a further candidate so severe could still be listed. */
  wants(severity: number): boolean {
    return severity > this.#entryBar;
  }

  /** Whether it could be listed with a thumbnail. */
  wantsThumbnail(severity: number): boolean {
    return severity > Math.max(this.#entryBar, this.#thumbnailBar);
  }

  add(candidate: Candidate): void {
    this.#candidates.push(candidate);
    this.#bytes += sizeOf(candidate);
    if (this.#candidates.length >= 2 * this.#room.entries || this.#bytes >= 2 * this.#room.bytes) this.#cut();
  }

  /** What is kept, the most severe first. */
  list(): readonly Candidate[] {
    this.#cut();
    return this.#candidates;
  }

  /** Gives a candidate a thumbnail later; whether there is room for it turns out when all are listed. */
  setThumbnail(order: number, thumbnail: string): void {
    const index = this.#candidates.findIndex((candidate) => candidate.order === order);
    const candidate = this.#candidates[index];
    if (!candidate) return;
    this.#candidates[index] = { ...candidate, thumbnail };
    this.#bytes += thumbnail.length;
  }

  #cut(): void {
    const sorted = this.#candidates.sort((a, b) => b.severity - a.severity || a.order - b.order);
    let left = this.#room.bytes;
    const fits = (bytes: number): boolean => {
      if (bytes > left) return false;
      left -= bytes;
      return true;
    };
    const listed = sorted.filter(({ bytes }) => fits(bytes)).slice(0, this.#room.entries);
    if (listed.length === this.#room.entries) this.#entryBar = listed.at(-1)!.severity;
    left = this.#room.bytes - listed.reduce((sum, { bytes }) => sum + bytes, 0);
    this.#candidates = listed.map((candidate) => {
      if (candidate.thumbnail === null || fits(candidate.thumbnail.length)) return candidate;
      this.#thumbnailBar = Math.max(this.#thumbnailBar, candidate.severity);
      return { ...candidate, thumbnail: null };
    });
    this.#bytes = this.#candidates.reduce((sum, candidate) => sum + sizeOf(candidate), 0);
  }
}

const sizeOf = ({ bytes, thumbnail }: Candidate): number => bytes + (thumbnail?.length ?? 0);
