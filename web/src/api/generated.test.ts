import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { Breakdown, Operations } from './generated';

test('generated types are what openapi.json says', () => {
  const script = fileURLToPath(new URL('../../scripts/api-types.mjs', import.meta.url));
  expect(() => execFileSync(process.execPath, [script, '--check'], { stdio: 'pipe' })).not.toThrow();
});

test('operations have their answers', () => {
  // Checked by the compiler; the values only have to be of the types.
  const path: Operations['breakdown']['path'] = '/api/v1/breakdown';
  const answer: Pick<Breakdown, 'by' | 'moreValues'> = { by: 'name', moreValues: 0 } satisfies Partial<Operations['breakdown']['answer']>;
  expect([path, answer.by]).toEqual(['/api/v1/breakdown', 'name']);
});
