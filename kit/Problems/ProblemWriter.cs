using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hdms.Kit.Problems;

/// <summary>Turns every refusal, bad request and failure into <c>application/problem+json</c>; the one place that does (RFC 9457).</summary>
public sealed partial class ProblemWriter(RequestDelegate next, ILogger<ProblemWriter> log)
{
    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            await next(http);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The caller has gone; nobody is there to read an answer.
            return;
        }
        catch (Exception e) when (!http.Response.HasStarted)
        {
            await WriteAsync(http, Understand(e));
            return;
        }

        if (http.Response is { HasStarted: false, StatusCode: >= 400, ContentLength: null, ContentType: null })
        {
            var code = Codes.Of(http.Response.StatusCode);
            await WriteAsync(http, new Refusal(code, Detail(code)), http.Response.StatusCode);
        }
    }

    /// <summary>Writes <paramref name="refusal"/> as the answer.</summary>
    public static async Task WriteAsync(HttpContext http, Refusal refusal, int? status = null)
    {
        var response = http.Response;
        response.StatusCode = status ?? refusal.Code.Status;
        response.ContentType = "application/problem+json";
        if (refusal.RetryAfter is { } wait)
        {
            response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        if (response.StatusCode == StatusCodes.Status401Unauthorized && response.Headers.WWWAuthenticate.Count == 0)
        {
            response.Headers.WWWAuthenticate = "Bearer";
        }

        var problem = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["type"] = refusal.Code.Type,
            ["title"] = refusal.Code.Title,
            ["status"] = response.StatusCode,
            ["detail"] = refusal.Message,
            ["instance"] = http.Request.Path.Value,
            ["code"] = refusal.Code.Name,
            ["trace_id"] = TraceId(http),
        };
        if (refusal.Errors.Count > 0)
        {
            problem["errors"] = refusal.Errors;
        }

        foreach (var (name, value) in refusal.Members)
        {
            problem[name] = value;
        }

        await JsonSerializer.SerializeAsync(response.Body, problem, Json.Tolerant, http.RequestAborted);
    }

    public static string TraceId(HttpContext http) => Activity.Current?.TraceId.ToHexString() ?? http.TraceIdentifier;

    Refusal Understand(Exception e)
    {
        switch (e)
        {
            case Refusal refusal:
                return refusal;
            case BadHttpRequestException bad:
                return BadRequests.Understand(bad);
            case JsonException json:
                return BadRequests.Understand(json);
            case ServiceCallException call:
                return Understand(call);
            case PostgresException unique when Uniqueness.Understand(unique) is { } taken:
                return taken;
            case PostgresException { SqlState: PostgresErrorCodes.UntranslatableCharacter or PostgresErrorCodes.CharacterNotInRepertoire }:
                return new Refusal(Codes.Malformed, "A text has a character in it that can't be stored.", e);
            case NpgsqlException or TimeoutException when DatabaseFaults.IsTransient(e):
                DatabaseAway(log, DatabaseFaults.WithoutRows(e));
                return Refusal.Unavailable(Codes.Unavailable, "The database does not answer. Nothing was changed.", TimeSpan.FromSeconds(2), e);
            default:
                Failed(log, DatabaseFaults.WithoutRows(e));
                return new Refusal(Codes.InternalError, "The fault has been logged under the trace_id. Nothing was changed.", e);
        }
    }

    /// <summary>Whoever expects a service to say no catches that; here it only means that the service could not be asked.</summary>
    Refusal Understand(ServiceCallException call)
    {
        if (call.IsAway)
        {
            ServiceAway(log, call.Service, call.Message);
        }
        else
        {
            ServiceRefused(log, call.Service, call.Status, call.Code, call);
        }

        return Refusal.Unavailable(
            Codes.ReferenceUnavailable, $"The {call.Service} service has to be asked for this, and could not be. Try again.",
            call.RetryAfter ?? TimeSpan.FromSeconds(2), call);
    }

    static string Detail(ProblemCode code) =>
        code == Codes.NotFound ? "No route or thing is at this address."
        : code == Codes.MethodNotAllowed ? "See the Allow header for what can be done here."
        : code == Codes.UnsupportedMediaType ? "Send application/json."
        : code == Codes.Unauthenticated ? "Send an access token: Authorization: Bearer <token>."
        : $"{code.Title}.";

    [LoggerMessage(100, LogLevel.Error, "A request failed")]
    static partial void Failed(ILogger logger, Exception e);

    [LoggerMessage(101, LogLevel.Warning, "The database did not answer a request")]
    static partial void DatabaseAway(ILogger logger, Exception e);

    [LoggerMessage(102, LogLevel.Warning, "The {Service} service did not answer a request's call: {Reason}")]
    static partial void ServiceAway(ILogger logger, string service, string reason);

    [LoggerMessage(103, LogLevel.Error, "The {Service} service refused a request's call: {Status} {Code}")]
    static partial void ServiceRefused(ILogger logger, string service, int? status, string? code, Exception e);
}
