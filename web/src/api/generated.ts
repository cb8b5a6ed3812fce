// Made by scripts/api-types.mjs from openapi.json (npm run api-types). Changes here are lost.

/** Names of attributes. */
export interface AttributeNames {
  scopes: AttributeScopeNames[];
  incomplete?: string;
}

export interface AttributeScopeNames {
  /** resource, span, event, link, instrumentation or intrinsic. */
  scope: string;
  names: string[];
}

export interface AttributeValue {
  value: string;
  /** string, int, float, bool, duration or keyword. */
  type: string;
  /** Spans with it. */
  spans: number;
}

/** Values of an attribute, the most frequent first. */
export interface AttributeValues {
  name: string;
  values: AttributeValue[];
  incomplete?: string;
}

/** Spans of a search, divided by the values of an attribute. */
export interface Breakdown {
  /** The attribute, as the language writes it. */
  by: string;
  /** Nanoseconds since the epoch. */
  startUnixNano: string;
  endUnixNano: string;
  total: BreakdownRow;
  /** Spans without the attribute; null when there are none. */
  missing?: BreakdownRow;
  rows: BreakdownRow[];
  /** Values that the limit left out. */
  moreValues: number;
  /** Which limit ended the count early, as a sentence. */
  incomplete?: string;
}

/** The spans with one value. */
export interface BreakdownRow {
  value?: string;
  /** string, int, float, bool, duration or keyword. */
  type?: string;
  /** The condition in TraceQL that spans with this value meet. */
  condition?: string;
  spans: number;
  errors: number;
  ratePerSecond: number;
  /** Of all spans of the search, 0 to 1. */
  share: number;
  /** Errors among these spans, 0 to 1. */
  errorShare: number;
  /** Nanoseconds. */
  p50Nanos: number;
  p90Nanos: number;
  p99Nanos: number;
}

export interface ComparedAttribute {
  /** The attribute, as the language writes it. */
  name: string;
  /** The greatest difference between the shares of one value, 0 to 1. */
  difference: number;
  /** The selection asks for this attribute, so the difference says nothing new. */
  isPartOfSelection: boolean;
  selectionSpans: number;
  restSpans: number;
  /** The most different first. */
  values: ComparedValue[];
  moreValues: number;
}

export interface ComparedValue {
  value: string;
  type: string;
  /** The condition in TraceQL that spans with this value meet. */
  condition?: string;
  selection: number;
  rest: number;
  /** Of all spans of the selection, 0 to 1. */
  selectionShare: number;
  restShare: number;
  /** The attribute has so many values that a count beside which this stands is not known; it is at most this. */
  isUpperBound: boolean;
}

/** How a selection of spans differs from the rest of a search. */
export interface Comparison {
  selectionSpans: number;
  restSpans: number;
  /** Attributes, the most different first; those that the selection itself asks for at the end. */
  attributes: ComparedAttribute[];
  incomplete?: string;
}

export interface CompletionReport {
  /** Where the cursor stands. */
  situation: 'none' | 'empty' | 'spanset' | 'spansetOperator' | 'field' | 'attributeName' | 'operator' | 'value' | 'logicalOperator' | 'pipelineFunction' | 'comparison' | 'metricsStage' | 'secondStage' | 'fieldArgument' | 'sortKey' | 'sortDirection' | 'hintName' | 'hintValue';
  /** What a chosen proposal replaces. */
  start: number;
  end: number;
  /** What is already typed of it, without quotes. */
  prefix: string;
  /** The language's own proposals. Names and values of attributes come from /api/v1/attributes. */
  items: ProposalReport[];
  /** For names: in which scope; missing when names do not fit here. */
  scope?: string;
  /** Names are the parent span's. */
  ofParent: boolean;
  /** For operators and values: of which attribute, as /api/v1/attributes/values takes it. */
  field?: string;
  hint?: string;
  /** The rest of the query as a filter, to narrow names and values with; missing when there is nothing to narrow by. */
  narrow?: string;
}

