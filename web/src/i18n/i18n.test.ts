import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from 'rolldown/utils';
import { describe, expect, it } from 'vitest';
import { catalogues } from '.';
import { en } from './en';

const source = new URL('..', import.meta.url).pathname;

function files(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? files(join(folder, entry.name)) : /\.tsx?$/.test(entry.name) && !/\.test\.tsx?$/.test(entry.name) ? [join(folder, entry.name)] : [],
  );
}

const all = files(source).map((path) => ({ path: path.slice(source.length), text: readFileSync(path, 'utf8') }));
const keys = Object.entries(en).flatMap(([section, texts]) => Object.keys(texts).map((key) => `${section}.${key}`));

describe('catalogue', () => {
  it('has every text in Korean, and says something in it', () => {
    for (const [section, texts] of Object.entries(catalogues.ko)) {
      for (const [key, text] of Object.entries(texts)) {
        const said = typeof text === 'function' ? (text as (...args: string[]) => string)('1', '2', '3', '4') : text;
        expect(said, `${section}.${key}`).not.toBe('');
      }
    }
    const koKeys = Object.entries(catalogues.ko).flatMap(([section, texts]) => Object.keys(texts).map((key) => `${section}.${key}`));
    expect(koKeys).toEqual(keys);
  });

  it('has no text that is not used', () => {
    const used = all.map((file) => file.text).join('\n');
    // t.section.key, or t.section[`prefix_${…}`] for a closed set of keys.
    const direct = new Set([...used.matchAll(/\bt\.(\w+)\.(\w+)/g)].map((m) => `${m[1]}.${m[2]}`));
    const prefixes = [...used.matchAll(/\bt\.(\w+)\[`(\w*)\$\{/g)].map((m) => `${m[1]}.${m[2]}`);
    const whole = new Set([...used.matchAll(/\bt\.(\w+)\[(?!`)/g)].map((m) => m[1]));
    expect(keys.filter((key) => !direct.has(key) && !whole.has(key.split('.')[0]) && !prefixes.some((p) => key.startsWith(p) && key !== p))).toEqual([]);
  });
});

// Names and signs that are the same in every language.
const untranslated = /^(?:OTLP (?:gRPC|HTTP)|[^\p{L}]*)$/u;
const spokenAttributes = new Set(['title', 'aria-label', 'placeholder', 'alt', 'label', 'aria-valuetext', 'aria-description']);

interface Node {
  type: string;
  [key: string]: unknown;
}

function walk(value: unknown, visit: (node: Node) => void): void {
  if (Array.isArray(value)) {
    value.forEach((item) => walk(item, visit));
  } else if (typeof value === 'object' && value !== null) {
    if ('type' in value && typeof value.type === 'string') {
      visit(value as Node);
    }
    Object.values(value).forEach((child) => walk(child, visit));
  }
}

/** Texts written into a component: between tags, or in an attribute that people see or hear. */
function hardCoded(text: string): string[] {
  const found: string[] = [];
  const say = (value: unknown) => {
    if (typeof value === 'string' && !untranslated.test(value.trim())) {
      found.push(value.trim());
    }
  };
  walk(parseSync('file.tsx', text).program, (node) => {
    if (node.type === 'JSXText') {
      say(node.value);
    } else if (node.type === 'JSXExpressionContainer') {
      const expression = node.expression as Node;
      if (expression.type === 'Literal' && !('inAttribute' in node)) {
        say(expression.value);
      }
    } else if (node.type === 'JSXAttribute') {
      const name = (node.name as Node).name as string;
      const value = node.value as Node | null;
      if (value !== null) {
        // Expressions in attributes are judged here, by the name of the attribute, and not again as children.
        Object.assign(value, { inAttribute: true });
        if (spokenAttributes.has(name)) {
          say(value.type === 'Literal' ? value.value : value.type === 'JSXExpressionContainer' ? ((value.expression as Node).value ?? '') : '');
        }
      }
    }
  });
  return found;
}

describe('components', () => {
  it('have no text of their own', () => {
    const found = all.filter((file) => file.path.endsWith('.tsx')).flatMap((file) => hardCoded(file.text).map((text) => `${file.path}: ${text}`));
    expect(found).toEqual([]);
  });

  it('would be caught if they had', () => {
    expect(hardCoded('const x = <p title="Hi" className="a">Hello {"you"} {t.a.b} <b aria-label={"There"}/></p>;')).toEqual(['Hi', 'Hello', 'you', 'There']);
  });
});
