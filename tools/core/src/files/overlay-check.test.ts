import { describe, expect, it } from 'vitest';
import { build, hasKubectl } from '../../test/kustomize.ts';
import { MemorySnapshot } from '../../test/memory-snapshot.ts';
import {
  BASE,
  EVIL_IMAGES,
  FILE,
  FOLDER,
  HARMLESS,
  HEAD,
  HIDDEN,
  jsonPatch,
  merge,
  type Overlay,
  repository,
  SETTING,
  UNCLEAR,
} from '../../test/overlays.ts';
import { EleventhError } from '../error.ts';
import { isMap } from './field-name.ts';
import { checkOverlay } from './overlay-check.ts';

async function refusalOf(overlay: Overlay): Promise<EleventhError | undefined> {
  try {
    await checkOverlay(new MemorySnapshot(repository(overlay)), 'prod', 'payments');
    return undefined;
  } catch (error) {
    if (error instanceof EleventhError) return error;
    throw error;
  }
}

describe('checkOverlay', () => {
  it.each(Object.entries(SETTING))('refuses %s', async (_, overlay) => {
    const error = await refusalOf(overlay);
    const path = new URL(overlay.names ?? 'kustomization.yaml', `file:///${FOLDER}/`).pathname.slice(1);
    expect(error?.message).toBe(`The overlay of payments in prod sets an image (${path}); only the pin may.`);
    expect(error).toMatchObject({
      code: 'OVERLAY_IMAGE',
      exitCode: 3,
      hint: `Remove the image from ${path} on the default branch, then: eleventh update prod`,
      details: { environment: 'prod', service: 'payments', path },
    });
  });

  it.each(Object.entries(UNCLEAR))('refuses %s, which only running it would tell', async (_, overlay) => {
    const error = await refusalOf(overlay);
    const path = `${FOLDER}/${overlay.names ?? 'kustomization.yaml'}`;
    expect(error).toMatchObject({ code: 'OVERLAY_UNCLEAR', exitCode: 3, details: { path } });
    expect(error?.message).toContain(
      `The overlay of payments in prod could set an image, and only the pin may: ${path} `,
    );
    expect(error?.hint).toBe(`Take that out of ${path} on the default branch, then: eleventh update prod`);
  });

  it.each(Object.entries(HIDDEN))('refuses what kustomize alone sees behind %s', async (_, text) => {
    expect(await refusalOf({ text })).toMatchObject({ code: 'BAD_YAML', exitCode: 3, details: { path: FILE } });
  });

  it.each(Object.entries(HARMLESS))('lets %s through', async (_, overlay) => {
    expect(await refusalOf(overlay)).toBeUndefined();
  });

  it('says which field, file or program it cannot judge', async () => {
    const messages = await Promise.all(
      [
        'a chart',
        'a generator that runs a program',
        'a remote folder over SSH',
        'a file that is not there',
        'another service',
      ].map(async (name) => (await refusalOf(UNCLEAR[name]!))?.message.split(': ').slice(1).join(': ')),
    );
    expect(messages).toMatchInlineSnapshot(`
      [
        "environments/prod/payments/kustomization.yaml has helmCharts.",
        "environments/prod/payments/generator.yaml runs Maker.",
        "environments/prod/payments/kustomization.yaml names "git@github.com:acme/base", which is not in this repository.",
        "environments/prod/payments/kustomization.yaml names environments/prod/payments/patch.yaml, where no plain file is.",
        "environments/prod/payments/kustomization.yaml names apps/ledger, which is not the pin of payments.",
      ]
    `);
  });

  it('refuses an overlay that is a link, in whole or in part', async () => {
    const { [FILE]: text, ...rest } = repository({ text: HEAD + EVIL_IMAGES });
    const asFile = { ...rest, [FILE]: { link: 'real.yaml' }, [`${FOLDER}/real.yaml`]: text! };
    const asFolder = { ...rest, [FOLDER]: { link: 'real' }, 'environments/prod/real/kustomization.yaml': text! };
    for (const [files, path] of [
      [asFile, FILE],
      [asFolder, FOLDER],
    ] as const) {
      await expect(checkOverlay(new MemorySnapshot(files), 'prod', 'payments')).rejects.toMatchObject({
        code: 'OVERLAY_UNCLEAR',
        message: `The overlay of payments in prod could set an image, and only the pin may: ${path} is no plain file.`,
      });
    }
  });

  it.each([
    ['a kustomization', { text: 'images: [\n' }, FILE],
    ['a patch within it', { text: `${HEAD}patches:\n- patch: "{"\n` }, FILE],
    [
      'a patch in a file',
      { text: `${HEAD}patches: [{path: p.yaml}]\n`, files: { 'p.yaml': 'a: b: c' } },
      `${FOLDER}/p.yaml`,
    ],
    ['a key given twice', { text: `${HEAD}images: []\n${EVIL_IMAGES}` }, FILE],
    ['a word hidden by a tag', { text: `${HEAD}!!binary aW1hZ2Vz: []\n` }, FILE],
    [
      'more aliases than anybody needs',
      { text: `a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [${'*a,'.repeat(20)}]\nc: [${'*b,'.repeat(20)}]\n` },
      FILE,
    ],
  ])('refuses what is no YAML in %s', async (_, overlay: Overlay, path) => {
    const error = await refusalOf(overlay);
    expect(error).toMatchObject({ code: 'BAD_YAML', exitCode: 3 });
    expect(error?.message).toContain(`${path} is not valid YAML: `);
  });

  it('has nothing to say of a service without an overlay', async () => {
    await expect(checkOverlay(new MemorySnapshot(BASE), 'prod', 'payments')).resolves.toBeUndefined();
  });

  it('lets an environment do without a container', async () => {
    const text = `${HEAD}patches:\n- patch: |-\n    ${merge('{containers: [{name: side, $patch: delete}]}')}\n`;
    expect(await refusalOf({ text })).toBeUndefined();
    expect(
      await refusalOf({ text: jsonPatch('{op: remove, path: /spec/template/spec/containers/1}') }),
    ).toBeUndefined();
  });

  it('takes the pin of a service in a group for its own', async () => {
    const overlay = (text: string) => new MemorySnapshot({ 'environments/prod/risk/fraud/kustomization.yaml': text });
    const own = overlay('resources: [../../../../apps/risk/fraud]\n');
    await expect(checkOverlay(own, 'prod', 'risk/fraud')).resolves.toBeUndefined();
    const other = overlay('resources: [../../../../apps/risk/scoring]\n');
    await expect(checkOverlay(other, 'prod', 'risk/fraud')).rejects.toMatchObject({ code: 'OVERLAY_UNCLEAR' });
  });
});