export interface ConditionReport {
  start: number;
  end: number;
  text: string;
  /** Missing, with operator and value, when the condition is more than a comparison of an attribute with a value. */
  field?: string;
  operator?: string;
  /** Without quotes. */
  value?: string;
  /** string, int, float, duration, bool, status, kind or nil. */
  valueType?: string;
}

export interface DataReport {
  path: string | null;
  backend: string;
  retention: string;
}

export interface DiagnosticReport {
  severity: 'error' | 'warning' | 'hint';
  phase: 'limit' | 'tags' | 'parse' | 'validate';
  message: string;
  start: number;
  end: number;
  /** From 1. */
  line: number;
  /** In characters, from 1. */
  column: number;
  /** What could have stood here. */
  expected: string[];
  /** The way out, as half a sentence. */
  suggestion?: string;
  /** The whole text, as a refused query is answered. */
  text: string;
}

export interface DiffAttribute {
  key: string;
  base?: string;
  compare?: string;
}

/** Two traces laid over each other. */
export interface DiffReport {
  base: DiffSide;
  compare: DiffSide;
  /** Spans that are in both, alike but for their times. */
  same: number;
  changed: number;
  added: number;
  removed: number;
  /** In depth-first order. */
  rows: DiffRow[];
  /** Why rows are missing, as a sentence. */
  cut?: string;
}

export interface DiffRow {
  /** Index of the row above; -1 at the top. */
  parent: number;
  depth: number;
  service: string;
  name: string;
  kind: string;
  change: 'same' | 'changed' | 'added' | 'removed';
  /** Missing when the span was added. */
  base?: DiffRowSide;
  /** Missing when the span was removed. */
  compare?: DiffRowSide;
  /** Attributes that differ. */
  attributes: DiffAttribute[];
}

export interface DiffRowSide {
  spanId: string;
  /** From the start of its trace. */
  offsetNanos: number;
  durationNanos: number;
  /** Time that no child covers. */
  selfNanos: number;
  /** ok, error or unset. */
  status: string;
}

export interface DiffSide {
  traceId: string;
  rootService?: string;
  rootName?: string;
  startUnixNano: string;
  durationNanos: number;
  spans: number;
  errors: number;
}

export interface EmptyCondition {
  condition: string;
  /** Spans in the window meet it. */
  foundAlone: boolean;
  /** Without it the search finds something: this one is to blame. */
  foundWithout: boolean;
}

/** Why a search finds nothing, and where there is something. */
export interface EmptyReport {
  /** The search does find traces; the rest says little then. */
  findsTraces: boolean;
  /** The conditions of the first filter, each by itself and each left out. */
  conditions: EmptyCondition[];
  /** The first stage of the pipeline after which nothing is left. */
  emptyAfter?: string;
  /** Traces of any kind are there in the window. */
  windowHasData: boolean;
  /** What is stored, in nanoseconds; missing when nothing is. */
  dataStartUnixNano?: string;
  dataEndUnixNano?: string;
  /** The newest trace before the window that the search finds. */
  before?: NearestTrace;
  /** A trace after the window that the search finds, the first there is. */
  after?: NearestTrace;
  /** The finding in words. */
  sentence: string;
}

export interface ExceptionGroupReport {
  /** Empty when the span failed without saying with what. */
  type: string;
  message: string;
  stackTrace?: string;
  /** What the stack traces of the group have in common. */
  stackPrefix: string;
  count: number;
  traces: number;
  firstUnixNano: string;
  lastUnixNano: string;
  places: ExceptionPlace[];
  /** The newest. */
  examples: SpanExample[];
}

export interface ExceptionPlace {
  service: string;
  operation: string;
  count: number;
}

/** Exceptions of one type, with one message but for ids in it, thrown at one place. */
export interface ExceptionReport {
  /** The most frequent first. */
  groups: ExceptionGroupReport[];
  moreGroups: number;
  exceptions: number;
  cut?: string;
  incomplete?: string;
}

