using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Hdms.Kit.Http;

/// <summary>
/// Records each write that was refused because the caller may not do it (403), in a transaction of its own, on the stream of
/// what it was tried on; it takes no version of that stream. The one place that does so for 403,
/// but for sign-in, which knows better whose stream it is.
/// </summary>
static partial class RefusedAttempts
{
    public static RouteGroupBuilder RecordRefusals(this RouteGroupBuilder api, Service service) => api.AddEndpointFilter((call, next) =>
        HttpMethods.IsGet(call.HttpContext.Request.Method) ? next(call) : WriteAsync(call, next, service));

    static async ValueTask<object?> WriteAsync(EndpointFilterInvocationContext call, EndpointFilterDelegate next, Service service)
    {
        try
        {
            return await next(call);
        }
        catch (Refusal refusal) when (refusal is { IsRecorded: false } && refusal.Code == Codes.Forbidden)
        {
            await RecordAsync(call.HttpContext, service, refusal);
            throw;
        }
    }

    static async Task RecordAsync(HttpContext http, Service service, Refusal refusal)
    {
        var caller = Caller.Of(http);
        var action = http.GetEndpoint()?.Metadata.GetMetadata<IEndpointNameMetadata>()?.EndpointName ?? http.Request.Method;
        var target = Guid.TryParse(http.Request.RouteValues["id"] as string, out var id) ? id : caller.UserId ?? caller.ServiceAccountId ?? Guid.Empty;

        // Sealed for the caller, whose address it is, not for the one it was tried on.
        var stream = new EventStream(target, 0) { Person = caller.UserId };
        try
        {
            await http.RequestServices.GetRequiredService<ServiceDatabase>().WriteAsync(
                caller,
                unit => unit.RecordRefusalAsync(stream, new AttemptRefused(action, refusal.Code.Name), new Audit(Reason: refusal.Message)),
                http.RequestAborted);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // The caller is refused all the same, and hears why.
            NotRecorded(http.RequestServices.GetRequiredService<ILogger<ServiceDatabase>>(), service.Name, action, DatabaseFaults.WithoutRows(e));
        }
    }

    [LoggerMessage(104, LogLevel.Error, "{Service}: a refused {Action} could not be recorded")]
    static partial void NotRecorded(ILogger logger, string service, string action, Exception e);
}
