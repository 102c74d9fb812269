export { type KubernetesObject, objectKey, parseObjects } from './objects/object.ts';