describe.skipIf(!hasKubectl)('kustomize', () => {
  const PLAIN = ['ghcr.io/acme/payments:abc', 'migrate', 'side'];

  /** Returns the images of every pod that it builds from an overlay, sorted; null when it refuses. */
  async function images(overlay: Overlay): Promise<readonly string[] | null> {
    const objects = await build(repository(overlay), FOLDER);
    return objects?.flatMap(imagesOf).sort() ?? null;
  }

  it.each(Object.entries(SETTING).filter(([, { isProven }]) => isProven !== false))(
    'would run another image by %s',
    async (_, overlay) => {
      expect(await images(overlay)).not.toEqual(PLAIN);
    },
  );

  it.each(Object.entries(HIDDEN))('would run another image behind %s', async (_, text) => {
    expect(await images({ text })).not.toEqual(PLAIN);
  });

  it.each(Object.entries(HARMLESS))('runs the pin with %s', async (_, overlay) => {
    expect(await images(overlay)).toEqual(PLAIN);
  });
});

/** Returns what containers and image volumes of an object name, wherever they are. */
function imagesOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(imagesOf);
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const holds = /ontainers$|^volumes$/.test(key) && Array.isArray(inner);
    const named = holds
      ? inner.flatMap((item) => (isMap(item) && 'image' in item ? [JSON.stringify(item.image)] : []))
      : [];
    return [...named.map((text) => text.replaceAll('"', '')), ...imagesOf(inner)];
  });
}
