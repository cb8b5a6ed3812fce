import { describe, expect, it } from 'vitest';
import { addCondition, addTraceCondition, readBuilder, readCondition, removeStage, restOf, writeChip, writeCondition, type Condition } from './builder';
import { isMetricsQuery, metricsSource, tokenize } from './traceql';

const words = (text: string) => tokenize(text).map((t) => `${t.class}:${text.slice(t.start, t.end)}`);

describe('tokenize', () => {
  it('tells scopes, attributes, intrinsics and values apart', () => {
    expect(words('{ span.http.route = "/a" && duration>1.5s } | rate() by (resource."odd key")')).toEqual([
      'punctuation:{',
      'scope:span.',
      'attribute:http.route',
      'operator:=',
      'string:"/a"',
      'operator:&&',
      'intrinsic:duration',
      'operator:>',
      'duration:1.5s',
      'punctuation:}',
      'operator:|',
      'function:rate',
      'punctuation:(',
      'punctuation:)',
      'function:by',
      'punctuation:(',
      'scope:resource.',
      'attribute:"odd key"',
      'punctuation:)',
    ]);
  });

  it('covers every character that is not a blank, whatever is typed', () => {
    const random = generator(7);
    const alphabet = ['{', '}', '(', ')', '"', '`', "'", '\\', '|', '&', '=', '!', '~', '.', 'span', 'resource.', 'a', '1', 'ms', ' ', '§', 'µs', '\n', '//', '/*'];
    for (let n = 0; n < 2000; n++) {
      const text = Array.from({ length: Math.floor(random() * 14) }, () => alphabet[Math.floor(random() * alphabet.length)]).join('');
      let at = 0;
      for (const token of tokenize(text)) {
        expect(text.slice(at, token.start).trim(), text).toBe('');
        expect(token.end, text).toBeGreaterThan(token.start);
        at = token.end;
      }
      expect(text.slice(at).trim(), text).toBe('');
    }
  });
});

describe('metricsSource', () => {
  it.each([
    ['', '{ }'],
    ['{ status = error } | select(name) | sort(duration desc)', '{ status = error }'],
    ['{ a = "|" } | count() > 2 | select(name)', '{ a = "|" } | count() > 2'],
    ['{ .a } >> { .b }', '({ .a } >> { .b })'],
    ['{ .a || .b } with (most_recent=true)', '{ .a || .b }'],
  ])('%s gives %s', (text, expected) => expect(metricsSource(text)).toBe(expected));

  it('knows a metrics query', () => {
    expect(isMetricsQuery('{ } | rate() by(name)')).toBe(true);
    expect(isMetricsQuery('{ name = "rate()" } | count() > 1')).toBe(false);
  });
});

describe('conditions', () => {
  it.each<[string, Condition | null]>([
    ['span.http.route = "/a"', { field: 'span.http.route', op: '=', values: [{ text: '/a', quoted: true }] }],
    ['duration>=1.5s', { field: 'duration', op: '>=', values: [{ text: '1.5s', quoted: false }] }],
    ['span:kind != server', { field: 'span:kind', op: '!=', values: [{ text: 'server', quoted: false }] }],
    ['.a = -5', { field: '.a', op: '=', values: [{ text: '-5', quoted: false }] }],
    ['(.a = "x" || .a = "y")', { field: '.a', op: '=', values: [{ text: 'x', quoted: true }, { text: 'y', quoted: true }] }],
    ['(.a != 1 && .a != 2)', { field: '.a', op: '!=', values: [{ text: '1', quoted: false }, { text: '2', quoted: false }] }],
    ['(.a = "x" || .b = "y")', null],
    ['.a + 1 = 2', null],
    ['!(.a = 1)', null],
    ['.a', null],
  ])('%s', (text, expected) => {
    expect(readCondition(text)).toEqual(expected);
    if (expected !== null) {
      expect(readCondition(writeCondition(expected))).toEqual(expected);
    }
  });
});

