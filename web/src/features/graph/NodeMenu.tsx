import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent } from 'react';
import type { GraphEdge, GraphNode } from '../../api/graph';
import { navigate, usePlace } from '../../app/location';
import { usePreferences } from '../../app/preferences';
import { meshParams } from './meshParams';

interface Props {
  /** What the menu is of, and where it was asked for within the stage. */
  node?: GraphNode;
  edge?: GraphEdge;
  at: { x: number; y: number };
  collapsed: boolean;
  onClose(): void;
  onFocus(node: GraphNode): void;
  onFold(id: string): void;
  onHide(expression: string): void;
  onSelect(id: string): void;
}

/** What can be done with a node or an edge: the menu of the right mouse button, and of the keyboard's menu key. */
export function NodeMenu({ node, edge, at, collapsed, onClose, onFocus, onFold, onHide, onSelect }: Props) {
  const { t } = usePreferences();
  const { params } = usePlace();
  const list = useRef<HTMLUListElement>(null);
  const [place, setPlace] = useState(at);
  useLayoutEffect(() => {
    const stage = list.current?.parentElement?.getBoundingClientRect();
    const own = list.current?.getBoundingClientRect();
    if (stage && own) {
      setPlace({ x: Math.max(4, Math.min(at.x, stage.width - own.width - 4)), y: Math.max(4, Math.min(at.y, stage.height - own.height - 4)) });
    }
    list.current?.querySelector('button')?.focus();
  }, [at]);
  useEffect(() => {
    const outside = (event: Event) => {
      if (event.target instanceof Node && !list.current?.contains(event.target)) {
        onClose();
      }
    };
    document.addEventListener('pointerdown', outside);
    return () => document.removeEventListener('pointerdown', outside);
  }, [onClose]);

  const items: { label: string; act(): void }[] = [];
  if (node?.kind === 'box') {
    items.push({ label: collapsed ? t.graph.unfold : t.graph.fold, act: () => onFold(node.id) });
  } else if (node) {
    const isKnown = node.namespace !== '' && node.namespace !== 'unknown';
    const page = !isKnown || node.role ? '' : node.workload ? `/workloads/${node.namespace}/${node.workload}` : node.kind === 'service' ? `/mesh-services/${node.namespace}/${node.service ?? node.name}` : '';
    const go = (tab: string) => () => {
      const next = meshParams(params);
      if (tab !== '') {
        next.set('tab', tab);
      }
      navigate(page, next);
    };
    if (page !== '') {
      items.push({ label: t.graph.details, act: go('') }, { label: t.graph.tabTraffic, act: go('traffic') }, { label: t.graph.tabIn, act: go('in') });
      if (node.kind !== 'service') {
        items.push({ label: t.graph.tabOut, act: go('out') });
      }
      items.push({ label: t.graph.tabTraces, act: go('traces') });
    }
    if (isKnown) {
      items.push({ label: t.graph.focusNode, act: () => onFocus(node) });
    }
    items.push({ label: t.graph.hideNode, act: () => onHide(`name = ${node.name}`) });
  } else if (edge) {
    items.push({ label: t.graph.details, act: () => onSelect(edge.id) }, { label: `${t.graph.source}`, act: () => onSelect(edge.source) }, { label: `${t.graph.target}`, act: () => onSelect(edge.target) });
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const buttons = [...(list.current?.querySelectorAll('button') ?? [])];
    const now = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const to = event.key === 'ArrowDown' ? now + 1 : event.key === 'ArrowUp' ? now - 1 : event.key === 'Home' ? 0 : event.key === 'End' ? buttons.length - 1 : undefined;
    if (event.key === 'Escape' || event.key === 'Tab') {
      event.preventDefault();
      event.stopPropagation();
      onClose();
    } else if (to !== undefined) {
      event.preventDefault();
      event.stopPropagation();
      buttons[(to + buttons.length) % buttons.length]?.focus();
    }
  };
  return (
    <ul ref={list} className="graph-context" role="menu" aria-label={node?.name ?? t.graph.edge} style={{ left: place.x, top: place.y }} onKeyDown={onKeyDown} data-list-keys>
      {items.map((item) => (
        <li key={item.label} role="none">
          <button
            type="button"
            role="menuitem"
            tabIndex={-1}
            onClick={() => {
              onClose();
              item.act();
            }}
          >
            {item.label}
          </button>
        </li>
      ))}
    </ul>
  );
}
