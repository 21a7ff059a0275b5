using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Hdms.Kit.Hosting;

namespace Hdms.Files.Scanning;

/// <param name="Found">The name of what was found; null: nothing.</param>
sealed record ScanVerdict(string? Found);

/// <summary>Asks clamd over its own protocol (clamd(8), INSTREAM): the bytes go along, so it needs no way to our files.</summary>
sealed class Clamd
{
    const int Block = 128 * 1024;

    static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    readonly Func<Socket> _socket;
    readonly Func<Socket, CancellationToken, ValueTask> _connect;

    /// <param name="address"><c>host:port</c>, or the path of a unix socket.</param>
    /// <exception cref="SettingException">It is neither.</exception>
    public Clamd(string address)
    {
        if (address.StartsWith('/'))
        {
            _socket = () => new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            _connect = (socket, ct) => socket.ConnectAsync(new UnixDomainSocketEndPoint(address), ct);
            return;
        }

        if (address.Split(':') is not [{ Length: > 0 } host, var port] || !int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is 0 or > 65535)
        {
            throw new SettingException("files_clamd", $"'{address}' is neither host:port nor the path of a unix socket; write 127.0.0.1:3310.");
        }

        _socket = () => new Socket(SocketType.Stream, ProtocolType.Tcp);
        _connect = (socket, ct) => socket.ConnectAsync(host, number, ct);
    }

    /// <exception cref="IOException">It does not answer, or can't tell.</exception>
    public async Task<ScanVerdict> ScanAsync(Stream content, CancellationToken ct)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(Patience);
        try
        {
            using var socket = _socket();
            await _connect(socket, patience.Token);
            await using var clamd = new NetworkStream(socket);
            return Read(await AskAsync(clamd, content, patience.Token));
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException && !ct.IsCancellationRequested)
        {
            throw new IOException($"clamd does not answer: {e.Message}", e);
        }
    }

    static async Task<string> AskAsync(Stream clamd, Stream content, CancellationToken ct)
    {
        try
        {
            await clamd.WriteAsync("zINSTREAM\0"u8.ToArray(), ct);
            var block = new byte[4 + Block];
            int read;
            do
            {
                read = await content.ReadAtLeastAsync(block.AsMemory(4), Block, throwOnEndOfStream: false, ct);
                BinaryPrimitives.WriteInt32BigEndian(block, read);
                await clamd.WriteAsync(block.AsMemory(0, 4 + read), ct);
            }
            while (read == Block);
            if (read > 0)
            {
                await clamd.WriteAsync(new byte[4], ct);
            }
        }
        catch (IOException e) when (e.InnerException is SocketException)
        {
            // It hangs up on what is larger than it takes, and has said so before.
        }

        using var answer = new StreamReader(clamd, Encoding.UTF8);
        return (await answer.ReadToEndAsync(ct)).Trim('\0', '\n', ' ');
    }

    static ScanVerdict Read(string answer)
    {
        const string Prefix = "stream: ";
        const string FoundAtEnd = " FOUND";
        return answer == $"{Prefix}OK" ? new ScanVerdict(null)
            : answer.StartsWith(Prefix, StringComparison.Ordinal) && answer.EndsWith(FoundAtEnd, StringComparison.Ordinal) ? new ScanVerdict(answer[Prefix.Length..^FoundAtEnd.Length])
            : throw new IOException(answer.Length == 0 ? "clamd hung up." : $"clamd could not tell: {answer}");
    }
}
