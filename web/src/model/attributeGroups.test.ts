import { describe, expect, it } from 'vitest';
import { conditionFor, groupAttributes, groupOf } from './attributeGroups';

describe('attribute groups', () => {
  it.each([
    ['http.route', 'http'],
    ['url.path', 'http'],
    ['db.system.name', 'db'],
    ['otel.status_description', 'sdk'],
    ['order.id', 'other'],
    ['error', 'error'],
    ['customer', 'other'],
  ])('%s is in %s', (key, group) => {
    expect(groupOf(key)).toBe(group);
  });

  it('puts errors and the own attributes first and sorts by key', () => {
    const groups = groupAttributes(['url.path', 'order.id', 'http.route', 'error', 'cart.items'].map((key) => ({ key, type: 'string', value: '' })));
    expect(groups.map((g) => [g.name, g.attributes.map((a) => a.key)])).toEqual([
      ['error', ['error']],
      ['other', ['cart.items', 'order.id']],
      ['http', ['http.route', 'url.path']],
    ]);
  });
});

describe('conditionFor', () => {
  it.each([
    ['span', { key: 'http.route', type: 'string', value: '/a"b\\' }, 'span.http.route = "/a\\"b\\\\"'],
    ['span', { key: 'weird key', type: 'int', value: '5' }, 'span."weird key" = 5'],
    ['resource', { key: 'k', type: 'bool', value: 'true' }, 'resource.k = true'],
    ['span', { key: 'k', type: 'double', value: 'NaN' }, null],
    ['span', { key: 'k', type: 'array', value: '[]' }, null],
  ] as const)('%s %j', (scope, attribute, expected) => {
    expect(conditionFor(scope, attribute)).toBe(expected);
  });
});
