import * as v from 'valibot';
import { number, word } from '../answer-forms.ts';
import type { Api } from '../api.ts';
import type { Path } from '../path.ts';

const label = v.looseObject({ id: number, name: word });

/** Returns the ids of a repository's labels, making those that it has not. */
export async function labelIds(api: Api, at: Path, names: readonly string[]): Promise<number[]> {
  const known = await api.list(at, label);
  const ids: number[] = [];
  for (const name of names) {
    const found =
      known.find((one) => one.name === name) ?? (await api.send('POST', at, { name, color: '#6e7781' }, label));
    ids.push(found.id);
  }
  return ids;
}
