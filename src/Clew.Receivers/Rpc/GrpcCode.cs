namespace Clew.Receivers.Rpc;

/// <summary>gRPC status codes, with the numbers of the protocol; those that receivers answer.</summary>
internal enum GrpcCode
{
    Ok = 0,
    InvalidArgument = 3,
    ResourceExhausted = 8,
    Unimplemented = 12,
    Internal = 13,
    Unavailable = 14,
    Unauthenticated = 16,
}
