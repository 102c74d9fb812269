import { lastSegment } from '../names/image.ts';
import type { ServiceId } from '../names/names.ts';
import { scalar } from './scalar.ts';

/** Returns the manifests a new service starts with until its own replace them; none for a service without images. */
export function starterManifests(id: ServiceId, images: readonly string[]): Map<string, string> {
  const name = scalar(lastSegment(id));
  if (images.length === 0) return new Map();
  const containers = images.map((image, index) => {
    const container = index === 0 ? name : scalar(lastSegment(image).replace(/[^a-z0-9-]/g, '-'));
    const ports = index === 0 ? '\n          ports:\n            - name: http\n              containerPort: 8080' : '';
    return `        - name: ${container}
          image: ${scalar(image)}${ports}
          resources:
            requests:
              cpu: 50m
              memory: 64Mi`;
  });
  const deployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  labels:
    app.kubernetes.io/name: ${name}
spec:
  selector:
    matchLabels:
      app.kubernetes.io/name: ${name}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: ${name}
    spec:
      containers:
${containers.join('\n')}
`;
  const service = `apiVersion: v1
kind: Service
metadata:
  name: ${name}
  labels:
    app.kubernetes.io/name: ${name}
spec:
  selector:
    app.kubernetes.io/name: ${name}
  ports:
    - name: http
      port: 80
      targetPort: http
`;
  return new Map([
    ['deployment.yaml', deployment],
    ['service.yaml', service],
  ]);
}
