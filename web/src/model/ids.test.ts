import { describe, expect, it } from 'vitest';
import { parseTraceReference } from './ids';

const trace = '0af7651916cd43dd8448eb211c80319c';
const span = 'b7ad6b7169203331';

describe('parseTraceReference', () => {
  it.each([
    ['32 hex', trace, trace, undefined],
    ['upper case with blanks', `  ${trace.toUpperCase()}\n`, trace, undefined],
    ['short id', 'abc123def456', '00000000000000000000abc123def456', undefined],
    ['quoted', `"${trace}"`, trace, undefined],
    ['uuid', '0af76519-16cd-43dd-8448-eb211c80319c', trace, undefined],
    ['guide form', 'trace_id="abc123def456"', '00000000000000000000abc123def456', undefined],
    ['guide form without quotes', 'trace_id=abc123def456', '00000000000000000000abc123def456', undefined],
    ['intrinsic in braces', `{ trace:id = "${trace}" }`, trace, undefined],
    ['guide form in braces', `{trace_id="${trace}"}`, trace, undefined],
    ['json log line', `{"level":"info","trace_id":"${trace}","span_id":"${span}"}`, trace, span],
    ['plain log line', `2026-08-01 ERROR [shop] traceId=${trace} spanId=${span} boom`, trace, span],
    ['traceparent', `00-${trace}-${span}-01`, trace, span],
    ['traceparent header', `traceparent: 00-${trace}-${span}-01`, trace, span],
    ['b3', `b3: ${trace}-${span}-1`, trace, span],
    ['b3 with 64-bit trace', `80f198ee56343ba8-${span}-1-05e3ac9a4f6e3b90`, '000000000000000080f198ee56343ba8', span],
    ['b3 headers', `X-B3-TraceId: ${trace}\nX-B3-SpanId: ${span}\nX-B3-Sampled: 1`, trace, span],
    ['uber-trace-id', `uber-trace-id: ${trace}:${span}:0:1`, trace, span],
    ['x-ray', 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1', '5759e988bd862e3fe1be46a994272793', '53995c3f42cd8ad8'],
    ['base64', 'CvdlGRbNQ92ESOshHIAxnA==', trace, undefined],
    ['base64 of 8 bytes', 'gPGY7lY0O6g=', '000000000000000080f198ee56343ba8', undefined],
    ['jaeger url', `http://localhost:16686/trace/${trace}?uiFind=${span}`, trace, span],
    ['own url', `http://127.0.0.1:3200/trace/${trace}?span=${span}&lang=ko`, trace, span],
    ['own path', `/trace/${trace}`, trace, undefined],
    ['api url', `http://x/api/v2/traces/${trace}`, trace, undefined],
  ])('%s', (_, text, traceId, spanId) => {
    expect(parseTraceReference(text)).toEqual(spanId ? { traceId, spanId } : { traceId });
  });

  it.each([
    ['nothing', '  '],
    ['all zeros', '0'.repeat(32)],
    ['33 digits', `${trace}0`],
    ['a query', '{ resource.service.name = "frontend" }'],
    ['a query that has more than an id', `{ trace:id = "${trace}" && status = error }`],
    ['a service name', 'frontend'],
    ['a uuid-like attribute query', `{ span.order.id = "0af76519-16cd-43dd-8448-eb211c80319c" }`],
  ])('is null for %s', (_, text) => {
    expect(parseTraceReference(text)).toBeNull();
  });
});
