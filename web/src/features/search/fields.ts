/** The name under which an answer carries a selected field: without its scope. */
export function answerName(field: string): string {
  const name = field.replace(/^(?:parent\.)?(?:span|resource|event|link|instrumentation)\./, '').replace(/^\./, '');
  return name.startsWith('"') && name.endsWith('"') ? name.slice(1, -1) : name;
}

// What people break down by first, in this order, before the rest of the alphabet.
const first = [
  'resource.service.name',
  'name',
  'status',
  'kind',
  'span.http.route',
  'span.http.response.status_code',
  'span.rpc.method',
  'span.db.system.name',
  'span.db.system',
  'resource.service.version',
  'resource.deployment.environment.name',
  'resource.k8s.namespace.name',
  'resource.k8s.pod.name',
  'rootName',
  'rootServiceName',
];

const notGrouping = /^(?:duration|traceDuration|event:timeSinceStart|.*:(?:id|spanID|traceID|parentID|duration)|nestedSet.*|parent.*|childCount|event\..*|link\..*|span:(?:status|name|kind|statusMessage|childCount)|trace:(?:rootName|rootService)|instrumentation:.*|event:.*)$/;

/** Fields to group by, the usual ones first; without those that differ for nearly every span or repeat another. */
export function groupingFields(fields: readonly string[]): string[] {
  const kept = fields.filter((f) => !notGrouping.test(f));
  return [...first.filter((f) => kept.includes(f)), ...kept.filter((f) => !first.includes(f)).sort()];
}
