import { useEffect, useId, useLayoutEffect, useRef, useState, type KeyboardEvent } from 'react';
import type { ApiError } from '../../api/client';
import { usePreferences } from '../../app/preferences';
import { parseTraceReference } from '../../model/ids';
import { errorPosition } from '../../model/query';
import { tokenize } from '../../model/traceql';
import type { SearchView } from '../../model/urlState';
import { Icon } from '../../ui/Icon';
import { TimePicker } from './TimePicker';
import { useCompletion, type Proposal } from './useCompletion';

interface QueryBarProps {
  view: SearchView;
  error: ApiError | null;
  busy: boolean;
  onChange(next: Partial<SearchView>): void;
}

// A mark under what is just being written would only say that it is not finished.
const markPauseMs = 600;

/** The one text field of the page: TraceQL, or a trace id in any form. Enter asks; Shift+Enter writes a second line; Ctrl+Space proposes. */
export function QueryBar({ view, error, busy, onChange }: QueryBarProps) {
  const { t } = usePreferences();
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const [draft, setDraft] = useState(view.query);
  const [cursor, setCursor] = useState(0);
  const [scroll, setScroll] = useState(0);
  const [focused, setFocused] = useState(false);
  // Closed until somebody types or asks for it, and after a choice or Escape.
  const [proposing, setProposing] = useState(false);
  const [chosen, setChosen] = useState(0);
  const [settled, setSettled] = useState(true);
  // Where a proposal just taken wants the cursor. In the same commit as its text: a frame later, somebody may have typed on.
  const placed = useRef<number | null>(null);
  useLayoutEffect(() => {
    if (placed.current !== null) {
      field.current?.setSelectionRange(placed.current, placed.current);
      placed.current = null;
    }
  });
  // Quick filters, links and the back button change the query under the field.
  useEffect(() => setDraft(view.query), [view.query]);
  useEffect(() => {
    setSettled(false);
    const timer = window.setTimeout(() => setSettled(true), markPauseMs);
    return () => window.clearTimeout(timer);
  }, [draft]);

  const isReference = draft.trim() !== '' && parseTraceReference(draft) !== null;
  const assistance = useCompletion(draft, cursor, focused && !isReference, view.range);
  const current = assistance.text === draft;
  const proposals = proposing && focused && current && !isReference ? assistance.proposals : [];
  const pick = Math.min(chosen, proposals.length - 1);

  const submit = () => {
    setProposing(false);
    onChange({ query: draft.trim() });
  };
  const take = (proposal: Proposal) => {
    const text = draft.slice(0, proposal.start) + proposal.insert + draft.slice(proposal.end);
    // Between quotes or brackets that it brings, else behind it.
    const inside = /(?:""|\(\))$/.exec(proposal.insert);
    const at = proposal.start + proposal.insert.length - (inside && proposal.insert !== 'count()' && proposal.insert !== 'rate()' ? 1 : 0);
    setDraft(text);
    setCursor(at);
    setChosen(0);
    // After a name an operator follows, after an operator a value: what comes next is proposed at once.
    setProposing(proposal.kind !== 'value' && proposal.kind !== 'keyword');
    placed.current = at;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) {
      return;
    }
    if (event.ctrlKey && event.code === 'Space') {
      event.preventDefault();
      setProposing(true);
    } else if (proposals.length > 0 && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      event.preventDefault();
      setChosen((pick + (event.key === 'ArrowDown' ? 1 : proposals.length - 1)) % proposals.length);
    } else if (proposals.length > 0 && event.key === 'Tab' && !event.shiftKey) {
      event.preventDefault();
      take(proposals[pick]);
    } else if (event.key === 'Enter' && (!event.shiftKey || event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      // Enter takes a proposal only after somebody has moved to it: a query that is finished must be asked by one key.
      if (proposals.length > 0 && chosen > 0 && !event.ctrlKey && !event.metaKey) {
        take(proposals[pick]);
      } else {
        submit();
      }
    } else if (event.key === 'Escape') {
      if (proposals.length > 0) {
        event.preventDefault();
        event.stopPropagation();
        setProposing(false);
      } else {
        field.current?.blur();
      }
    }
  };
  const rows = Math.min(6, draft.split('\n').length);
  const position = error !== null && draft.trim() === view.query.trim() ? errorPosition(error.message) : null;
  const marks = current && settled && draft.trim() !== '' && !isReference ? assistance.diagnostics : [];
  const said = marks[0] ?? null;
  return (
    <div className="query-bar" role="search">
      <div className={error === null ? 'query-field' : 'query-field query-field-failed'}>
        <span className="query-icon">
          <Icon name="search" />
        </span>
        {!isReference && <Colours text={draft} scroll={scroll} marks={marks} />}
        <textarea
          ref={field}
          data-primary-search
          className={isReference ? 'query-input' : 'query-input query-input-coloured'}
          aria-label={t.search.queryLabel}
          aria-invalid={error !== null || marks.some((m) => m.severity === 'error')}
          aria-autocomplete="list"
          aria-controls={proposals.length > 0 ? `${id}-proposals` : undefined}
          aria-activedescendant={proposals.length > 0 ? `${id}-${pick}` : undefined}
          aria-describedby={said === null ? undefined : `${id}-said`}
          placeholder={t.search.queryPlaceholder}
          rows={rows}
          value={draft}
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          onScroll={(event) => setScroll(event.currentTarget.scrollTop)}
          onChange={(event) => {
            setDraft(event.target.value);
            setCursor(event.target.selectionStart);
            setChosen(0);
            setProposing(true);
          }}
          onSelect={(event) => setCursor(event.currentTarget.selectionStart)}
          onFocus={() => setFocused(true)}
          onBlur={() => {
            setFocused(false);
            setProposing(false);
          }}
          onKeyDown={onKeyDown}
        />
        {position !== null && marks.length === 0 && <ErrorMark draft={draft} line={position.line} column={position.column} />}
        {isReference && <span className="query-hint">{t.search.opensTrace}</span>}
        {proposals.length > 0 ? (
          <ul id={`${id}-proposals`} className="query-proposals" role="listbox" aria-label={t.search.proposals}>
            {proposals.map((proposal, index) => (
              <li
                key={`${proposal.kind} ${proposal.label} ${proposal.detail}`}
                id={`${id}-${index}`}
                role="option"
                aria-selected={index === pick}
                ref={(element) => {
                  if (index === pick) {
                    element?.scrollIntoView({ block: 'nearest' });
                  }
                }}
                // The field would lose its focus, and with it the list, before a click arrives.
                onPointerDown={(event) => {
                  event.preventDefault();
                  take(proposal);
                }}
              >
                <span className="query-proposal" data-kind={proposal.kind}>
                  {proposal.label}
                </span>
                <span className="sub num">{proposal.detail}</span>
              </li>
            ))}
          </ul>
        ) : (
          said !== null &&
          focused && (
            <p id={`${id}-said`} className="query-said" data-severity={said.severity} role="status">
              {said.message}
              {said.suggestion !== '' && ` – ${said.suggestion}`}
            </p>
          )
        )}
      </div>
      <TimePicker range={view.range} onChange={(range) => onChange({ range })} />
      <button type="button" className="button button-primary query-run" aria-busy={busy} onClick={submit}>
        {isReference ? t.search.open : t.search.run}
      </button>
    </div>
  );
}

