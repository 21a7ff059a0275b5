using System.Net.Http.Headers;
using System.Text.Json;
using Hdms.Contracts;
using Hdms.Kit.Auth;
using Microsoft.AspNetCore.Http;
using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace Hdms.Kit.Clients;

/// <summary>
/// Sends a call as this service, through the other service's pipeline, and turns everything but success into
/// <see cref="ServiceCallException"/>. The trace goes along by itself (W3C <c>traceparent</c>).
/// </summary>
sealed class ServiceCallHandler(
    Service service, ServiceTokens tokens, CallPipelines pipelines, IHttpContextAccessor current, TimeProvider clock) : DelegatingHandler
{
    const string PositionHeader = "X-HDMS-Position";
    const int LargestProblem = 64 * 1024;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", tokens.Current());
        if (!request.Headers.Contains(PositionHeader) && current.HttpContext?.Request.Headers[PositionHeader] is { Count: > 0 } position)
        {
            request.Headers.Add(PositionHeader, (IEnumerable<string?>)position);
        }

        var response = await TryAsync(request, cancellationToken);
        if ((int)response.StatusCode < 400)
        {
            return response;
        }

        using (response)
        {
            throw await UnderstandAsync(response, cancellationToken);
        }
    }

    async Task<HttpResponseMessage> TryAsync(HttpRequestMessage request, CancellationToken ct)
    {
        var context = ResilienceContextPool.Shared.Get(ct);
        context.Properties.Set(CallPipelines.Request, request);
        try
        {
            return await pipelines.Of(service.Name).ExecuteAsync(
                static async (c, call) => await call.Handler.SendOnceAsync(call.Request, c.CancellationToken),
                context,
                (Handler: this, Request: request));
        }
        catch (BrokenCircuitException e)
        {
            throw new ServiceCallException(service.Name, null, null, $"The {service.Name} service has failed so often that it is left alone for a moment.", e.RetryAfter, e);
        }
        catch (Exception e) when (e is HttpRequestException or TimeoutRejectedException or IOException)
        {
            throw new ServiceCallException(service.Name, null, null, $"The {service.Name} service does not answer.", null, e);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    /// <summary>One try, the body included, lest a service that stops in the middle of it escape the time limit.</summary>
    async Task<HttpResponseMessage> SendOnceAsync(HttpRequestMessage request, CancellationToken ct)
    {
        var response = await base.SendAsync(request, ct);
        if (request.Options.TryGetValue(ServiceCalls.Streams, out var streams) && streams)
        {
            return response;
        }

        try
        {
            await response.Content.LoadIntoBufferAsync(ct);
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    async Task<ServiceCallException> UnderstandAsync(HttpResponseMessage response, CancellationToken ct)
    {
        string? code = null, detail = null;
        if (response.Content.Headers is { ContentType.MediaType: "application/problem+json", ContentLength: null or < LargestProblem })
        {
            try
            {
                using var problem = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(ct));
                code = Text(problem, "code");
                detail = Text(problem, "detail");
            }
            catch (JsonException)
            {
                // Then the status has to say it all.
            }
        }

        return new ServiceCallException(
            service.Name, (int)response.StatusCode, code, detail ?? $"The {service.Name} service answered {(int)response.StatusCode}.",
            CallRules.RetryAfter(response, clock.GetUtcNow()));
    }

    static string? Text(JsonDocument problem, string name) =>
        problem.RootElement.ValueKind == JsonValueKind.Object
        && problem.RootElement.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
