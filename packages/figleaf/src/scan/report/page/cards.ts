/** The cards of the page. However many entries there are, only those in sight are elements. */
import type { ReportEntry } from '../data.ts';
import { createCard, setReachable, setRevealed } from './card.ts';
import { cornerOf, type Grid, heightOf, inSight, layOut } from './grid.ts';
import { type Step, stepFrom } from './keys.ts';

/** The list of cards. One of them is the current one, which keys act on; it is an element even when out of sight. */
export class Cards {
  readonly #list: HTMLElement;
  readonly #onReveal: (revealed: number) => void;
  readonly #revealed = new Set<ReportEntry>();
  readonly #made = new Map<number, HTMLElement>();
  #entries: readonly ReportEntry[] = [];
  #grid: Grid;
  #current = 0;
  #drawing = 0;

  /** @param onReveal Told how many pictures are to be seen clearly whenever that changes. */
  constructor(list: HTMLElement, onReveal: (revealed: number) => void) {
    this.#list = list;
    this.#onReveal = onReveal;
    this.#grid = layOut(list.clientWidth);
    new ResizeObserver(() => this.#layOut()).observe(list);
    addEventListener('scroll', () => this.#drawSoon(), { passive: true });
    addEventListener('resize', () => this.#drawSoon());
    list.addEventListener('focusin', ({ target }) => this.#makeCurrent(this.#indexOf(target as Element)));
  }

  /** The entry that keys act on; undefined where none is shown. */
  get current(): ReportEntry | undefined {
    return this.#entries[this.#current];
  }

  /** Shows other entries, from the first on. */
  show(entries: readonly ReportEntry[]): void {
    this.#entries = entries;
    this.#current = 0;
    for (const card of this.#made.values()) card.remove();
    this.#made.clear();
    this.#layOut();
  }

  /** Goes from the current card to another one. From elsewhere on the page it first goes to the current one. */
  step(step: Step): void {
    if (this.#entries.length === 0) return;
    const inside = this.#list.contains(document.activeElement);
    if (inside || step === 'first' || step === 'last')
      this.#makeCurrent(stepFrom(this.#current, step, this.#grid.columns, this.#entries.length));
    this.focus();
  }

  /** Brings the current card into sight, and the keyboard to it. */
  focus(): void {
    this.#draw();
    const card = this.#made.get(this.#current);
    card?.scrollIntoView({ block: 'nearest' });
    card?.querySelector<HTMLElement>('.preview')?.focus({ preventScroll: true });
  }

  /** Reveals the current picture, or blurs it again. */
  toggle(): void {
    const entry = this.current;
    if (!entry?.thumbnail) return;
    if (!this.#revealed.delete(entry)) this.#revealed.add(entry);
    setRevealed(this.#made.get(this.#current)!, this.#revealed.has(entry));
    this.#onReveal(this.#revealed.size);
  }

  blurAll(): void {
    this.#revealed.clear();
    for (const card of this.#made.values()) setRevealed(card, false);
    this.#onReveal(0);
  }

  #indexOf(inside: Element): number {
    return Number(inside.closest<HTMLElement>('.card')!.dataset.index);
  }

  #makeCurrent(index: number): void {
    const before = this.#made.get(this.#current);
    if (before) setReachable(before, false);
    this.#current = index;
    const card = this.#made.get(index);
    if (card) setReachable(card, true);
  }

  #layOut(): void {
    this.#grid = layOut(this.#list.clientWidth);
    this.#list.style.height = `${heightOf(this.#grid, this.#entries.length)}px`;
    for (const [index, card] of this.#made) this.#place(index, card);
    this.#draw();
  }

  #drawSoon(): void {
    if (this.#drawing === 0) this.#drawing = requestAnimationFrame(() => this.#draw());
  }

  #draw(): void {
    cancelAnimationFrame(this.#drawing);
    this.#drawing = 0;
    const { top } = this.#list.getBoundingClientRect();
    const { from, to } = inSight(this.#grid, -top, innerHeight - top, this.#entries.length);
    const wanted = new Set<number>();
    for (let index = from; index < to; index++) wanted.add(index);
    if (this.current) wanted.add(this.#current);
    for (const [index, card] of this.#made) {
      if (wanted.has(index)) continue;
      card.remove();
      this.#made.delete(index);
    }
    this.#put([...wanted].sort((a, b) => a - b));
  }

  /** Cards lie in the document in their order, and none is moved: that would cost it the keyboard's focus. */
  #put(indices: readonly number[]): void {
    let next = this.#list.firstElementChild;
    for (const index of indices) {
      const there = this.#made.get(index);
      if (there) next = there.nextElementSibling;
      else this.#list.insertBefore(this.#make(index), next);
    }
  }

  #make(index: number): HTMLElement {
    const entry = this.#entries[index]!;
    const card = createCard(entry, index, this.#entries.length);
    setRevealed(card, this.#revealed.has(entry));
    setReachable(card, index === this.#current);
    this.#place(index, card);
    this.#made.set(index, card);
    return card;
  }

  #place(index: number, { style }: HTMLElement): void {
    const { x, y } = cornerOf(this.#grid, index);
    style.width = `${this.#grid.width}px`;
    style.height = `${this.#grid.height}px`;
    style.transform = `translate(${x}px, ${y}px)`;
  }
}
