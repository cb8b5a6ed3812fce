namespace Clew.Mesh.Graph;

/// <summary>Rates per second by the class of the response.</summary>
public struct ClassRates
{
    /// <summary>The code of calls that have no codes and succeeded, such as those of a database.</summary>
    public const string OkCode = "ok";

    /// <summary>The code of calls that have no codes and failed.</summary>
    public const string ErrorCode = "error";

    public double Total;
    public double NoResponse;
    public double Redirect;
    public double ClientError;
    public double ServerError;

    /// <summary>gRPC calls that ended with a status other than OK.</summary>
    public double GrpcError;

    /// <summary>What counts as failed: no response, 4xx, 5xx; a gRPC status other than OK.</summary>
    public readonly double Errors => NoResponse + ClientError + ServerError + GrpcError;

    public void Add(MeshProtocol protocol, string code, double rate)
    {
        Total += rate;
        switch (protocol)
        {
            case MeshProtocol.Http when code == "-":
            case MeshProtocol.Grpc when code == "-":
                NoResponse += rate;
                break;
            case MeshProtocol.Http when code == ErrorCode:
                ServerError += rate;
                break;
            case MeshProtocol.Http:
                AddHttp(code, rate);
                break;
            case MeshProtocol.Grpc when IsGrpcError(code):
                GrpcError += rate;
                break;
        }
    }

    public void Add(in ClassRates other)
    {
        Total += other.Total;
        NoResponse += other.NoResponse;
        Redirect += other.Redirect;
        ClientError += other.ClientError;
        ServerError += other.ServerError;
        GrpcError += other.GrpcError;
    }

    /// <summary>A status other than 0; three digits are an HTTP status, which fails from 400 on.</summary>
    public static bool IsGrpcError(string code) => code.Length == 3 ? code[0] is '4' or '5' : code is not ("0" or "" or "-");

    private void AddHttp(string code, double rate)
    {
        switch (code.Length == 3 ? code[0] : ' ')
        {
            case '3':
                Redirect += rate;
                break;
            case '4':
                ClientError += rate;
                break;
            case '5':
                ServerError += rate;
                break;
        }
    }
}

/// <summary>How one response code came about: the proxies' flags, and the hosts that were asked for.</summary>
public sealed class ResponseSplit
{
    public SortedDictionary<string, double> Flags { get; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, double> Hosts { get; } = new(StringComparer.Ordinal);

    public double Total { get; private set; }

    public void Add(string flags, string host, double rate)
    {
        Total += rate;
        if (flags.Length > 0)
        {
            Flags[flags] = Flags.GetValueOrDefault(flags) + rate;
        }

        if (host.Length > 0)
        {
            Hosts[host] = Hosts.GetValueOrDefault(host) + rate;
        }
    }

    public void Add(ResponseSplit other)
    {
        Total += other.Total;
        foreach (var (flags, rate) in other.Flags)
        {
            Flags[flags] = Flags.GetValueOrDefault(flags) + rate;
        }

        foreach (var (host, rate) in other.Hosts)
        {
            Hosts[host] = Hosts.GetValueOrDefault(host) + rate;
        }
    }
}

/// <summary>The traffic of a node, a protocol at a time.</summary>
public sealed class NodeTraffic
{
    private readonly ClassRates[] _in = new ClassRates[3];
    private readonly double[] _out = new double[3];
    private readonly ClassRates[] _outClasses = new ClassRates[3];

    public ref ClassRates In(MeshProtocol protocol) => ref _in[(int)protocol];

    public ref double Out(MeshProtocol protocol) => ref _out[(int)protocol];

    /// <summary>As <see cref="Out"/>, with the classes of the responses: what the node's callees answered it.</summary>
    public ref ClassRates OutClasses(MeshProtocol protocol) => ref _outClasses[(int)protocol];

    public bool IsEmpty
    {
        get
        {
            for (var i = 0; i < _in.Length; i++)
            {
                if (_in[i].Total > 0 || _out[i] > 0)
                {
                    return false;
                }
            }

            return true;
        }
    }
}
