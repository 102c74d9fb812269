import { describe, expect, it } from 'vitest';
import { lifted } from './lifted-images.ts';

const PATCH = `kind: Deployment
spec:
  template:
    spec:
      containers:
        - name: web
          image: ghcr.io/acme/web:1.8.0 # by hand
          env: []
        - image: proxy:2
          name: proxy
`;

function lift(text: string, ...containers: string[]) {
  return lifted('patch.yaml', new TextEncoder().encode(text), new Set(containers));
}

describe('lifted', () => {
  it('takes the images of known containers out, and leaves every other byte', () => {
    const found = lift(PATCH, 'web', 'proxy');
    expect(found?.images).toEqual(
      new Map([
        ['web', 'ghcr.io/acme/web:1.8.0'],
        ['proxy', 'proxy:2'],
      ]),
    );
    expect(found?.text).toBe(
      PATCH.replace('          image: ghcr.io/acme/web:1.8.0 # by hand\n', '').replace(
        '- image: proxy:2\n          name',
        '- name',
      ),
    );
  });

  it.each([
    ['a container that is new', PATCH, ['web']],
    ['one on one line', 'spec: {containers: [{name: web, image: a}]}\n', ['web']],
    ['no image', 'spec: {replicas: 2}\n', ['web']],
  ])('leaves %s alone', (_, text, containers) => {
    expect(lift(text, ...containers)).toBeNull();
  });
});
