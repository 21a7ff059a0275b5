using System.Net.Http.Headers;
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
    Service service, ServiceTokens tokens, CallPipelines pipelines, IHttpContextAccessor current) : DelegatingHandler
{
    const string PositionHeader = "X-HDMS-Position";

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
            throw await ServiceCallException.ReadAsync(service.Name, response, cancellationToken);
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
            throw new ServiceCallException(service.Name, null, null, $"The {service.Name} service has failed so often that it is left alone for a moment.", e) { RetryAfter = e.RetryAfter };
        }
        catch (Exception e) when (e is HttpRequestException or TimeoutRejectedException or IOException)
        {
            throw new ServiceCallException(service.Name, null, null, $"The {service.Name} service does not answer.", e);
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
}
