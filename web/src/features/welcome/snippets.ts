import type { ServerStatus } from '../../api/status';

/** Where this server takes spans, as a client on this machine or the reader's would write it. */
export interface Endpoints {
  /** host:port */
  grpc: string | null;
  /** http://host:port */
  http: string | null;
}

/** A wildcard address is nothing to send to: the host under which the reader reached this page is. */
export function endpointsOf(status: ServerStatus, pageHost: string): Endpoints {
  const find = (protocol: string) => status.receivers.find((r) => r.protocol === protocol)?.endpoint ?? null;
  const reachable = (endpoint: string) => endpoint.replace(/(^|\/\/)(?:0\.0\.0\.0|\[::\]|\*|\+)(?=:\d)/, `$1${pageHost}`);
  const grpc = find('otlp-grpc');
  const http = find('otlp-http');
  return {
    grpc: grpc === null ? null : reachable(grpc).replace(/^https?:\/\//, ''),
    http: http === null ? null : /^https?:\/\//.test(http) ? reachable(http) : `http://${reachable(http)}`,
  };
}

export interface Snippet {
  id: string;
  title: string;
  steps: { language: 'shell' | 'code'; text: string }[];
}

/** The shortest way to a first span from each language. Code and commands are not translated. */
export function snippets({ grpc, http }: Endpoints): Snippet[] {
  const httpUrl = http ?? 'http://127.0.0.1:4318';
  const grpcUrl = `http://${grpc ?? '127.0.0.1:4317'}`;
  return [
    {
      id: 'python',
      title: 'Python',
      steps: [
        { language: 'shell', text: 'pip install opentelemetry-sdk opentelemetry-exporter-otlp' },
        {
          language: 'code',
          text: `from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider(resource=Resource.create({"service.name": "my-service"}))
provider.add_span_processor(
    BatchSpanProcessor(OTLPSpanExporter(endpoint="${grpcUrl}", insecure=True)))
trace.set_tracer_provider(provider)

with trace.get_tracer(__name__).start_as_current_span("hello"):
    print("hello")

provider.shutdown()`,
        },
      ],
    },
    {
      id: 'dotnet',
      title: '.NET',
      steps: [
        { language: 'shell', text: 'dotnet add package OpenTelemetry.Exporter.OpenTelemetryProtocol' },
        {
          language: 'code',
          text: `using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

using var source = new ActivitySource("my-service");
using var provider = Sdk.CreateTracerProviderBuilder()
    .ConfigureResource(r => r.AddService("my-service"))
    .AddSource(source.Name)
    .AddOtlpExporter(o => o.Endpoint = new Uri("${grpcUrl}"))
    .Build();

using (source.StartActivity("hello"))
{
    Console.WriteLine("hello");
}`,
        },
      ],
    },
    {
      id: 'node',
      title: 'Node.js',
      steps: [
        { language: 'shell', text: 'npm install @opentelemetry/sdk-node @opentelemetry/auto-instrumentations-node' },
        {
          language: 'shell',
          text: `export OTEL_SERVICE_NAME=my-service
export OTEL_EXPORTER_OTLP_ENDPOINT=${httpUrl}
node --require @opentelemetry/auto-instrumentations-node/register app.js`,
        },
      ],
    },
    {
      id: 'java',
      title: 'Java',
      steps: [
        {
          language: 'shell',
          text: `export OTEL_SERVICE_NAME=my-service
export OTEL_EXPORTER_OTLP_ENDPOINT=${httpUrl}
export OTEL_METRICS_EXPORTER=none OTEL_LOGS_EXPORTER=none
java -javaagent:opentelemetry-javaagent.jar -jar app.jar`,
        },
      ],
    },
    {
      id: 'go',
      title: 'Go',
      steps: [
        {
          language: 'shell',
          text: `go get go.opentelemetry.io/otel/sdk \\
  go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc`,
        },
        {
          language: 'code',
          text: `package main

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
)

func main() {
	ctx := context.Background()
	exporter, err := otlptracegrpc.New(ctx, otlptracegrpc.WithEndpointURL("${grpcUrl}"))
	if err != nil {
		panic(err)
	}
	provider := trace.NewTracerProvider(
		trace.WithBatcher(exporter),
		trace.WithResource(resource.NewSchemaless(attribute.String("service.name", "my-service"))))
	defer provider.Shutdown(ctx)

	_, span := provider.Tracer("my-service").Start(ctx, "hello")
	span.End()
}`,
        },
      ],
    },
    { id: 'curl', title: 'curl', steps: [{ language: 'shell', text: curlSnippet(httpUrl) }] },
  ];
}

/** One span by hand. The shell puts in the time and a new trace id, so that each run gives a trace of its own, now. */
function curlSnippet(httpUrl: string): string {
  return `NOW=$(date +%s)
TRACE=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \\n')
curl -sS ${httpUrl}/v1/traces -H 'Content-Type: application/json' -d @- <<EOF
{"resourceSpans": [{
  "resource": {"attributes": [
    {"key": "service.name", "value": {"stringValue": "my-service"}}]},
  "scopeSpans": [{"spans": [{
    "traceId": "$TRACE",
    "spanId": "$(printf %.16s "$TRACE")",
    "name": "hello",
    "kind": 1,
    "startTimeUnixNano": "$((NOW - 1))000000000",
    "endTimeUnixNano": "\${NOW}000000000"}]}]}]}
EOF`;
}

/** The shop with a dozen services, sent to this server's own door. */
export function demoCommand({ grpc }: Endpoints): string {
  return grpc === null || grpc === '127.0.0.1:4317' ? 'clew demo' : `clew demo --endpoint ${grpc}`;
}
