import { describe, expect, it } from 'vitest';
import { fillLink, type LinkSource } from './spanLinks';

const source: LinkSource = {
  traceId: 'ab'.repeat(16),
  spanId: 'cd'.repeat(8),
  startMs: 1000.4,
  endMs: 2000.4,
  span: new Map([['http.route', '/a b&c']]),
  resource: new Map([['service.name', 'shop"']]),
};

describe('fillLink', () => {
  it.each([
    ['https://logs.example/q?trace=${trace.id}&span=${span.id}&from=${time.start}&to=${time.end}', `https://logs.example/q?trace=${source.traceId}&span=${source.spanId}&from=1000&to=2001`],
    ['https://x.example/${span.http.route}?s=${resource.service.name}', 'https://x.example/%2Fa%20b%26c?s=shop%22'],
    ['/grafana/explore?q=${span.http.route}', '/grafana/explore?q=%2Fa%20b%26c'],
    ['https://x.example/${span.missing}', null],
    ['https://x.example/${unknown}', null],
    ['javascript:alert(1)', null],
    [' javascript:alert(1)', null],
    ['data:text/html,x', null],
    ['//evil.example/x', null],
    ['/\\evil.example', null],
    ['${span.http.route}', null],
  ])('%s gives %s', (template, expected) => expect(fillLink(template, source)).toBe(expected));
});
