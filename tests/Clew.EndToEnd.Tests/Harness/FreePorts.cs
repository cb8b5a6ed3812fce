using System.Net;
using System.Net.Sockets;

namespace Clew.EndToEnd.Tests.Harness;

/// <summary>Loopback ports that nobody listens on, each handed out once by this process.</summary>
internal static class FreePorts
{
    // Below the range that the kernel takes outgoing ports from: a port found free here is not taken by a client's connection next moment.
    private const int First = 18_000;
    private const int Last = 31_999;

    private static readonly Lock Gate = new();
    private static int s_next = First + Environment.ProcessId * 97 % (Last - First);

    public static int Take()
    {
        lock (Gate)
        {
            for (var tries = 0; tries < Last - First; tries++)
            {
                s_next = s_next >= Last ? First : s_next + 1;
                if (IsFree(s_next))
                {
                    return s_next;
                }
            }
        }

        throw new InvalidOperationException($"No loopback port from {First} to {Last} is free.");
    }

    private static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
