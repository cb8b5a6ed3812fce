import { describe, expect, it } from 'vitest';
import { readSearchView, readTraceView, writeSearchView, writeTraceView } from './urlState';

describe('search view', () => {
  it('has defaults and a bare URL for them', () => {
    const view = readSearchView(new URLSearchParams());
    expect(view).toEqual({ query: '', range: { from: 'now-1h', to: 'now' }, limit: 20, sort: 'start', tab: 'traces', columns: [], by: '', selection: null, live: false, points: false });
    expect(writeSearchView(view, new URLSearchParams('lang=ko')).toString()).toBe('lang=ko');
  });

  it('comes back from its URL', () => {
    const view = { query: '{ name = "a&b" }', range: { from: '2026-08-01T10:00:00Z', to: '2026-08-01T11:00:00Z' }, limit: 100, sort: '-span.http.route', tab: 'spans' as const, columns: ['span.http.route', 'resource."odd, key"'], by: 'name', selection: { condition: 'duration > 1s', window: { fromMs: 5, toMs: 9 } }, live: true, points: true };
    expect(readSearchView(writeSearchView(view, new URLSearchParams()))).toEqual(view);
    const all = { ...view, range: { from: '', to: '' } };
    expect(readSearchView(writeSearchView(all, new URLSearchParams()))).toEqual(all);
  });

  it('shrugs off nonsense', () => {
    expect(readSearchView(new URLSearchParams('limit=-4&sort=name')).limit).toBe(20);
  });
});

describe('trace view', () => {
  it('comes back from its URL', () => {
    const view = { span: 'b7ad6b7169203331', find: 'status=error', only: true, critical: true, view: 'flame' as const, inline: true, zoom: { fromNs: 10, toNs: 2_000_000 }, fold: { level: 2, toggled: ['69203331'] } };
    expect(readTraceView(writeTraceView(view, new URLSearchParams()))).toEqual(view);
    const open = { ...view, zoom: null, fold: { level: null, toggled: ['69203331'] } };
    expect(readTraceView(writeTraceView(open, new URLSearchParams()))).toEqual(open);
  });

  it('shrugs off nonsense', () => {
    expect(readTraceView(new URLSearchParams('span=xyz&zoom=9-3&fold=a.b'))).toEqual({ span: '', find: '', only: false, critical: false, view: 'waterfall', inline: false, zoom: null, fold: { level: null, toggled: [] } });
  });
});
