"""A finished span as the tests compare it: ids in hex, times in nanoseconds as text, attribute values as OTLP names their types.

Made from the SDK's span and not from an encoder's output, so that it does not share an encoder's mistakes.
"""


def describe(span):
    context = span.get_span_context()
    return {
        "traceId": f"{context.trace_id:032x}",
        "spanId": f"{context.span_id:016x}",
        "parentSpanId": f"{span.parent.span_id:016x}" if span.parent else "",
        "name": span.name,
        "kind": f"SPAN_KIND_{span.kind.name}",
        "startTimeUnixNano": str(span.start_time),
        "endTimeUnixNano": str(span.end_time),
        "status": f"STATUS_CODE_{span.status.status_code.name}",
        "statusMessage": span.status.description or "",
        "attributes": attributes(span.attributes),
        "events": [
            {"name": event.name, "timeUnixNano": str(event.timestamp), "attributes": attributes(event.attributes)} for event in span.events
        ],
        "links": [
            {
                "traceId": f"{link.context.trace_id:032x}",
                "spanId": f"{link.context.span_id:016x}",
                "attributes": attributes(link.attributes),
            }
            for link in span.links
        ],
        "resource": attributes(span.resource.attributes),
        "scope": {"name": span.instrumentation_scope.name, "version": span.instrumentation_scope.version or ""},
    }


def attributes(values):
    return [{"key": key, "value": any_value(value)} for key, value in (values or {}).items()]


def any_value(value):
    # bool before int: in Python a bool is one.
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, str):
        return {"stringValue": value}
    return {"arrayValue": {"values": [any_value(item) for item in value]}}
