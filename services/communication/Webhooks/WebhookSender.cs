using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Hdms.Communication.Webhooks;

/// <summary>Sends a delivery, once, outside any transaction. Connects to the very address that it has looked at, so that a name can't stand for another one by then.</summary>
sealed class WebhookSender : IDisposable
{
    static readonly TimeSpan Connecting = TimeSpan.FromSeconds(10);

    readonly WebhookRules _rules;
    readonly WebhookSecrets _secrets;
    readonly TimeProvider _clock;
    readonly HttpClient _http;

    public WebhookSender(WebhookRules rules, WebhookSecrets secrets, TimeProvider clock)
    {
        (_rules, _secrets, _clock) = (rules, secrets, clock);
        _http = new HttpClient(new SocketsHttpHandler
        {
            // A redirect could lead anywhere, and a proxy would look names up by itself.
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            ActivityHeadersPropagator = null,
            ConnectTimeout = Connecting,
            ConnectCallback = ConnectAsync,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            MaxResponseHeadersLength = 16,
            MaxResponseDrainSize = 64 * 1024,
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("HDMS-Webhooks", "1"));
    }

    public async Task<Tried> SendAsync(Claimed delivery, CancellationToken ct)
    {
        var at = _clock.GetUtcNow();
        var started = Stopwatch.GetTimestamp();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(_rules.Timeout);
        try
        {
            using var request = Request(delivery, at);
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
            var status = (int)response.StatusCode;
            return new Tried(at, Stopwatch.GetElapsedTime(started), status, ErrorOf(status), await BeginningAsync(response, patience.Token));
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            return new Tried(at, Stopwatch.GetElapsedTime(started), null, Describe(e), null);
        }
    }

    HttpRequestMessage Request(Claimed delivery, DateTimeOffset at)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(delivery.Body));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        var id = $"{delivery.Id}";
        var request = new HttpRequestMessage(HttpMethod.Post, delivery.Url) { Content = content };
        request.Headers.Add("webhook-id", id);
        request.Headers.Add("webhook-timestamp", Signature.Timestamp(at));
        request.Headers.Add("webhook-signature", Signature.Of(id, at, delivery.Body, delivery.Secrets.Select(s => _secrets.Open(delivery.WebhookId, s))));
        return request;
    }

    async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken ct)
    {
        var host = context.DnsEndPoint.Host;
        var found = await Dns.GetHostAddressesAsync(host, ct);
        var allowed = _rules.PrivateNetworks ? found : [.. found.Where(PublicAddresses.Contain)];
        if (allowed.Length == 0)
        {
            throw new PrivateAddressException(host);
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, context.DnsEndPoint.Port, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    static string? ErrorOf(int status) => status switch
    {
        >= 200 and < 300 => null,
        >= 300 and < 400 => $"answered {status}; redirects are not followed",
        _ => $"answered {status}",
    };

    /// <summary>So much of the body as is kept. The status has said already how it went.</summary>
    static async Task<string?> BeginningAsync(HttpResponseMessage response, CancellationToken ct)
    {
        var bytes = new byte[WebhookRules.AnswerKept];
        var length = 0;
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(ct);
            length = await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, ct);
        }
        catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException)
        {
            // It was cut off, or takes too long.
        }

        return length == 0 ? null : Encoding.UTF8.GetString(bytes, 0, length).Replace('\0', '\uFFFD');
    }

    string Describe(Exception e) => e switch
    {
        OperationCanceledException => $"no answer in {_rules.Timeout.TotalSeconds:0} s",
        HttpRequestException { InnerException: PrivateAddressException inner } => inner.Message,
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => "its name stands for no address",
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => "its certificate, or its TLS, is no good",
        HttpRequestException { InnerException: SocketException inner } => inner.SocketErrorCode == SocketError.ConnectionRefused ? "refuses connections" : $"can't be reached ({inner.SocketErrorCode})",
        HttpRequestException or IOException => "hung up, or answered no HTTP",
        CryptographicException => "its secret was sealed under another service_key; give it a new one",
        _ => e.GetType().Name,
    };

    public void Dispose() => _http.Dispose();
}

/// <summary>A name, or an address, leads only into private networks.</summary>
sealed class PrivateAddressException(string host) : Exception($"{host} is in a private network, into which this installation sends nothing");
