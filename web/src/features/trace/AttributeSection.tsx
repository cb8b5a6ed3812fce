import { useState } from 'react';
import { Link } from '../../app/Link';
import { cameFrom, carriedParams, usePlace } from '../../app/location';
import { usePreferences } from '../../app/preferences';
import { addCondition } from '../../model/builder';
import { conditionFor, groupAttributes } from '../../model/attributeGroups';
import type { Attribute } from '../../model/trace/detail';
import { CopyButton } from '../../ui/CopyButton';
import { Breakable } from '../../ui/Breakable';
import { Icon } from '../../ui/Icon';

interface AttributeSectionProps {
  title: string;
  scope: 'span' | 'resource' | null;
  attributes: Attribute[];
  filter: string;
  dropped: number;
}

export function matchesFilter(attribute: Attribute, filter: string): boolean {
  const wanted = filter.trim().toLowerCase();
  return wanted === '' || attribute.key.toLowerCase().includes(wanted) || attribute.value.toLowerCase().includes(wanted);
}

export function AttributeSection({ title, scope, attributes, filter, dropped }: AttributeSectionProps) {
  const { t } = usePreferences();
  const shown = attributes.filter((a) => matchesFilter(a, filter));
  if (attributes.length === 0 && dropped === 0) {
    return null;
  }
  return (
    <section className="panel-section">
      <h3>
        {title} <span className="num sub">{shown.length === attributes.length ? attributes.length : t.span.someOf(shown.length, attributes.length)}</span>
      </h3>
      {groupAttributes(shown).map((group) => (
        <div key={group.name} className="attribute-group">
          <h4>{t.groups[group.name]}</h4>
          <dl className="attributes">
            {group.attributes.map((attribute, index) => (
              <AttributeRow key={`${attribute.key} ${index}`} attribute={attribute} condition={scope === null ? null : conditionFor(scope, attribute)} />
            ))}
          </dl>
        </div>
      ))}
      {dropped > 0 && <p className="panel-note">{t.span.dropped(dropped)}</p>}
    </section>
  );
}

const foldAbove = 400;

export function AttributeRow({ attribute, condition }: { attribute: Attribute; condition: string | null }) {
  const { t } = usePreferences();
  const { params } = usePlace();
  const [open, setOpen] = useState(false);
  const long = attribute.value.length > foldAbove;
  // The search that led here goes on with one condition more; without one a new search begins.
  const search = (put: Record<string, string>) => {
    const before = cameFrom();
    const base = before?.startsWith('/?') ? new URLSearchParams(before.slice(2)) : carriedParams(params);
    for (const key of ['sel', 'selt', 'tab', 'live']) {
      base.delete(key);
    }
    const { condition: added, ...rest } = put;
    for (const [key, value] of Object.entries(rest)) {
      base.set(key, value);
    }
    if (added !== undefined) {
      base.set('q', addCondition(base.get('q') ?? '', added));
    }
    return base;
  };
  const field = condition === null ? null : condition.slice(0, condition.indexOf(' = '));
  return (
    <div className="attribute" data-type={attribute.type}>
      <dt title={attribute.key}>
        <Breakable text={attribute.key} />
      </dt>
      <dd>
        <span className="attribute-value">{long && !open ? `${attribute.value.slice(0, foldAbove)}…` : attribute.value === '' ? <em className="sub">{t.span.emptyValue}</em> : attribute.value}</span>
        {long && (
          <button type="button" className="inline-button" onClick={() => setOpen(!open)}>
            {open ? t.span.less : t.span.more(attribute.value.length)}
          </button>
        )}
        <span className="attribute-tools">
          {condition !== null && field !== null && (
            <>
              <Link className="icon-button" path="/" params={search({ condition })} aria-label={t.span.filterIn(attribute.key)} title={t.span.filterIn(attribute.key)}>
                <Icon name="plus" size={13} />
              </Link>
              <Link className="icon-button" path="/" params={search({ condition: condition.replace(' = ', ' != ') })} aria-label={t.span.filterOut(attribute.key)} title={t.span.filterOut(attribute.key)}>
                <Icon name="minus" size={13} />
              </Link>
              <Link className="icon-button" path="/" params={search({ tab: 'breakdown', by: field })} aria-label={t.compare.groupBy(attribute.key)} title={t.compare.groupBy(attribute.key)}>
                <Icon name="group" size={13} />
              </Link>
            </>
          )}
          <CopyButton text={attribute.value} label={t.span.copyValue(attribute.key)} />
        </span>
      </dd>
    </div>
  );
}