/** A filter in braces. */
export interface FilterReport {
  start: number;
  end: number;
  /** All of them have to hold. Their places do not overlap, and what stands between is && alone. */
  conditions: ConditionReport[];
}

export interface NearestTrace {
  traceId: string;
  startUnixNano: string;
}

/** The operations of a service with rate, errors and durations. */
export interface OperationList {
  service: string;
  /** What was counted begins here. */
  startUnixNano: string;
  /** And ends here. */
  endUnixNano: string;
  /** The ends of the sparklines' intervals, unix milliseconds. */
  timesUnixMs: number[];
  /** False when the service has no requests: then these are all of its operations, calls to others too. */
  countsRequests: boolean;
  /** The most requests first. */
  operations: ServiceRow[];
  /** Operations that the limit left out. */
  omitted: number;
  incomplete?: string;
}

export interface ProposalReport {
  kind: 'query' | 'scope' | 'intrinsic' | 'keyword' | 'operator' | 'function' | 'hint' | 'name';
  label: string;
  insert: string;
  detail?: string;
}

/** What an editor needs to know about a text. Places are offsets in UTF-16 units, as in JavaScript's strings; the end is not included. */
export interface QueryReport {
  /** search or metrics; missing when the text is no query yet. */
  kind?: string;
  /** The canonical form; missing when the text is no query yet. */
  canonical?: string;
  /** Pieces of text in order, for colouring. */
  tokens: TokenReport[];
  diagnostics: DiagnosticReport[];
  completion: CompletionReport;
  /** The first filter of the query as a list, for a builder; missing when the query does not begin with one. */
  filter?: FilterReport;
}

export interface ReceiverReport {
  protocol: string;
  endpoint: string;
}

/** A search that people of a tenant share. */
export interface SavedSearch {
  id: string;
  name: string;
  /** TraceQL. */
  query: string;
  /** What else the page remembers of it, such as columns; the server does not look into it. */
  state?: string;
  createdUnixNano: string;
  changedUnixNano: string;
}

/** A search to be saved. */
export interface SavedSearchBody {
  name?: string;
  query?: string;
  state?: string;
}

export interface SavedSearches {
  /** By name. */
  searches: SavedSearch[];
  /** How many a tenant may have. */
  limit: number;
}

/** Who calls a service, and whom it calls. */
export interface ServiceDependencies {
  service: string;
  /** What was counted begins here. */
  startUnixNano: string;
  /** And ends here. */
  endUnixNano: string;
  /** Measured at this service. */
  callers: ServiceEdge[];
  /** Measured at the services that are called. */
  callees: ServiceEdge[];
  /** What has no spans of its own, such as databases; measured at this service's client spans. */
  externals: ServiceEdge[];
  incomplete?: string;
}

export interface ServiceEdge {
  name: string;
  /** service, database, messaging or peer. */
  kind: string;
  calls: number;
  errors: number;
  ratePerSecond: number;
  errorShare: number;
  p50Nanos: number;
  p90Nanos: number;
  p95Nanos: number;
  p99Nanos: number;
  /** A TraceQL query that finds the calls. */
  query: string;
}

/** Services with rate, errors and durations. */
export interface ServiceList {
  /** What was counted begins here. */
  startUnixNano: string;
  /** And ends here. */
  endUnixNano: string;
  /** The ends of the sparklines' intervals, unix milliseconds. */
  timesUnixMs: number[];
  /** The most requests first. */
  services: ServiceRow[];
  incomplete?: string;
}

/** The numbers of a service, or of one of its operations. */
export interface ServiceRow {
  name: string;
  /** All its spans. */
  spans: number;
  /** True when the numbers are of requests (server and consumer spans); false when there are none, and they are of all spans. */
  countsRequests: boolean;
  requests: number;
  errors: number;
  ratePerSecond: number;
  /** 0 to 1. */
  errorShare: number;
  p50Nanos: number;
  p90Nanos: number;
  p95Nanos: number;
  p99Nanos: number;
  /** Requests in each interval. */
  requestsOverTime: number[];
  errorsOverTime: number[];
  /** 95th percentile of the duration in each interval; 0 where there was nothing. */
  p95NanosOverTime: number[];
}

