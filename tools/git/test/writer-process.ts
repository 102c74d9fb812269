import { EleventhError, planPins } from '@eleventh/core';
import { Repository } from '../src/repository.ts';
import { START } from './race.ts';
import { build, manifests } from './race-workspace.ts';
import { PERSON } from './scratch.ts';

// A writer as a process of its own: pins what its arguments say, and prints how it ended.
const [url = '', cacheDirectory = '', name = '', service = '', number = ''] = process.argv.slice(2);
const who = { ...PERSON, name };

try {
  const repository = await Repository.open({
    url,
    cacheDirectory,
    env: process.env,
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    random: Math.random,
    now: () => START + performance.now(),
    patience: 20_000,
  });
  const pin = { ...build(service, Number(number)), manifests: manifests(name) };
  const { changed, pushes } = await repository.write((view) => planPins(view, [pin], START), {
    author: who,
    committer: who,
  });
  console.log(JSON.stringify({ code: '', changed, pushes }));
} catch (error) {
  const isOurs = error instanceof EleventhError;
  console.log(JSON.stringify({ code: isOurs ? error.code : 'INTERNAL', message: String(error) }));
}
