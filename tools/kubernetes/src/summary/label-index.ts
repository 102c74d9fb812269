import { matches, type Selector } from './selectors.ts';

/** Things with labels, found by selectors without asking each of them. */
export class LabelIndex<T extends { readonly labels: Readonly<Record<string, string>> }> {
  readonly #all: readonly T[];
  readonly #byLabel = new Map<string, T[]>();

  constructor(all: Iterable<T>) {
    this.#all = [...all];
    for (const each of this.#all) {
      for (const label of Object.entries(each.labels)) {
        const key = label.join('=');
        const known = this.#byLabel.get(key);
        if (known === undefined) this.#byLabel.set(key, [each]);
        else known.push(each);
      }
    }
  }

  /** Returns those that a selector matches. */
  select(selector: Pick<Selector, 'labels' | 'expressions'>): T[] {
    // The fewest that have one of the labels; a label that pods get only when they run is had by none.
    const having = Object.entries(selector.labels).flatMap((label) => {
      const known = this.#byLabel.get(label.join('='));
      return known === undefined ? [] : [known];
    });
    const fewest = having.sort((a, b) => a.length - b.length)[0] ?? this.#all;
    return fewest.filter(({ labels }) => matches(selector, labels));
  }
}
