import { useEffect, useState } from 'react';
import { analyze, attributeNames, attributeValues, type Diagnostic } from '../../api/analyze';
import { quote } from '../../model/query';
import { resolveRange, type TimeRange } from '../../model/time';

export interface Proposal {
  label: string;
  insert: string;
  detail: string;
  kind: string;
  start: number;
  end: number;
}

export interface Assistance {
  /** The text that this is about; for any other it is out of date. */
  text: string;
  diagnostics: Diagnostic[];
  proposals: Proposal[];
}

const none: Assistance = { text: '', diagnostics: [], proposals: [] };
const pauseMs = 90;
const shownLimit = 60;

/** What may stand at the cursor and what is wrong with the text: by the server's parser, with names and values from the data. */
export function useCompletion(text: string, cursor: number, active: boolean, range: TimeRange): Assistance {
  const [assistance, setAssistance] = useState<Assistance>(none);
  useEffect(() => {
    if (!active) {
      return;
    }
    const stop = new AbortController();
    const timer = window.setTimeout(() => {
      void assist(text, cursor, range, stop.signal)
        .then(setAssistance)
        // Without an answer the field is a field: asking again comes with the next key.
        .catch(() => undefined);
    }, pauseMs);
    return () => {
      window.clearTimeout(timer);
      stop.abort();
    };
  }, [text, cursor, active, range]);
  return assistance;
}

const nameSituations = new Set(['attributeName', 'field', 'fieldArgument', 'sortKey']);
const plainName = /^[A-Za-z0-9_.\-/]+$/;

async function assist(text: string, cursor: number, range: TimeRange, signal: AbortSignal): Promise<Assistance> {
  const { diagnostics, completion } = await analyze(text, cursor, signal);
  const { start, end, prefix, scope, field, narrow, situation } = completion;
  const window = resolveRange(range, Date.now());
  const wanted = prefix.toLowerCase();
  const proposals: Proposal[] = [];
  if (situation === 'value' && field !== '') {
    for (const { value, type, spans } of await attributeValues(field, prefix, narrow, window, signal)) {
      proposals.push({ label: value, insert: type === 'string' ? quote(value) : value, detail: String(spans), kind: 'value', start, end });
    }
  }
  if (nameSituations.has(situation) && scope !== '') {
    const inScope = situation === 'attributeName' && scope !== 'any';
    for (const found of await attributeNames(scope, narrow, window, signal)) {
      const name = plainName.test(found.name) ? found.name : JSON.stringify(found.name);
      if (found.name.toLowerCase().includes(wanted) || `${found.scope}.${found.name}`.toLowerCase().includes(wanted)) {
        proposals.push({ label: inScope || situation === 'attributeName' ? found.name : `${found.scope}.${found.name}`, insert: situation === 'attributeName' ? name : `${completion.ofParent ? 'parent.' : ''}${found.scope}.${name}`, detail: found.scope, kind: 'attribute', start, end });
      }
    }
    // What begins with the typed text comes before what only contains it.
    proposals.sort((a, b) => Number(b.label.toLowerCase().startsWith(wanted)) - Number(a.label.toLowerCase().startsWith(wanted)));
  }
  for (const item of completion.items) {
    if (!proposals.some((p) => p.insert === item.insert)) {
      proposals.push({ ...item, start, end });
    }
  }
  return { text, diagnostics, proposals: proposals.slice(0, shownLimit) };
}