export interface SessionReport {
  tokenNeeded: boolean;
}

/** A short name for a page's address. */
export interface ShortLink {
  id: string;
  /** From the first / on, with its query string. */
  path: string;
}

export interface ShortLinkBody {
  path?: string;
}

export interface SpanExample {
  traceId: string;
  spanId: string;
}

export interface SpanReport {
  accepted: number;
  refused: number;
  firstReceivedUnixMs: number | null;
  lastReceivedUnixMs: number | null;
  stored: number;
}

export interface StatusReport {
  version: string;
  startedAt: string;
  receivers: ReceiverReport[];
  api: string;
  tenant: string;
  data: DataReport;
  spans: SpanReport;
  traces: TraceReport;
}

export interface StructureNode {
  /** Index of the node above; -1 at the top. */
  parent: number;
  depth: number;
  service: string;
  name: string;
  kind: string;
  /** Traces that have the node. */
  traces: number;
  spans: number;
  errors: number;
  /** Spans that the query matched. */
  matched: number;
  totalNanos: number;
  /** Time that no child covers. */
  selfNanos: number;
  p50Nanos: number;
  p90Nanos: number;
  maxNanos: number;
  /** From the start of the trace, on average. */
  offsetNanos: number;
  /** The trace where it took longest. */
  exampleTraceId: string;
}

/** Many traces as one tree: spans that are called in the same way are one node. */
export interface StructureReport {
  /** Traces that were merged. */
  traces: number;
  /** In depth-first order, those that take longest in all first. */
  nodes: StructureNode[];
  /** What was left out, as a sentence. */
  cut?: string;
  incomplete?: string;
}

export interface TokenReport {
  class: 'comment' | 'string' | 'number' | 'duration' | 'keyword' | 'scope' | 'attribute' | 'intrinsic' | 'function' | 'name' | 'operator' | 'punctuation' | 'unknown';
  start: number;
  end: number;
}

export interface TraceReport {
  oldestUnixMs: number | null;
  newestUnixMs: number | null;
}

export interface UiLinkReport {
  title: string;
  /** With ${trace.id}, ${span.id}, ${span.KEY}, ${resource.KEY}, ${start} and ${end} (unix milliseconds) to be filled in, percent-encoded. */
  url: string;
}

/** What the configuration has for the pages. */
export interface UiReport {
  /** Links from spans to other programs. */
  links: UiLinkReport[];
  /** Requests have to name a tenant in X-Scope-OrgID. */
  tenantsEnabled: boolean;
}

