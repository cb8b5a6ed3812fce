namespace Clew.Receivers.Telemetry;

/// <summary>Why a request was refused before its spans could be counted: a closed set, used as a tag.</summary>
internal enum RequestFault
{
    Malformed,
    TooLarge,
    UnknownEncoding,
    UnknownContentType,
    WrongMethod,
    UnknownPath,
    NoTenant,
    BadTenant,
    NotAuthenticated,
    OverMemoryBudget,
    QueueFull,
}

internal static class RequestFaultLabels
{
    public static string Label(this RequestFault fault) => fault switch
    {
        RequestFault.Malformed => "malformed",
        RequestFault.TooLarge => "too_large",
        RequestFault.UnknownEncoding => "unknown_encoding",
        RequestFault.UnknownContentType => "unknown_content_type",
        RequestFault.WrongMethod => "wrong_method",
        RequestFault.UnknownPath => "unknown_path",
        RequestFault.NoTenant => "no_tenant",
        RequestFault.BadTenant => "bad_tenant",
        RequestFault.NotAuthenticated => "not_authenticated",
        RequestFault.QueueFull => "queue_full",
        _ => "over_memory_budget",
    };
}
