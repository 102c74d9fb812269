import { expect, it } from 'vitest';
import { parseObjects } from '../objects/object.ts';
import { showDiff } from './shown-diff.ts';

const state = (build: string, replicas: number, more = '') =>
  parseObjects(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: bank, annotations: {eleventh.dev/commit: "${build}"}}
spec:
  replicas: ${replicas}
  template:
    metadata: {annotations: {eleventh.dev/commit: "${build}"}}
    spec: {containers: [{name: web, image: "ghcr.io/acme/web:${build}"}]}
---
${more}
`);

it('is one value for programs, without anything that a Secret holds', () => {
  const secret = (name: string, value: string) =>
    `{apiVersion: v1, kind: Secret, metadata: {name: ${name}, namespace: bank}, data: {a: ${value}}}`;
  const shown = showDiff(
    state('1', 2, secret('db-5mgt59bk8f', 'b2xk')),
    state('2', 4, secret('db-k2h44tdcm9', 'bmV3')),
  );
  expect(shown).toMatchInlineSnapshot(`
    {
      "build": [
        {
          "after": "2",
          "before": "1",
          "name": "commit",
        },
      ],
      "highlights": [
        {
          "after": "ghcr.io/acme/web:2",
          "before": "ghcr.io/acme/web:1",
          "kind": "image",
          "objects": [
            "Deployment/web",
          ],
        },
        {
          "after": 4,
          "before": 2,
          "kind": "replicas",
          "object": "Deployment/web",
        },
      ],
      "objects": [
        {
          "apiVersion": "v1",
          "change": "changed",
          "content": null,
          "fields": [
            {
              "after": "(secret, sha256 fd9bd588)",
              "before": "(secret, sha256 0c2c6b90)",
              "change": "changed",
              "isBuild": false,
              "path": "data.a",
            },
            {
              "after": "db-k2h44tdcm9",
              "before": "db-5mgt59bk8f",
              "change": "changed",
              "isBuild": false,
              "path": "metadata.name",
            },
          ],
          "kind": "Secret",
          "name": "db-k2h44tdcm9",
          "namespace": "bank",
          "previous": {
            "name": "db-5mgt59bk8f",
            "namespace": "bank",
          },
        },
        {
          "apiVersion": "apps/v1",
          "change": "changed",
          "content": null,
          "fields": [
            {
              "after": "2",
              "before": "1",
              "change": "changed",
              "isBuild": true,
              "path": "metadata.annotations["eleventh.dev/commit"]",
            },
            {
              "after": 4,
              "before": 2,
              "change": "changed",
              "isBuild": false,
              "path": "spec.replicas",
            },
            {
              "after": "2",
              "before": "1",
              "change": "changed",
              "isBuild": true,
              "path": "spec.template.metadata.annotations["eleventh.dev/commit"]",
            },
            {
              "after": "ghcr.io/acme/web:2",
              "before": "ghcr.io/acme/web:1",
              "change": "changed",
              "isBuild": false,
              "path": "spec.template.spec.containers[name=web].image",
            },
          ],
          "kind": "Deployment",
          "name": "web",
          "namespace": "bank",
          "previous": null,
        },
      ],
    }
  `);
  expect(JSON.parse(JSON.stringify(shown))).toEqual(shown);
});
