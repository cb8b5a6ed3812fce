import { describe, expect, it } from 'vitest';
import { errorPosition, looksLikeService, parseMinDuration, readFilters, writeFilter } from './query';

describe('readFilters', () => {
  it('reads the three filters wherever they stand', () => {
    expect(readFilters('{ span.http.route = "/a" && status=error && resource.service.name = "shop \\"x\\"" && duration>=100ms } | count() > 2')).toEqual({
      editable: true,
      service: 'shop "x"',
      error: true,
      minDuration: '100ms',
    });
  });

  it.each(['', '   ', '{}', '{ }'])('reads %j as no filter', (text) => {
    expect(readFilters(text)).toEqual({ editable: true, service: '', error: false, minDuration: '' });
  });

  it.each([
    ['{ status = error || duration > 1s }', 'alternatives'],
    ['{ status = error } >> { duration > 1s }', 'structure'],
    ['({ status = error }) && { }', 'structure'],
    ['{ status = error', 'unreadable'],
    ['{ name = "x }', 'unreadable'],
    ['frontend', 'unreadable'],
  ])('leaves %s alone', (text, reason) => {
    expect(readFilters(text)).toEqual({ editable: false, reason });
    expect(writeFilter(text, 'status', 'error')).toBe(text);
  });

  it('is not misled by braces and operators within strings and parentheses', () => {
    const text = '{ name = "a } || b" && (status = error || kind = server) }';
    expect(readFilters(text)).toEqual({ editable: true, service: '', error: false, minDuration: '' });
  });
});

describe('writeFilter', () => {
  it.each([
    ['', 'status', 'error', '{ status = error }'],
    ['{}', 'status', 'error', '{ status = error }'],
    ['{ }', 'service', 'a"b', '{ resource.service.name = "a\\"b" }'],
    ['{ name = "x" }', 'minDuration', '1.5s', '{ name = "x" && duration >= 1.5s }'],
    ['{ duration > 5ms && name="x" } | select(name)', 'minDuration', '7ms', '{ duration >= 7ms && name="x" } | select(name)'],
    ['{ status = error && name = "x" }', 'status', '', '{ name = "x" }'],
    ['{ name = "x" && status = error }', 'status', '', '{ name = "x" }'],
    ['{ status = error }', 'status', '', '{ }'],
    ['{ name = "x" }', 'status', '', '{ name = "x" }'],
  ] as const)('%s with %s = %j', (text, filter, value, expected) => {
    expect(writeFilter(text, filter, value).replace(/ {2,}/g, ' ')).toBe(expected);
  });

  it('reads back what it wrote, and taking a filter out gives the text before', () => {
    const original = '{ span.a = "1"   && kind = server }';
    const written = writeFilter(writeFilter(original, 'service', 'pay\\ments'), 'minDuration', '10ms');
    expect(readFilters(written)).toEqual({ editable: true, service: 'pay\\ments', error: false, minDuration: '10ms' });
    expect(writeFilter(writeFilter(written, 'service', ''), 'minDuration', '')).toBe(original);
  });
});

describe('small readers', () => {
  it('reads durations as typed', () => {
    expect(['100', '1.5 s', '2m30s', '', '0', 'fast'].map(parseMinDuration)).toEqual(['100ms', '1.5s', '2m30s', '', '', null]);
  });

  it('knows a bare word from a query', () => {
    expect(looksLikeService('check-out.v2')).toBe(true);
    expect(looksLikeService('{ }')).toBe(false);
  });

  it('finds the position in a message', () => {
    expect(errorPosition('parse error at line 1, col 8: syntax error: unexpected =')).toEqual({ line: 1, column: 8 });
    expect(errorPosition('line 2 column 3: x')).toEqual({ line: 2, column: 3 });
    expect(errorPosition('deadline exceeded')).toBeNull();
  });
});
