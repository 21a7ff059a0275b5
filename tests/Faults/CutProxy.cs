using System.Net;
using System.Net.Sockets;

namespace PgSplit.Faults;

/// <summary>Stands between the program and a server, and cuts its connections, or lets nothing through any more without closing them.</summary>
sealed class CutProxy : IDisposable
{
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly List<TcpClient> _open = [];
    readonly int _to;
    volatile bool _swallows;

    public CutProxy(int to)
    {
        _to = to;
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Closes every connection; new ones are let through.</summary>
    public void Cut()
    {
        lock (_open)
        {
            foreach (var client in _open)
                client.Close();
            _open.Clear();
        }
    }

    /// <summary>Everything sent is lost, and nobody is told.</summary>
    public void BlackHole() => _swallows = true;

    /// <summary>As it should be; connections of before are closed.</summary>
    public void Mend()
    {
        _swallows = false;
        Cut();
    }

    public void Dispose()
    {
        _listener.Stop();
        Cut();
    }

    async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync();
                var server = new TcpClient();
                await server.ConnectAsync(IPAddress.Loopback, _to);
                lock (_open)
                    _open.AddRange([client, server]);
                _ = PipeAsync(client, server);
                _ = PipeAsync(server, client);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Disposed of.
        }
    }

    async Task PipeAsync(TcpClient from, TcpClient to)
    {
        var buffer = new byte[65_536];
        try
        {
            while (await from.GetStream().ReadAsync(buffer) is var read and > 0)
            {
                if (!_swallows)
                    await to.GetStream().WriteAsync(buffer.AsMemory(0, read));
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException or SocketException)
        {
            // Cut.
        }

        from.Close();
        to.Close();
    }
}
