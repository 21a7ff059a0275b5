using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Hdms.Cli.Cluster;

internal static class FreePort
{
    /// <summary>A port that is free now, below the range that the system gives to outgoing connections, so that it is likely to be free tomorrow.</summary>
    public static int Find()
    {
        while (true)
        {
            var port = RandomNumberGenerator.GetInt32(20_000, 32_000);
            if (IsFree(port))
                return port;
        }
    }

    public static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