/** The same text in colours, behind the field whose own letters are transparent, with waves under what is wrong. */
function Colours({ text, scroll, marks }: { text: string; scroll: number; marks: { start: number; end: number; severity: string }[] }) {
  const parts: { text: string; kind: string; start: number }[] = [];
  let at = 0;
  for (const token of tokenize(text)) {
    parts.push({ text: text.slice(at, token.start), kind: '', start: at }, { text: text.slice(token.start, token.end), kind: token.class, start: token.start });
    at = token.end;
  }
  parts.push({ text: text.slice(at), kind: '', start: at });
  const severity = (start: number, end: number) => marks.find((m) => Math.max(m.start, start) < Math.min(Math.max(m.end, m.start + 1), end))?.severity;
  const atEnd = marks.some((m) => m.start >= text.trimEnd().length);
  return (
    <div className="query-colours" aria-hidden="true">
      <pre style={{ transform: `translateY(${-scroll}px)` }}>
        {parts.map((part, index) => (
          <span key={index} data-token={part.kind} data-mark={part.kind === '' ? undefined : severity(part.start, part.start + part.text.length)}>
            {part.text}
          </span>
        ))}
        {atEnd && <span data-mark="error"> </span>}
      </pre>
    </div>
  );
}

/** A wavy line under the character that the server stopped at. The field has a monospaced face, so a column is a number of `ch`. */
function ErrorMark({ draft, line, column }: { draft: string; line: number; column: number }) {
  const text = draft.split('\n')[line - 1] ?? '';
  const at = Math.min(column - 1, Math.max(0, text.length));
  const width = Math.max(1, /^[\w.":-]*/.exec(text.slice(at))?.[0].length ?? 1);
  return <span className="query-error-mark" aria-hidden="true" style={{ left: `${at}ch`, top: `${line}lh`, width: `${width}ch` }} />;
}
