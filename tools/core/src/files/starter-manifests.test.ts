import { describe, expect, it } from 'vitest';
import { build, hasKubectl } from '../../test/kustomize.ts';
import { isMap } from './field-name.ts';
import { checkManifestNames, checkManifestObjects, imageNames } from './manifests.ts';
import { starterManifests } from './starter-manifests.ts';

const encoded = (texts: ReadonlyMap<string, string>) =>
  new Map([...texts].map(([path, text]) => [path, new TextEncoder().encode(text)]));

describe('starterManifests', () => {
  it('are none for a service without images', () => {
    expect(starterManifests('topics', [])).toEqual(new Map());
  });

  it('run every image of the service', () => {
    const files = encoded(starterManifests('risk/fraud', ['ghcr.io/acme/fraud', 'localhost:5000/acme/side_car']));
    expect(() => checkManifestNames(files.keys())).not.toThrow();
    expect(() => checkManifestObjects(files)).not.toThrow();
    expect([...imageNames(files)]).toEqual(['ghcr.io/acme/fraud', 'localhost:5000/acme/side_car']);
  });

  it.skipIf(!hasKubectl).each(['no', '123', '1e3', 'null', 'y'])('build for a service called %s', async (id) => {
    const files = Object.fromEntries(starterManifests(id, [id, 'a/on']));
    const names = Object.keys(files);
    const objects = await build({ ...files, 'kustomization.yaml': `resources: [${names.join(', ')}]\n` }, '.');
    expect(objects?.map((object) => isMap(object) && object.metadata)).toEqual(
      names.map(() => ({ name: id, labels: { 'app.kubernetes.io/name': id } })),
    );
  });
});
