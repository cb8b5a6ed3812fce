import type { Attribute } from './trace/detail';

/** Families of attributes by the first part of their key, in the order in which a person looks for them. */
const groups = [
  ['error', ['error', 'exception', 'otel.status']],
  ['http', ['http', 'url', 'user_agent']],
  ['rpc', ['rpc', 'grpc']],
  ['db', ['db', 'sql', 'redis', 'mongodb', 'cassandra']],
  ['messaging', ['messaging', 'kafka', 'rabbitmq']],
  ['genai', ['gen_ai']],
  ['service', ['service', 'deployment', 'peer']],
  ['network', ['network', 'net', 'server', 'client', 'source', 'destination', 'tls', 'dns']],
  ['code', ['code', 'thread', 'feature_flag']],
  ['user', ['user', 'enduser', 'session', 'browser', 'device']],
  ['k8s', ['k8s', 'container', 'istio', 'mesh', 'oci']],
  ['cloud', ['cloud', 'aws', 'azure', 'gcp', 'faas']],
  ['host', ['host', 'os', 'process']],
  ['sdk', ['telemetry', 'otel']],
] as const satisfies readonly (readonly [string, readonly string[]])[];

export type GroupName = (typeof groups)[number][0] | 'other';

const groupOfPrefix = new Map<string, GroupName>(groups.flatMap(([name, prefixes]) => prefixes.map((prefix) => [prefix, name] as const)));

export function groupOf(key: string): GroupName {
  const dot = key.indexOf('.');
  if (dot < 0) {
    return groupOfPrefix.get(key) ?? 'other';
  }
  const second = key.indexOf('.', dot + 1);
  return groupOfPrefix.get(second < 0 ? key : key.slice(0, second)) ?? groupOfPrefix.get(key.slice(0, dot)) ?? 'other';
}

export interface AttributeGroup {
  name: GroupName;
  attributes: Attribute[];
}

/** Attributes by family; the application's own come first, since nobody else knows them, and keys are sorted within each. */
export function groupAttributes(attributes: readonly Attribute[]): AttributeGroup[] {
  const found = new Map<GroupName, Attribute[]>();
  for (const attribute of attributes) {
    const name = groupOf(attribute.key);
    const list = found.get(name);
    if (list === undefined) {
      found.set(name, [attribute]);
    } else {
      list.push(attribute);
    }
  }
  const order: readonly GroupName[] = ['error', 'other', ...groups.map(([name]) => name)];
  return [...new Set(order)].flatMap((name) => {
    const list = found.get(name);
    return list === undefined ? [] : [{ name, attributes: list.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)) }];
  });
}

/** A TraceQL condition for one attribute; null for values that the language cannot compare. */
export function conditionFor(scope: 'span' | 'resource', attribute: Attribute): string | null {
  const key = /^[A-Za-z_][\w.-]*$/.test(attribute.key) ? `${scope}.${attribute.key}` : `${scope}.${JSON.stringify(attribute.key)}`;
  switch (attribute.type) {
    case 'string':
      return attribute.value.length > 500 ? null : `${key} = "${attribute.value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`;
    case 'int':
    case 'bool':
      return `${key} = ${attribute.value}`;
    case 'double':
      return Number.isFinite(Number(attribute.value)) ? `${key} = ${attribute.value}` : null;
    default:
      return null;
  }
}
