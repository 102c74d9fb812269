import { expect, it } from 'vitest';
import { objectKey, parseObjects } from './object.ts';

const STREAM = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: payments
  namespace: bank
---
apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: Service
    metadata:
      name: payments
---
# nothing
`;

it('reads the objects of a stream, and those of a list each alone', () => {
  expect(parseObjects(STREAM).map(objectKey)).toEqual(['apps/Deployment/bank/payments', '/Service//payments']);
});