describe('builder', () => {
  it('takes a filter apart and leaves what it does not know as text', () => {
    const builder = readBuilder('{ resource.service.name = "a" && (.x = 1 || .y = 2) && !(.z) } | select(name) | count() > 3');
    expect(builder.kind === 'filter' && builder.chips.map((c) => [c.text, c.condition?.field ?? null])).toEqual([
      ['resource.service.name = "a"', 'resource.service.name'],
      ['(.x = 1 || .y = 2)', null],
      ['!(.z)', null],
    ]);
    expect(builder.kind === 'filter' && builder.stages.map((s) => s.text)).toEqual(['select(name)', 'count() > 3']);
  });

  it.each([
    ['', 'c = 1', '{ c = 1 }'],
    ['{ }', 'c = 1', '{  c = 1  }'],
    ['{ .a = 1 } | select(name)', 'c = 1', '{ .a = 1 && c = 1 } | select(name)'],
    ['{ .a = 1 || .b = 2 }', 'c = 1', '{ (.a = 1 || .b = 2) && c = 1 }'],
    ['{ .a } >> { .b } | select(name)', 'c = 1', '({ .a } >> { .b }) && { c = 1 } | select(name)'],
  ])('%s with %s', (text, condition, expected) => expect(addCondition(text, condition).replace(/ +/g, ' ')).toBe(expected.replace(/ +/g, ' ')));

  it.each([
    ['', '{ c = 1 }'],
    ['{ } | select(name)', '{ c = 1 } | select(name)'],
    ['{ .a = 1 } | select(name)', '{ .a = 1 } && { c = 1 } | select(name)'],
    ['{ .a } && { .b }', '{ .a } && { .b } && { c = 1 }'],
    ['{ .a } >> { .b }', '({ .a } >> { .b }) && { c = 1 }'],
  ])('%s for traces with a span of c = 1', (text, expected) => expect(addTraceCondition(text, 'c = 1')).toBe(expected));

  it('is never lossy: random queries survive adding, changing and removing a chip, character for character', () => {
    const random = generator(11);
    const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)];
    const conditions = ['span.http.route = "/a b"', 'duration > 1s', '(.x = "1" || .x = "2")', '!(.a)', '.a+1 = 2', 'name =~ `a|b`', 'status=error', 'kind != server', '"x" = .y', 'resource."k }" = "&& }"'];
    const stages = ['', ' | count() > 2', ' | select(name, .a)', ' |by(.x)| select(.y)'];
    for (let n = 0; n < 500; n++) {
      const chosen = Array.from({ length: 1 + Math.floor(random() * 4) }, () => pick(conditions));
      const text = `{${pick([' ', ''])}${chosen.join(pick([' && ', '&&', '  &&\n ']))}${pick([' ', ''])}}${pick(stages)}`;
      const builder = readBuilder(text);
      expect(builder.kind, text).toBe('filter');
      if (builder.kind !== 'filter') {
        continue;
      }
      expect(builder.chips.map((c) => c.text)).toEqual(chosen);
      // Writing each chip as it stands changes nothing.
      builder.chips.forEach((chip, i) => expect(writeChip(text, i, chip.text)).toBe(text));
      // A condition added and taken out again leaves the text as it was.
      const added = addCondition(text, '.new = "1"');
      expect(writeChip(added, builder.chips.length, null)).toBe(text);
      // What is written from the parts of a chip means the same.
      builder.chips.forEach((chip, i) => {
        if (chip.condition !== null) {
          const again = readBuilder(writeChip(text, i, writeCondition(chip.condition)));
          expect(again.kind === 'filter' && again.chips[i].condition).toEqual(chip.condition);
        }
      });
    }
  });

  it('removes a stage, and says what the rest of a query is', () => {
    expect(removeStage('{ .a } | count() > 2 | select(name)', 0)).toBe('{ .a } | select(name)');
    expect(removeStage('{ .a } | select(name)', 0)).toBe('{ .a }');
    expect(restOf('{ .a = 1 && .b = 2 } | select(name)', 0)).toBe('{ .b = 2 }');
    expect(restOf('{ .a = 1 }', 0)).toBe('{ }');
  });
});

function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
