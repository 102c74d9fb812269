import { checkOverlay, EleventhError } from '@eleventh/core';
import type { ServiceRule } from './rule.ts';

export const overlayImage: ServiceRule = {
  id: 'overlay-image',
  severity: 'error',
  title: 'An overlay sets an image, or could.',
  what: 'An `images` entry, a patch, a replacement or a transformer of the overlay that puts an image into a container; and whatever could do so in a way that cannot be told without running it: charts, plugins, remote resources.',
  why: 'The pin alone says what runs. Otherwise two environments with one recipe run different builds, and what was tested is not what is promoted.',
  mend: 'Take it out of the overlay, and pin the build instead. `eleventh pin` and `promote` refuse such an overlay, too.',
  example: `# environments/prod/payments/kustomization.yaml
resources:
  - ../../../apps/payments
images:
  - {name: payments, newTag: hotfix}`,
  async service({ environment, id, snapshot, index }) {
    try {
      await checkOverlay(snapshot, environment.name, id);
      return [];
    } catch (error) {
      if (!(error instanceof EleventhError) || !error.code.startsWith('OVERLAY_')) return [];
      const path = String(error.details.path);
      const layer = index.build.layers.find(({ file }) => file === path);
      const place = layer === undefined ? { file: path, line: 1, column: 1 } : index.fieldPlace(layer, ['images']);
      return [{ message: error.message, place, hint: error.hint }];
    }
  },
};
