namespace Clew.Server.Configuration.Rendering;

/// <summary>The prose of the reference page.</summary>
internal static class ReferenceText
{
    public const string Opening = """
        # Configuration

        <!-- Made by the program: change the code under src/Clew.Server/Configuration and run its tests with CLEW_UPDATE_GOLDEN=1. -->

        Without any configuration Clew receives OTLP on 127.0.0.1:4317 (gRPC) and 127.0.0.1:4318 (HTTP), keeps spans for seven days in
        `./data`, and serves its API and UI on http://127.0.0.1:3200.

        ## Where it comes from

        `--config` names a source and may be repeated. Later sources are laid over earlier ones, `--set` over all of them.

        | Source | |
        |---|---|
        | `--config clew.yaml`, `--config file:clew.yaml` | a file |
        | `--config env:CLEW_CONFIG` | the text of an environment variable |
        | `--config 'yaml:retention::default: 72h'` | the text itself; `::` separates the keys of a path |
        | `--set retention.default=72h` | one setting; the value is YAML. `exporters::otlp/eu.west::endpoint=…` if a key contains dots |
        | `--data DIR`, `--http HOST:PORT`, `--otlp-grpc HOST:PORT`, `--otlp-http HOST:PORT` | `storage.path`, `server.http` and the endpoints of the `otlp` receiver; `--otlp-grpc off` turns the protocol off |

        Maps are joined key by key; lists and single values are replaced. A key without a value (`processors:`) wipes what earlier sources
        said; `{}` keeps it.

        In every value `${env:NAME}`, `${NAME}` and `${env:NAME:-default}` insert an environment variable and `${file:path}` a file. A value
        that is nothing else may become a number, a list or a map. `$$` is a dollar sign.

        ## What it understands

        | Source | Recognised by | |
        |---|---|---|
        | Clew's own file | any key below | an unknown key is an error |
        | OpenTelemetry Collector file | `receivers`, `processors`, `exporters`, `connectors`, `extensions`, `service` and nothing else | the same keys as ours |
        | Helm values of the Collector | `config`, `alternateConfig`, or `mode` | laid over the chart's defaults. Its Jaeger and Zipkin receivers join the `traces` pipeline unless they are set to `null` or `service.strict` is `true`. `MY_POD_IP` is `0.0.0.0` when it is not set |
        | Tempo file | `distributor`, `storage.trace`, `server.http_listen_port` and others | receivers, storage, retention, port, tenants, limits |
        | Helm values of Tempo | `tempo` | the same, and the chart's receivers and port. The chart's folder and its retention of 24h are not taken over |
        | Kiali settings | `external_services`, `istio_namespace` and others | its Prometheus server, names and health tolerances are taken over |

        In another program's file a key that Clew lacks is a warning that names it, unless it is plainly a known key mistyped: that is an
        error. Clew carries traces, and the metrics that the connectors `servicegraph` and `spanmetrics` derive of them; other pipelines for metrics and logs
        are left out with a warning.

        **A Collector's and a Tempo's file together** describe one process. An `otlp` exporter whose host begins with the name of the Tempo
        release (`tempo`, or `--tempo-name`) or is loopback, and whose port is one of that Tempo's OTLP ports, becomes the store of this
        process. Where both files name a port, the Collector's pipeline applies. The summary at the start says what was done.

        **Without pipelines** every configured receiver feeds the store. With a Collector's pipelines only what they name runs; an exporter of
        type `store` keeps spans in this process.

        ## Looking at it

        | Command | |
        |---|---|
        | `clew validate` (or `check`) | every error at once, each with file, line and column; then what would run. Exit code 2 if there are errors |
        | `clew config` (or `print-config`) | every setting with its value and where it comes from; secrets are `***`. `--format json` |
        | `clew components` | the component types |

        Durations are numbers with a unit: `300ms`, `30s`, `5m`, `24h`, `7d`, `1h30m`. Sizes are bytes, or have a unit: `256MiB`, `20MB`. A list
        may be written as one text with commas.

        """;

    public const string Components = """
        ## Components

        The sections `receivers`, `processors`, `exporters`, `connectors`, `extensions` and `service` are the OpenTelemetry Collector's, key for
        key. A component's id is `type` or `type/name`. Defaults that differ from the Collector's: sizes of received messages are limited to
        64 MiB as OTLP recommends (there 4 and 20), and what was acknowledged from a queue on disk is retried without limit unless
        `max_elapsed_time` is written (there 300s).

        """;

    public const string Known = """

        ## What this version runs

        A component that is marked with \* changes what happens to spans, so `clew serve` refuses to start without it; the others are left out
        with a note.


        """;

    public const string KnownSettings = """
        Settings that are read and not acted on yet; with \* `clew serve` refuses to start:


        """;

    public const string Closing = """

        ## An example

        ```yaml
        server: {http: "127.0.0.1:3200"}
        storage: {path: /var/lib/clew}
        retention: {default: 168h}

        receivers:
          otlp:
            protocols:
              grpc: {endpoint: "0.0.0.0:4317"}
              http: {endpoint: "0.0.0.0:4318"}
        processors:
          probabilistic_sampler: {sampling_percentage: 10}
        exporters:
          store:
          otlp:
            endpoint: ${env:NEXT_HOP:-next.example:4317}
            headers: {authorization: "Bearer ${file:/run/secrets/token}"}
        service:
          pipelines:
            traces: {receivers: [otlp], exporters: [store]}
            traces/sampled: {receivers: [otlp], processors: [probabilistic_sampler], exporters: [otlp]}
        ```

        """;
}
