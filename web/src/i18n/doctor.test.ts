import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { doctorWords } from './doctor';

const folder = join(import.meta.dirname, '../../../src/Clew.Server/Doctor');

/** Code, and the number of names and numbers in the title, of every finding that the server can make. */
const findings = readdirSync(folder).flatMap((file) =>
  [...readFileSync(join(folder, file), 'utf8').matchAll(/(?:Add|AddQuoting|Finding\.Of)\(\s*"([a-z-]+)",[^$]*?\$"((?:[^"{]|\{(?:[^{}"]|"[^"]*")*\})*)"/g)].map((m) => ({
    code: m[1],
    values: [...m[2].matchAll(/\{(?:[^{}"]|"[^"]*")*\}/g)].length,
  })),
);

describe('findings of the doctor', () => {
  it('are all said in Korean, with everything that the English title says', () => {
    expect(findings.length).toBeGreaterThan(20);
    const words = doctorWords.ko?.findings ?? {};
    for (const { code, values } of findings) {
      expect(words[code], code).toBeDefined();
      const marks = Array.from({ length: values }, (_, i) => `${i + 10} s`);
      const said = words[code].title(...marks);
      for (const mark of marks) {
        expect(said, code).toMatch(new RegExp(`${mark.split(' ')[0]}(?: s|초)`));
      }
    }
    expect(Object.keys(words).sort()).toEqual([...new Set(findings.map((f) => f.code))].sort());
  });
});