/** Every operation by its id: where it is, what it takes in path and query string, what it carries, what it answers. */
export interface Operations {
  /** Names of attributes that spans have */
  attributeNames: {
    method: 'GET';
    path: '/api/v1/attributes';
    inPath: Record<string, never>;
    query: { q?: string; scope?: string; limit?: number; start?: string; end?: string; since?: string };
    body: never;
    answer: AttributeNames;
  };
  /** Values of an attribute with the number of spans that have them */
  attributeValues: {
    method: 'GET';
    path: '/api/v1/attributes/values';
    inPath: Record<string, never>;
    query: { name: string; q?: string; prefix?: string; limit?: number; start?: string; end?: string; since?: string };
    body: never;
    answer: AttributeValues;
  };
  /** Rate, errors and durations by the values of an attribute */
  breakdown: {
    method: 'GET';
    path: '/api/v1/breakdown';
    inPath: Record<string, never>;
    query: { q?: string; by?: string; sort?: string; limit?: number; start?: string; end?: string; since?: string };
    body: never;
    answer: Breakdown;
  };
  /** Attributes ranked by how differently a selection and the rest have them */
  compare: {
    method: 'GET';
    path: '/api/v1/compare';
    inPath: Record<string, never>;
    query: { q?: string; selection?: string; selectionStart?: string; selectionEnd?: string; limit?: number; values?: number; start?: string; end?: string; since?: string };
    body: never;
    answer: Comparison;
  };
  /** What the traces with a selected span have that other traces of the search have not */
  compareTraces: {
    method: 'GET';
    path: '/api/v1/compare/traces';
    inPath: Record<string, never>;
    query: { q?: string; selection: string; selectionStart?: string; selectionEnd?: string; start?: string; end?: string; since?: string };
    body: never;
    answer: unknown;
  };
  /** The receipts of deletions */
  listDeletions: {
    method: 'GET';
    path: '/api/v1/deletions';
    inPath: Record<string, never>;
    query: Record<string, never>;
    body: never;
    answer: unknown;
  };
  /** Delete traces by id or by a TraceQL query */
  deleteTraces: {
    method: 'POST';
    path: '/api/v1/deletions';
    inPath: Record<string, never>;
    query: Record<string, never>;
    body: never;
    answer: unknown;
  };
  /** The receipt of one deletion */
  showDeletion: {
    method: 'GET';
    path: '/api/v1/deletions/{id}';
    inPath: { id: string };
    query: Record<string, never>;
    body: never;
    answer: unknown;
  };
  /** What differs between two traces */
  traceDiff: {
    method: 'GET';
    path: '/api/v1/diff';
    inPath: Record<string, never>;
    query: { base: string; compare: string };
    body: never;
    answer: DiffReport;
  };
  /** Why no traces arrive, as far as looking tells */
  doctor: {
    method: 'GET';
    path: '/api/v1/doctor';
    inPath: Record<string, never>;
    query: Record<string, never>;
    body: never;
    answer: unknown;
  };
  /** The same, with test spans that are sent and stored like any other */
  doctorTest: {
    method: 'POST';
    path: '/api/v1/doctor';
    inPath: Record<string, never>;
    query: Record<string, never>;
    body: never;
    answer: unknown;
  };
  /** Exceptions of a search's spans, grouped by type, message and place */
  exceptions: {
    method: 'GET';
    path: '/api/v1/exceptions';
    inPath: Record<string, never>;
    query: { q?: string; limit?: number; start?: string; end?: string; since?: string };
    body: never;
    answer: ExceptionReport;
  };
  /** Which condition of a search leaves nothing, and when there was something */
  explainEmpty: {
    method: 'GET';
    path: '/api/v1/explain-empty';
    inPath: Record<string, never>;
    query: { q?: string; start?: string; end?: string; since?: string };
    body: never;
    answer: EmptyReport;
  };
  /** The mesh as nodes and edges */
  graph: {
    method: 'GET';
    path: '/api/v1/graph';
    inPath: Record<string, never>;
    query: { namespaces?: string; graphType?: string; duration?: string; queryTime?: string; injectServiceNodes?: boolean; idle?: boolean; operations?: string; boxBy?: string; focus?: string; kind?: string; rateHttp?: string; rateGrpc?: string; rateTcp?: string; evidence?: string; compare?: string };
    body: never;
    answer: unknown;
  };
  /** Why the graph is empty or lacks something */
  graphDoctor: {
    method: 'GET';
    path: '/api/v1/graph/doctor';
    inPath: Record<string, never>;
    query: { namespaces?: string; graphType?: string; duration?: string; queryTime?: string; injectServiceNodes?: boolean; idle?: boolean; operations?: string; boxBy?: string; focus?: string; kind?: string; rateHttp?: string; rateGrpc?: string; rateTcp?: string; evidence?: string };
    body: never;
    answer: unknown;
  };
  /** Nodes with their numbers, for tables */
  graphList: {
    method: 'GET';
    path: '/api/v1/graph/list';
    inPath: Record<string, never>;
    query: { namespaces?: string; graphType?: string; duration?: string; queryTime?: string; injectServiceNodes?: boolean; idle?: boolean; operations?: string; boxBy?: string; focus?: string; kind?: string; rateHttp?: string; rateGrpc?: string; rateTcp?: string; evidence?: string };
    body: never;
    answer: unknown;
  };
  /** Namespaces with traffic */
  graphNamespaces: {
    method: 'GET';
    path: '/api/v1/graph/namespaces';
    inPath: Record<string, never>;
    query: { duration?: string; queryTime?: string };
    body: never;
    answer: unknown;
  };
  /** Rate, errors and latency of an edge or a node over time */
  graphSeries: {
    method: 'GET';
    path: '/api/v1/graph/series';
    inPath: Record<string, never>;
    query: { namespaces?: string; graphType?: string; duration?: string; queryTime?: string; injectServiceNodes?: boolean; idle?: boolean; operations?: string; boxBy?: string; focus?: string; kind?: string; rateHttp?: string; rateGrpc?: string; rateTcp?: string; evidence?: string; source?: string; target?: string; throughput?: boolean };
    body: never;
    answer: unknown;
  };
  /** Which nodes and edges of the graph a trace goes over */
  graphTrace: {
    method: 'GET';
    path: '/api/v1/graph/trace';
    inPath: Record<string, never>;
    query: { namespaces?: string; graphType?: string; duration?: string; queryTime?: string; injectServiceNodes?: boolean; idle?: boolean; operations?: string; boxBy?: string; focus?: string; kind?: string; rateHttp?: string; rateGrpc?: string; rateTcp?: string; evidence?: string; trace: string };
    body: never;
    answer: unknown;
  };
  /** A short name for a page's address; the same address has the same name */
  shorten: {
    method: 'POST';
    path: '/api/v1/links';
    inPath: Record<string, never>;
    query: Record<string, never>;
    body: ShortLinkBody;
    answer: ShortLink;
  };
  /** The address behind a short name */
  link: {
    method: 'GET';
    path: '/api/v1/links/{id}';
    inPath: { id: string };
    query: Record<string, never>;
    body: never;
    answer: ShortLink;
  };
  /** This document: every endpoint under /api/v1 */
  openApi: {
    method: 'GET';
    path: '/api/v1/openapi.json';
    inPath: Record<string, never>;
    query: Record<string, never>;
    body: never;
    answer: unknown;
  };
  /** What runs, and how each component is doing */
  pipeline: {
    method: 'GET';
    path: '/api/v1/pipeline';
    inPath: Record<string, never>;
    query: Record<string, never>;
    body: never;
    answer: unknown;
  };
  /** Spans as they enter a component, one OTLP/JSON object a line */
  pipelineTap: {
    method: 'GET';
    path: '/api/v1/pipeline/tap';
    inPath: Record<string, never>;
    query: { pipeline?: string; component?: string; limit?: number; seconds?: number };
    body: never;
    answer: string;
  };
  /** The searches that were saved */
  savedSearches: {
    method: 'GET';
    path: '/api/v1/saved-searches';
    inPath: Record<string, never>;
    query: Record<string, never>;
    body: never;
    answer: SavedSearches;
  };
  /** Saves a search */
  saveSearch: {
    method: 'POST';
    path: '/api/v1/saved-searches';
    inPath: Record<string, never>;
    query: Record<string, never>;
    body: SavedSearchBody;
    answer: SavedSearch;
  };
  /** Deletes a search that was saved */
  deleteSavedSearch: {
    method: 'DELETE';
    path: '/api/v1/saved-searches/{id}';
    inPath: { id: string };
    query: Record<string, never>;
    body: never;
    answer: void;
  };
  /** A search that was saved */
  savedSearch: {
    method: 'GET';
    path: '/api/v1/saved-searches/{id}';
    inPath: { id: string };
    query: Record<string, never>;
    body: never;
    answer: SavedSearch;
  };
  /** Changes a search that was saved */
  changeSavedSearch: {
    method: 'PUT';
    path: '/api/v1/saved-searches/{id}';
    inPath: { id: string };
    query: Record<string, never>;
    body: SavedSearchBody;
    answer: SavedSearch;
  };
  /** A search whose traces come as they are found, a line of JSON each time */
  searchStream: {
    method: 'GET';
    path: '/api/v1/search';
    inPath: Record<string, never>;
    query: { q?: string; limit?: number; spss?: number; start?: string; end?: string; since?: string };
    body: never;
    answer: string;
  };
  /** Services with rate, errors, durations and sparklines */
  services: {
    method: 'GET';
    path: '/api/v1/services';
    inPath: Record<string, never>;
    query: { intervals?: number; start?: string; end?: string; since?: string };
    body: never;
    answer: ServiceList;
  };
  /** Who calls a service, and whom it calls */
  serviceDependencies: {
    method: 'GET';
    path: '/api/v1/services/{name}/dependencies';
    inPath: { name: string };
    query: { start?: string; end?: string; since?: string };
    body: never;
    answer: ServiceDependencies;
  };
  /** A service's operations with rate, errors and durations */
  serviceOperations: {
    method: 'GET';
    path: '/api/v1/services/{name}/operations';
    inPath: { name: string };
    query: { limit?: number; intervals?: number; start?: string; end?: string; since?: string };
    body: never;
    answer: OperationList;
  };
  /** Takes the cookie back */
  endSession: {
    method: 'DELETE';
    path: '/api/v1/session';
    inPath: Record<string, never>;
    query: Record<string, never>;
    body: never;
    answer: void;
  };
  /** Whether a token is needed */
  session: {
    method: 'GET';
    path: '/api/v1/session';
    inPath: Record<string, never>;
    query: Record<string, never>;
    body: never;
    answer: SessionReport;
  };
  /** Trades a token for a cookie that a browser sends by itself */
  beginSession: {
    method: 'POST';
    path: '/api/v1/session';
    inPath: Record<string, never>;
    query: Record<string, never>;
    body: never;
    answer: void;
  };
  /** What this server is, where it listens and what it has */
  status: {
    method: 'GET';
    path: '/api/v1/status';
    inPath: Record<string, never>;
    query: Record<string, never>;
    body: never;
    answer: StatusReport;
  };
  /** The call tree that the traces of a search have in common */
  structure: {
    method: 'GET';
    path: '/api/v1/structure';
    inPath: Record<string, never>;
    query: { q?: string; limit?: number; start?: string; end?: string; since?: string };
    body: never;
    answer: StructureReport;
  };
  /** Tokens, faults and completions of a text that is being edited */
  analyzeQuery: {
    method: 'GET';
    path: '/api/v1/traceql/analyze';
    inPath: Record<string, never>;
    query: { q?: string; cursor?: number };
    body: never;
    answer: QueryReport;
  };
  /** A whole trace as OTLP */
  trace: {
    method: 'GET';
    path: '/api/v1/traces/{id}';
    inPath: { id: string };
    query: { start?: string; end?: string };
    body: never;
    answer: unknown;
  };
  /** The tree of a trace in binary columns, whole or a window of its rows */
  traceSkeleton: {
    method: 'GET';
    path: '/api/v1/traces/{id}/skeleton';
    inPath: { id: string };
    query: { from?: number; count?: number; depth?: number; start?: string; end?: string };
    body: never;
    answer: ArrayBuffer;
  };
  /** Some spans of a trace in full, as OTLP */
  traceSpans: {
    method: 'GET';
    path: '/api/v1/traces/{id}/spans';
    inPath: { id: string };
    query: { ids?: string; from?: number; count?: number; start?: string; end?: string };
    body: never;
    answer: unknown;
  };
  /** What the configuration has for the pages */
  uiSettings: {
    method: 'GET';
    path: '/api/v1/ui';
    inPath: Record<string, never>;
    query: Record<string, never>;
    body: never;
    answer: UiReport;
  };
}
