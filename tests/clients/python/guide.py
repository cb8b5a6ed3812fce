"""Runs the user guide's Python snippets with only the endpoint changed, and prints as JSON what was sent, so that a test can compare.

    OTEL_EXPORTER_OTLP_ENDPOINT     where to: host:port for grpc, http://host:port for http/protobuf
    OTEL_EXPORTER_OTLP_PROTOCOL     grpc (the guide's) or http/protobuf
    OTEL_EXPORTER_OTLP_COMPRESSION  gzip, or not set
    OTEL_SERVICE_NAME               the service in the resource

The addresses that the guide asks, https://api.example.com and postgresql://localhost, are another host's and a database: the first is a
small server of this program's own, the second is made by hand with the attributes that the SQLAlchemy instrumentation sets, which no
Debian package carries. Exits 1 when an export fails.
"""

import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests
from opentelemetry import propagate, trace
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpSpanExporter
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.propagators.b3 import B3MultiFormat
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from describe import describe


def main():
    protocol = os.environ.get("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
    sent = InMemorySpanExporter()
    failures = set_up(protocol, sent)
    api = start_api()

    do_work()
    process_order("A-1001", 49.9)
    try:
        process_order("A-1002", -1.0)
    except ValueError:
        pass
    query_database()
    call_with_requests_instrumentation(api)
    call_with_b3_headers(api)

    trace.get_tracer_provider().shutdown()
    if failures:
        print(f"export over {protocol} failed: {failures}", file=sys.stderr)
        return 1
    spans = [describe(span) for span in sent.get_finished_spans()]
    print(json.dumps({"client": "python", "protocol": protocol, "spans": spans}))
    return 0


def set_up(protocol, sent):
    """The guide's "Python (OpenTelemetry)", and beside its exporter one that keeps the spans. Returns the list that failures land in."""
    trace.set_tracer_provider(TracerProvider())

    if protocol == "grpc":
        otlp_exporter = OTLPSpanExporter(
            endpoint=os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"],
            insecure=True
        )
    else:
        # This exporter reads the endpoint itself, and adds the path.
        otlp_exporter = HttpSpanExporter()
    failures = watch(otlp_exporter)
    trace.get_tracer_provider().add_span_processor(
        BatchSpanProcessor(otlp_exporter)
    )
    trace.get_tracer_provider().add_span_processor(SimpleSpanProcessor(sent))
    return failures


def watch(exporter):
    """The batch processor drops the result of an export; keep those that are not a success."""
    failures = []
    export = exporter.export

    def watched(spans):
        result = export(spans)
        if result is not SpanExportResult.SUCCESS:
            failures.append(f"{len(spans)} spans: {result}")
        return result

    exporter.export = watched
    return failures


def do_work():
    tracer = trace.get_tracer(__name__)
    with tracer.start_as_current_span("my-operation"):
        pass


def process_order(order_id, total_amount):
    """The guide's "커스텀 Span", with its attributes and its handling of errors."""
    tracer = trace.get_tracer(__name__)

    with tracer.start_as_current_span("process-order") as span:
        span.set_attribute("order.id", order_id)
        span.set_attribute("order.total", total_amount)
        span.set_attribute("order.lines", [1, 2, 3])
        span.set_attribute("order.note", "빠른 배송")
        span.set_attribute("order.gift", False)

        try:
            charge(total_amount)
            span.set_status(trace.Status(trace.StatusCode.OK))
        except Exception as e:
            span.set_status(trace.Status(trace.StatusCode.ERROR, str(e)))
            span.record_exception(e)
            raise


def charge(total_amount):
    if total_amount < 0:
        raise ValueError(f"order total {total_amount} is negative")


def query_database():
    """What SQLAlchemyInstrumentor makes of `create_engine("postgresql://localhost/mydb")` and one query."""
    tracer = trace.get_tracer("opentelemetry.instrumentation.sqlalchemy")
    with tracer.start_as_current_span("connect", kind=trace.SpanKind.CLIENT) as span:
        span.set_attributes({"db.system": "postgresql", "db.name": "mydb", "net.peer.name": "localhost"})
    with tracer.start_as_current_span("SELECT mydb", kind=trace.SpanKind.CLIENT) as span:
        span.set_attributes({
            "db.system": "postgresql",
            "db.name": "mydb",
            "db.user": "app",
            "db.statement": "SELECT id, total FROM orders WHERE id = %(id)s",
            "net.peer.name": "localhost",
            "net.peer.port": 5432,
        })


def call_with_requests_instrumentation(api):
    RequestsInstrumentor().instrument()

    response = requests.get(f"{api}/users")
    response.raise_for_status()
    RequestsInstrumentor().uninstrument()


def call_with_b3_headers(api):
    """The guide's "Context Propagation"; the server's span is to be a child of the caller's, found through the B3 headers alone."""
    propagate.set_global_textmap(B3MultiFormat())

    with trace.get_tracer(__name__).start_as_current_span("call-with-b3", kind=trace.SpanKind.CLIENT):
        headers = {}
        propagate.inject(headers)
        requests.get(api, headers=headers).raise_for_status()


class Api(BaseHTTPRequestHandler):
    """Stands for api.example.com: traces each request as a child of what its headers say."""

    def do_GET(self):
        context = propagate.extract(dict(self.headers.items()), getter=LowerCased())
        tracer = trace.get_tracer("api.example.com")
        with tracer.start_as_current_span(f"GET {self.path}", context=context, kind=trace.SpanKind.SERVER):
            self.send_response(200)
            self.end_headers()

    def log_message(self, *_):
        pass


class LowerCased(propagate.textmap.DefaultGetter):
    """Header names come in any case."""

    def get(self, carrier, key):
        return super().get({name.lower(): value for name, value in carrier.items()}, key.lower())


def start_api():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


if __name__ == "__main__":
    sys.exit(main())
