using System.Net;
using System.Net.Http.Headers;

namespace Hdms.Cli.Tests.Migrate;

/// <summary>A file whose bytes come while the service that takes them moves.</summary>
internal sealed class SlowUpload : HttpContent
{
    readonly TaskCompletionSource _rest = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly Task<HttpResponseMessage> _answer;

    public SlowUpload(HttpClient http, CancellationToken ct)
    {
        Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/files") { Content = this, Headers = { { "X-File-Name", "slow.txt" } } };
        _answer = http.SendAsync(request, ct);
        _begun.Task.Wait(ct);
    }

    public async Task<HttpStatusCode> EndAsync()
    {
        _rest.SetResult();
        using var answer = await _answer;
        return answer.StatusCode;
    }

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        // Steadily: who sends less than the server asks for is sent away.
        var some = new byte[1024];
        Array.Fill(some, (byte)'.');
        while (!_rest.Task.IsCompleted)
        {
            await stream.WriteAsync(some);
            await stream.FlushAsync();
            _begun.TrySetResult();
            await Task.WhenAny(_rest.Task, Task.Delay(250));
        }

        await stream.WriteAsync("The end."u8.ToArray());
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
